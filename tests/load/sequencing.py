"""The sequencer on a full queue, what an entry takes, and proofs, on the database of DATABASE_URL.

Run by `bench_log`, which sets the environment of this process; it prints one JSON object.
"""

import json
import os
import random
import tarfile
import time
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402  # after setup()
from django.core.management import call_command  # noqa: E402  # after setup()
from django.db import connection, transaction  # noqa: E402  # after setup()

from subjects.actions.move import log  # noqa: E402  # after setup()
from subjects.audit.events import EventType  # noqa: E402  # after setup()
from subjects.audit.models import AuditCheckpoint, AuditEntry, AuditOutbox  # noqa: E402  # after setup()
from subjects.audit.publish import log_tiles, published  # noqa: E402  # after setup()
from subjects.audit.sequencer import drain  # noqa: E402  # after setup()
from subjects.audit.standalone.merkle import (  # noqa: E402  # after setup()
    inclusion_proof,
    root_of,
    verify_inclusion,
)
from subjects.audit.verify import verify  # noqa: E402  # after setup()
from tests.load.business import MACHINE, SMALL, new_worker  # noqa: E402  # after setup()

ENTRIES = 1_000 if SMALL else 30_000
CASES = 10 if SMALL else 100
PROOFS = 20 if SMALL else 500


def fill() -> float:
    """Queue the entries, a few hundred in a transaction; give how many a second."""
    requests = [new_worker().request for _ in range(CASES)]
    drain()
    begun = time.perf_counter()
    for _ in range(ENTRIES // CASES // 10):
        with transaction.atomic():
            for request in requests:
                for _ in range(10):
                    log(request, EventType.REVIEW_STARTED, actor=MACHINE)
    return ENTRIES / (time.perf_counter() - begun)


def prove(size: int, hashes: list[bytes], root: bytes) -> tuple[float, bool]:
    """Prove random entries, each with files that nobody has read yet; give milliseconds for one."""
    dice, spent, good = random.Random(1), 0.0, True  # noqa: S311  # which entries is no secret
    for _ in range(PROOFS):
        index = dice.randrange(size)
        begun = time.perf_counter()
        proof = inclusion_proof(index, size, log_tiles().subtree)
        spent += time.perf_counter() - begun
        good &= verify_inclusion(index, size, hashes[index], proof, root)
    return spent / PROOFS * 1000, good


def database_bytes() -> int:
    """Give what the tables of the log take, with their indexes."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT SUM(pg_total_relation_size(relid)) FROM pg_stat_user_tables"
                " WHERE relname LIKE 'audit\\_%'"
            )
        else:
            cursor.execute(
                "SELECT SUM(pgsize) FROM dbstat WHERE name LIKE 'audit\\_%' ESCAPE '\\'"
                " OR name LIKE 'sqlite\\_autoindex\\_audit\\_%' ESCAPE '\\'"
            )
        return int(cursor.fetchone()[0])


def sizes(size: int) -> dict[str, float]:
    """Give the bytes an entry takes as a leaf, in the database, in files, packed."""
    folder = Path(settings.LOG_DIR)
    found = [path for path in folder.rglob("*") if path.is_file()]
    packed = folder.with_suffix(".tar.gz")
    with tarfile.open(packed, "w:gz", compresslevel=6) as archive:
        archive.add(folder)
    return {
        "leaf": sum(map(len, log_tiles().entries(0, size))) / size,
        "database": database_bytes() / size,
        "files": sum(path.stat().st_size for path in found) / size,
        "packed": packed.stat().st_size / size,
    }


def main() -> None:
    """Fill the queue, drain it, prove, weigh, and check that everything is right."""
    call_command("migrate", verbosity=0)
    written = fill()
    begun = time.perf_counter()
    drain()
    took = time.perf_counter() - begun
    hashes = [
        bytes(one)
        for one in AuditEntry.objects.order_by("index").values_list("leaf_hash", flat=True)
    ]
    size, root = len(hashes), root_of(hashes)
    newest, there = AuditCheckpoint.objects.order_by("-size").first(), published()
    milliseconds, proved = prove(size, hashes, root)
    begun = time.perf_counter()
    report = verify()
    checked = size / (time.perf_counter() - begun)
    whole = (
        not AuditOutbox.objects.exists()
        and (newest.size, bytes(newest.root)) == (there.size, there.root) == (size, root)
        and list(log_tiles().leaf_hashes(0, size)) == hashes
    )
    told = {
        "vendor": connection.vendor,
        "entries": ENTRIES,
        "written": written,
        "sequenced": ENTRIES / took,
        "proof_ms": milliseconds,
        "verified_in_database": checked,
        "bytes": sizes(size),
        "right": whole and proved and report.holds,
    }
    print(json.dumps(told))  # noqa: T201  # the answer


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rights_portal.settings")
    main()
