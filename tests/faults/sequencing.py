"""Works on a log in children that are killed at random: a process of its own.

`python -m tests.faults.sequencing fill ENTRIES`, `more ENTRIES`, `kill SEED EXITS` or `race`; its
settings are those of the environment. The last line it prints is JSON: what happened.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from uuid import UUID

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rights_portal.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - needs the settings
from django.db import connection, connections  # noqa: E402 - as above

from subjects.audit import files, keys, publish, sequencer  # noqa: E402 - as above
from subjects.audit.models import AuditCheckpoint, AuditEntry  # noqa: E402 - as above
from subjects.audit.standalone.merkle import root_of  # noqa: E402 - as above
from subjects.audit.standalone.notes import (  # noqa: E402 - as above
    parse_checkpoint,
    parse_note,
    verified_by,
)
from subjects.faults import POINTS, fault  # noqa: E402 - as above
from tests.audit.entries import write  # noqa: E402 - as above

OURS = sorted(point for point in POINTS if point.startswith(("sequence:", "publish:")))
CASES = 12
MOST_CALLS = 24
"""Points, files and folders that a round goes through: the child dies at one of them, or later."""
BATCHES = (1, 2, 3, 20, 100, 256)
RACERS = 3


def fill(entries: int) -> dict[str, int]:
    """Set up an empty database, with so many entries of a few cases in the queue."""
    call_command("migrate", verbosity=0)
    keys.log_keys()
    return more(entries)


def more(entries: int) -> dict[str, int]:
    """Write so many entries of a few cases, always the same ones."""
    chance = Random(entries)  # noqa: S311 - as said
    left = entries
    while left:
        steps = min(chance.randint(1, 20), left)
        write(UUID(int=chance.randint(1, CASES)), steps)
        left -= steps
    return {"entries": entries}


def kill(seed: int, exits: int) -> dict[str, object]:
    """Sequence until nothing waits, in children of which so many die on the way."""
    chance = Random(seed)  # noqa: S311 - the same exits each time
    places: list[str] = []
    seen: dict[int, bytes] = {}
    folder = Path(tempfile.mkdtemp(dir=settings.VAR_DIR))
    while sequencer.waiting()[0] or sequencer.compare() < sequencer.newest_size():
        # By the size, so that a round that died is begun again as it was.
        most = Random(sequencer.newest_size()).choice(BATCHES)  # noqa: S311 - as said
        deadly: Callable[[], None] = no_harm
        if len(places) < len(OURS) <= exits:
            deadly = armed(OURS[len(places)], folder)
        elif len(places) < exits:
            deadly = countdown(chance.randint(1, MOST_CALLS), folder / "place")
        if in_child(lambda most=most, deadly=deadly: (deadly(), sequencer.sequence(most))):
            place = folder / "place"
            places.append(place.read_text() if place.exists() else OURS[len(places)])
        check_published(seen)
    return {"places": places, "size": sequencer.newest_size(), "wrong": wrong()}


def race() -> dict[str, object]:
    """Let several sequence at once, each into a folder of its own: the database must keep order."""
    folder = Path(settings.LOG_DIR)
    racers = range(RACERS)
    children = [start(lambda number=number: race_in(folder / str(number))) for number in racers]
    ends = [os.waitpid(child, 0)[1] for child in children]
    notes = set()
    for number in racers:
        settings.LOG_DIR = folder / str(number)
        with sequencer.alone(wait=True):
            sequencer.compare()
            publish.publish()
        notes.add(publish.log_tiles().checkpoint())
    return {"ends": ends, "notes": len(notes), "size": sequencer.newest_size(), "wrong": wrong()}


def race_in(folder: Path) -> None:
    settings.LOG_DIR = folder
    while sequencer.waiting()[0]:
        sequencer.sequence(17)


def no_harm() -> None:
    """Let the child live."""


def armed(point: str, folder: Path) -> Callable[[], None]:
    """Die where `FAULT_POINTS` says, as a process of an operator would."""

    def arm() -> None:
        (folder / "place").unlink(missing_ok=True)
        settings.FAULT_POINTS = f"{folder}:{point}"

    return arm


def countdown(calls: int, place: Path) -> Callable[[], None]:
    """Die at the so many-th point, written file or synced folder."""
    left = calls

    def tick(where: str) -> None:
        nonlocal left
        left -= 1
        if not left:
            place.write_text(where)
            os.kill(os.getpid(), signal.SIGKILL)

    def arm() -> None:
        place.unlink(missing_ok=True)
        fsync, rename = os.fsync, Path.rename

        def at_point(point: str) -> None:
            tick(point)
            fault(point)

        def at_fsync(handle: int) -> None:
            tick("fsync")
            fsync(handle)

        def at_rename(path: Path, target: Path) -> Path:
            tick("rename")
            return rename(path, target)

        sequencer.fault = publish.fault = at_point
        files.os.fsync = at_fsync
        Path.rename = at_rename

    return arm


def start(act: Callable[[], object]) -> int:
    """Do something in a child; its connections are its own."""
    connections.close_all()
    child = os.fork()
    if child:
        return child
    try:
        act()
        connections.close_all()
    except BaseException:  # noqa: BLE001 - a child must never go on as its parent
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


def in_child(act: Callable[[], object]) -> bool:
    """Do something in a child; tells whether it was killed."""
    _, status = os.waitpid(start(act), 0)
    if os.WIFSIGNALED(status):
        return True
    assert status == 0, status
    return False


def check_published(seen: dict[int, bytes]) -> None:
    """Hold what is published against the leaves: its root, its signature, its one story."""
    note = publish.log_tiles().checkpoint()
    if note is None:
        assert not seen
        return
    found = parse_checkpoint(parse_note(note).text)
    assert verified_by(parse_note(note), keys.known_vkeys())
    assert found.size >= max(seen, default=0), "the log became shorter"
    assert seen.setdefault(found.size, note) == note, "two notes of one size"
    assert found.root == root_of(hashes()[: found.size]), "a wrong root"


def hashes() -> list[bytes]:
    rows = AuditEntry.objects.order_by("index").values_list("leaf_hash", flat=True)
    return list(map(bytes, rows))


def wrong() -> list[str]:
    """Name every checkpoint that is not the root of the entries, and every gap."""
    there = hashes()
    found = [
        f"root of {row.size}"
        for row in AuditCheckpoint.objects.order_by("size")
        if bytes(row.root) != root_of(there[: row.size])
    ]
    places = list(AuditEntry.objects.order_by("index").values_list("index", flat=True))
    if places != list(range(len(places))):
        found.append("numbers")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM audit_event v JOIN audit_entry e ON e.event = v.id"
            ' JOIN audit_event w ON w."case" = v."case" AND w.step = v.step + 1'
            ' JOIN audit_entry f ON f.event = w.id WHERE f."index" < e."index"'
        )
        if cursor.fetchone()[0]:
            found.append("order of steps")
    return found


if __name__ == "__main__":
    verb, *numbers = sys.argv[1:]
    print(json.dumps(globals()[verb](*map(int, numbers))))  # noqa: T201 - the answer
