"""Blank entries: one that was written by mistake, or the oldest at the end of their time.

Their hashes stand, so the tree stays what it was. The database comes first, with the entry that
says so; the files follow. Whatever dies in between, `finish` brings the files up the next time.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import ProgrammingError, connection, transaction
from django.db.models import Max, Min
from django.utils import timezone

from subjects.audit.events import Actor, EventType
from subjects.audit.evidence import pruned_below, redactions
from subjects.audit.leaf import HOUSE, thaw
from subjects.audit.log import Entry, record, record_system
from subjects.audit.models import (
    AuditCheckpoint,
    AuditEntry,
    AuditEvent,
    AuditPayload,
    AuditPruning,
    AuditRedaction,
)
from subjects.audit.publish import log_tiles, published
from subjects.audit.standalone.paths import TILE_WIDTH
from subjects.audit.tiles import REDACTIONS, Tiles
from subjects.errors import LogNotPublished, LogOwnerNeeded, RedactionRefused
from subjects.faults import fault

NEEDED: Final = frozenset(
    {
        EventType.REDACTED,
        EventType.PRUNED,
        EventType.RESTORED,
        EventType.NUMBER_VOIDED,
        EventType.CLOCK_REGRESSION,
        EventType.HEARTBEAT,
        EventType.CENSUS,
        EventType.KEY_ROTATED,
        EventType.TEXTS_PUBLISHED,
    }
)
"""What the log says of itself: without it other entries could not be checked."""
_ACTOR: Final = Actor.system("command")
_CHUNK: Final = 1024
"""Entries blanked in one transaction: a tenth of a second in which SQLite takes no filing."""
_CASES: Final = 500
_NO_RIGHT: Final = "42501"
"""The code of PostgreSQL for a right that the role does not have."""


def look(index: int) -> dict[str, Any]:
    """Give the fields of an entry that may be redacted. Raises RedactionRefused, LeafRefused."""
    return thaw(bytes(_redactable(index).leaf))


def redact(index: int, reason: str) -> Entry:
    """Blank entry `index` in the database, with its payload and the entry that says so.

    In one transaction of its own; then `finish` must run. Raises RedactionRefused, LogOwnerNeeded,
    and LeafRefused for a reason that the log has no word for.
    """
    with _as_owner(), transaction.atomic():
        event = _redactable(index)
        AuditRedaction.objects.create(index=index, reason=reason, created=timezone.now())
        AuditEvent.objects.filter(pk=event.pk).update(leaf=b"")
        AuditPayload.objects.filter(event=event.pk).delete()
        said: dict[str, Any] = {"target": bytes(event.leaf_hash).hex(), "reason": reason}
        # A chain that came back after a restore has lost the id of its case.
        if event.case == HOUSE or event.recovered:
            return record_system(EventType.REDACTED, actor=_ACTOR, **said)
        return record(event.case, EventType.REDACTED, actor=_ACTOR, **said)


def old_below(before: datetime) -> int:
    """Give the index below which every entry had its number before `before`: whole bundles."""
    rows = AuditCheckpoint.objects.filter(created__lt=before)
    size = rows.aggregate(most=Max("size"))["most"] or 0
    return whole_bundles(int(size))


def whole_bundles(index: int) -> int:
    """Give the largest multiple of 256 up to `index`: a bundle goes as a whole or not at all."""
    return index // TILE_WIDTH * TILE_WIDTH


def first_of(cases: Sequence[UUID]) -> int | None:
    """Give the index of the oldest entry of any of these cases that was not pruned yet."""
    rows = AuditEntry.objects.filter(index__gte=pruned_below())
    firsts = []
    for start in range(0, len(cases), _CASES):
        events = AuditEvent.objects.filter(case__in=cases[start : start + _CASES]).values("pk")
        firsts.append(rows.filter(event__in=events).aggregate(first=Min("index"))["first"])
    return min((first for first in firsts if first is not None), default=None)


def allow_pruning(below: int) -> Entry:
    """Write that all entries below `below` are pruned; then `prune` and `finish` must run.

    `below` is a multiple of 256. In one transaction of its own. Raises LogOwnerNeeded.
    """
    with _as_owner(), transaction.atomic():
        AuditPruning.objects.create(below=below, created=timezone.now())
        return record_system(EventType.PRUNED, actor=_ACTOR, entries=below, reason="retention")


def prune() -> Iterator[int]:
    """Blank in the database what may be pruned; tells how far it is. Safe to run again.

    Many small transactions: everybody goes on writing. Raises LogOwnerNeeded.
    """
    below = pruned_below()
    for start in range(0, below, _CHUNK):
        end = min(start + _CHUNK, below)
        rows = AuditEntry.objects.filter(index__gte=start, index__lt=end)
        with _as_owner(), transaction.atomic():
            events = list(rows.values_list("event", flat=True))
            AuditEvent.objects.filter(pk__in=events).exclude(leaf=b"").update(leaf=b"")
            AuditPayload.objects.filter(event__in=events).delete()
        fault("blank:chunk")
        yield end


def finish() -> None:
    """Blank in the published log what the database has blanked; cheap where nothing is to do.

    The caller lets nobody publish meanwhile (`sequencer.alone`), and has published what the log
    says about it. Raises LogNotPublished, LogForked.
    """
    there, tiles = published(), log_tiles()
    if there is None:
        return
    try:
        below = pruned_below()
        # A database that came back from a backup may know less than the files.
        if below and below >= tiles.pruned_below() and not tiles.has_pruned(below):
            tiles.prune(below)
        _blank_files(tiles, there.size)
    except OSError as error:
        raise LogNotPublished(error.strerror or type(error).__name__) from error


def clear_remains() -> None:
    """Take what was blanked out of the files of the database too, as far as that can do it."""
    if connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM audit_event, audit_payload")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _redactable(index: int) -> AuditEvent:
    entry = AuditEntry.objects.filter(index=index).first()
    if entry is None:
        raise RedactionRefused(index, "no entry has this number")
    event = AuditEvent.objects.get(pk=entry.event)
    if not bytes(event.leaf):
        raise RedactionRefused(index, "it is blank already")
    if event.event_type in NEEDED:
        raise RedactionRefused(index, f"{event.type} is what the check of other entries rests on")
    return event


def _blank_files(tiles: Tiles, size: int) -> None:
    indexes = AuditRedaction.objects.filter(index__lt=size).values_list("index", flat=True)
    listed = _listed(tiles)
    if not (missing := set(indexes) - listed.keys()):
        return
    for index in sorted(missing):
        tiles.blank(index)
        fault("blank:file")
    rows = listed | {one.index: asdict(one) for one in redactions(size)}
    lines = [json.dumps(rows[index], sort_keys=True) + "\n" for index in sorted(rows)]
    tiles.list_redactions("".join(lines).encode())


def _listed(tiles: Tiles) -> dict[int, dict[str, Any]]:
    """Read which entries are listed as blanked beside the log."""
    try:
        lines = (tiles.folder / REDACTIONS).read_text("ascii").splitlines()
    except FileNotFoundError:
        return {}
    return {int(row["index"]): row for row in map(json.loads, lines)}


@contextmanager
def _as_owner() -> Iterator[None]:
    """Name it plainly where the database lets only its owner do this."""
    try:
        yield
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", "") == _NO_RIGHT:
            raise LogOwnerNeeded from error
        raise
