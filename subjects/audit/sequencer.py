"""Give each entry its number in the tree, sign what that makes of the log, and publish it.

One process at a time. Before anything is numbered, the published log is held against the database:
a log that has forked or lost entries is never signed.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from subjects.audit import blank, files, keys, rows
from subjects.audit.leaf import leaf_hash
from subjects.audit.log_key import LogKey
from subjects.audit.models import AuditCheckpoint, AuditEntry, AuditEvent, AuditOutbox
from subjects.audit.places import newest_size
from subjects.audit.publish import log_tiles, publish, published
from subjects.audit.standalone.merkle import CompactRange, root_of
from subjects.audit.standalone.notes import checkpoint_text, sign_note, write_note
from subjects.audit.witnesses import check_nobody_is_ahead
from subjects.errors import AuditChainBroken, LogBehind, LogForked, LogNotPublished
from subjects.faults import fault

MOST: Final = 4096
"""Entries numbered in one transaction: about half a second in which SQLite takes no filing."""
_LOCK: Final = (0x6C6F67, 1)
"""The number of the lock on PostgreSQL."""
_CHUNK: Final = 500


def sequence(most: int = MOST) -> AuditCheckpoint | None:
    """Give numbers to at most `most` waiting entries, sign the checkpoint and publish it.

    What was numbered and not published is published first. Returns the new checkpoint; None when
    nothing waits, or when another process is at it. Call it outside of any transaction. Raises
    LogKeyMissing, LogKeyDamaged, LogBehind, LogForked, WitnessAhead, LogNotPublished, TileForked,
    TileMissing and AuditChainBroken; in each case nothing wrong was signed, and calling again is
    safe.
    """
    with alone() as mine:
        if not mine:
            return None
        compare()
        check_nobody_is_ahead(newest_size())
        publish()
        new = _number(most)
        fault("sequence:committed")
        if new:
            publish()
        else:  # whatever the log says about blanked entries is published by now
            blank.finish()
        return new


def drain() -> None:
    """Give everything that waits its number, and publish it. Raises as `sequence`."""
    while sequence():
        pass


@contextmanager
def alone(*, wait: bool = False) -> Iterator[bool]:
    """Keep every other process of this machine from numbering and publishing; yields no if busy."""
    folder = Path(settings.LOG_DIR)
    with ExitStack() as stack:
        try:
            files.make_folder(folder)
            mine = stack.enter_context(files.locked(folder / ".lock", wait=wait))
        except OSError as error:
            raise LogNotPublished(error.strerror or type(error).__name__) from error
        yield mine


def compare() -> int:
    """Hold the published log against the database; return its size. Raises LogBehind, LogForked."""
    there, size = published(), newest_size()
    if there is None and (extent := log_tiles().extent()) > size:
        why = f"its checkpoint is gone, it has {extent} entries, and the database knows {size}"
        raise LogForked(why)
    if there is None or there.size == 0:
        return 0
    if there.size > size:
        raise LogBehind(there.size, size)
    if root_at(there.size) != there.root:
        why = f"the first {there.size} entries of the database give another root than was published"
        raise LogForked(why)
    return there.size


def root_at(size: int) -> bytes:
    """Give the root of the first `size` entries as the database has them."""
    row = AuditCheckpoint.objects.filter(size=size).values_list("root", flat=True).first()
    if row is not None:
        return bytes(row)
    hashes = AuditEntry.objects.filter(index__lt=size).order_by("index")
    return root_of(map(bytes, hashes.values_list("leaf_hash", flat=True).iterator(_CHUNK)))


def waiting() -> tuple[int, datetime | None]:
    """Give how many entries wait for their number, and when the oldest was written."""
    first = AuditOutbox.objects.order_by("n").values_list("event", flat=True).first()
    if first is None:
        return 0, None
    since = AuditEvent.objects.filter(pk=first).values_list("created", flat=True).first()
    return AuditOutbox.objects.count(), since


def lock() -> bool:
    """Take the lock of the database, until the transaction ends; no when another one has it.

    SQLite has one writer at a time anyway (BEGIN IMMEDIATE).
    """
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", _LOCK)
        return bool(cursor.fetchone()[0])


def _number(most: int) -> AuditCheckpoint | None:
    if not AuditOutbox.objects.exists():
        return None
    signers = keys.log_keys()
    # durable: what is published must be committed
    with transaction.atomic(durable=True):
        if not lock():
            return None
        queue = list(AuditOutbox.objects.order_by("n")[:most])
        if not queue:
            return None
        last = AuditCheckpoint.objects.order_by("-size").first()
        tree = CompactRange.decode(last.size, bytes(last.compact_range)) if last else CompactRange()
        hashes = _hashes(queue)
        numbers = range(tree.size, tree.size + len(queue))
        events = [row.event for row in queue]
        rows.insert_numbers(list(zip(numbers, events, hashes, strict=True)))
        # Only what was read: another number below the last one may be committed any moment.
        AuditOutbox.objects.filter(pk__in=[row.pk for row in queue]).delete()
        tree.extend(hashes)
        checkpoint = AuditCheckpoint.objects.create(
            size=tree.size,
            root=tree.root(),
            compact_range=tree.encode(),
            note=signed(tree, signers),
            created=timezone.now(),
        )
        fault("sequence:numbered")
        return checkpoint


def _hashes(queue: list[AuditOutbox]) -> list[bytes]:
    """Give the leaf hash of each waiting entry, computed from its bytes."""
    kept: dict[object, tuple[bytes, bytes]] = {}
    for start in range(0, len(queue), _CHUNK):
        ids = [row.event for row in queue[start : start + _CHUNK]]
        found = AuditEvent.objects.filter(pk__in=ids).values_list("pk", "leaf", "leaf_hash")
        kept |= {pk: (bytes(leaf), bytes(digest)) for pk, leaf, digest in found}
    hashes = []
    for row in queue:
        if row.event not in kept:
            raise AuditChainBroken(row.case.hex, row.step, "the entry was queued and is gone")
        leaf, digest = kept[row.event]
        if leaf_hash(leaf) != digest:
            why = "its bytes were changed before it had its number"
            raise AuditChainBroken(row.case.hex, row.step, why)
        hashes.append(digest)
    return hashes


def signed(tree: CompactRange, signers: list[LogKey]) -> bytes:
    """Write the checkpoint of a tree: three lines, and a signature line of each key."""
    text = checkpoint_text(settings.LOG_ORIGIN, tree.size, tree.root())
    lines = [sign_note(text, key.name, key.public, key.sign) for key in signers]
    return write_note(text, *lines)
