"""What the tables hold beside the entries that a package shows: checkpoints, anchors, blanks."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Max
from django.db.models.functions import TruncDate

from subjects.audit.events import EventType
from subjects.audit.leaf import FIRST, HOUSE
from subjects.audit.models import (
    AuditAnchor,
    AuditCheckpoint,
    AuditEntry,
    AuditEvent,
    AuditPayload,
    AuditPruning,
    AuditRedaction,
)


class Anchor(NamedTuple):
    """What somebody outside said of the first `size` entries."""

    kind: str
    size: int
    name: str
    proof: bytes
    at: datetime


@dataclass(frozen=True)
class Redaction:
    """A blanked entry: its place, its hash, why, and its place in its chain."""

    index: int
    target: str
    reason: str
    prev: str
    step: int


@dataclass(frozen=True)
class Opening:
    """An entry of one case: its place, its hash, and its details where they still exist."""

    index: int
    leaf_hash: bytes
    salt: bytes | None
    payload: bytes | None


def checkpoints(size: int) -> Iterator[tuple[int, bytes]]:
    """Give the signed notes up to `size` entries: the last of each day, and each anchored one."""
    rows = AuditCheckpoint.objects.filter(size__lte=size)
    days = rows.annotate(day=TruncDate("created", tzinfo=UTC)).values("day").order_by("day")
    wanted = set(days.annotate(last=Max("size")).values_list("last", flat=True))
    wanted |= set(AuditAnchor.objects.filter(size__lte=size).values_list("size", flat=True))
    for one in sorted(wanted):
        note = rows.filter(size=one).values_list("note", flat=True).first()
        if note is not None:
            yield one, bytes(note)


def anchors(size: int) -> list[Anchor]:
    """Give every stamp and cosignature up to `size` entries, the oldest first."""
    rows = AuditAnchor.objects.filter(size__lte=size).order_by("size", "pk")
    return [Anchor(row.kind, row.size, row.name, bytes(row.proof), row.at) for row in rows]


def redactions(size: int) -> list[Redaction]:
    """Give what may be blanked of the first `size` entries because of a mistake."""
    found = []
    for row in AuditRedaction.objects.filter(index__lt=size).order_by("index"):
        entry = AuditEntry.objects.get(index=row.index)
        event = AuditEvent.objects.get(pk=entry.event)
        before = AuditEvent.objects.filter(case=event.case, step=event.step - 1).first()
        prev = bytes(before.leaf_hash).hex() if before else FIRST
        found.append(
            Redaction(row.index, bytes(entry.leaf_hash).hex(), row.reason, prev, event.step)
        )
    return found


def pruned_below() -> int:
    """Give the index below which entries may be blanked at the end of their time."""
    return AuditPruning.objects.aggregate(most=Max("below"))["most"] or 0


def place_of_newest(event: EventType) -> float:
    """Give the number of the newest entry of this type on the house's chain; infinite: it waits.

    Without such an entry there is nothing to wait for: -1.
    """
    rows = AuditEvent.objects.filter(case=HOUSE, type=str(event)).order_by("-step")
    newest = rows.values_list("pk", flat=True).first()
    if newest is None:
        return -1
    place = AuditEntry.objects.filter(event=newest).values_list("index", flat=True).first()
    return math.inf if place is None else place


def openings(case: UUID, size: int) -> list[Opening]:
    """Give the entries of a case among the first `size`, with the details that still exist."""
    events = dict(AuditEvent.objects.filter(case=case).values_list("pk", "leaf_hash"))
    payloads = {
        row.event: (bytes(row.salt), bytes(row.payload))
        for row in AuditPayload.objects.filter(event__in=events)
    }
    entries = AuditEntry.objects.filter(event__in=events, index__lt=size).order_by("index")
    return [
        Opening(row.index, bytes(row.leaf_hash), *payloads.get(row.event, (None, None)))
        for row in entries
    ]
