"""After a restore: bring back from the published log what the older database does not know.

Nothing is believed before the whole published log has been checked, and nothing that the database
has is changed. What was written since the restore stays, and is numbered after what comes back.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from django.utils import timezone

from subjects.audit import keys
from subjects.audit.events import EventType
from subjects.audit.leaf import FIRST, HOUSE, leaf_hash
from subjects.audit.models import (
    AuditCheckpoint,
    AuditEntry,
    AuditEvent,
    AuditOutbox,
    AuditRedaction,
)
from subjects.audit.places import newest_size
from subjects.audit.publish import log_tiles, read_checkpoint
from subjects.audit.standalone.merkle import CompactRange
from subjects.audit.standalone.notes import Checkpoint, parse_note, verified_by
from subjects.audit.tiles import Tiles
from subjects.errors import LogForked

_CHUNK: Final = 500


@dataclass
class Recovered:
    """What came back: up to `size` entries the database now knows what was published."""

    size: int
    entries: int = 0
    """Known to the database and queued when the backup was made: only their numbers came back."""
    imported: int = 0
    """Unknown to the database, read from the published log. The details behind them are lost."""
    chains: int = 0
    """Cases of which the database knows nothing. Their rows must be made again by people."""
    erasures: int = 0
    """Orders to stores that were carried out after the backup, so must be carried out again."""
    blanked: tuple[int, ...] = ()
    """Entries that were blanked after the backup, and have their text again."""
    numbers: dict[int, int] = field(default_factory=dict)
    """The highest number of a case in each year, as far as it came back."""


class _Missing(NamedTuple):
    place: int
    leaf: bytes
    hash: bytes

    @property
    def fields(self) -> dict[str, Any]:
        """What the leaf says; a blanked one says nothing."""
        return json.loads(self.leaf) if self.leaf else {}


def recover() -> Recovered | None:
    """Bring back what was published and is missing; None when nothing is.

    Call it in a transaction, alone (`sequencer.alone`) and under `sequencer.lock`. Raises
    LogForked where the database is no beginning of the published log, or that is damaged;
    TileMissing. Then nothing may be kept of the transaction.
    """
    tiles, size = log_tiles(), newest_size()
    note = tiles.checkpoint()
    there = None if note is None else read_checkpoint(note)
    if note is None or there is None or there.size <= size:
        return None
    if not verified_by(parse_note(note), keys.known_vkeys()):
        why = "no key of this installation has signed the published checkpoint"
        raise LogForked(why)
    found = Recovered(there.size)
    tree = _check(tiles, there, size, found)
    _import(tiles, size, found)
    AuditCheckpoint.objects.create(
        size=there.size,
        root=there.root,
        compact_range=tree.encode(),
        note=note,
        created=timezone.now(),
    )
    return found


def _check(tiles: Tiles, there: Checkpoint, size: int, found: Recovered) -> CompactRange:
    """Check the published log against its root, and the database against the published log."""
    tree, blanked = CompactRange(), []
    if AuditEntry.objects.filter(index__gte=size).exists():
        why = "the database has numbered entries without a checkpoint"
        raise LogForked(why)
    for chunk in _chunks(_published(tiles, 0, there.size)):
        for one in chunk:
            if one.leaf and leaf_hash(one.leaf) != one.hash:
                why = f"the published entry {one.place} does not give its hash"
                raise LogForked(why)
        _compare([one for one in chunk if one.place < size])
        blanked += [one.place for one in chunk if one.place < size and not one.leaf]
        tree.extend(one.hash for one in chunk)
    if tree.root() != there.root:
        why = "the published entries do not give the root of the published checkpoint"
        raise LogForked(why)
    found.blanked = tuple(_with_text(blanked))
    return tree


def _compare(chunk: list[_Missing]) -> None:
    """Check that the database has these entries too, at the same places."""
    rows = AuditEntry.objects.filter(index__in=[one.place for one in chunk])
    there = {index: bytes(digest) for index, digest in rows.values_list("index", "leaf_hash")}
    for one in chunk:
        if there.get(one.place) != one.hash:
            why = f"entry {one.place} of the database is not the published one"
            raise LogForked(why)


def _with_text(blanked: list[int]) -> Iterator[int]:
    """Give those of the blanked entries that the database still has the text of."""
    for start in range(0, len(blanked), _CHUNK):
        rows = AuditEntry.objects.filter(index__in=blanked[start : start + _CHUNK])
        events = dict(rows.values_list("event", "index"))
        texts = AuditEvent.objects.filter(pk__in=events).exclude(leaf=b"")
        yield from sorted(events[pk] for pk in texts.values_list("pk", flat=True))


def _import(tiles: Tiles, size: int, found: Recovered) -> None:
    places = _Places.before(_published(tiles, size, found.size))
    for chunk in _chunks(_published(tiles, size, found.size)):
        read = [(one, one.fields) for one in chunk]
        ids = [UUID(fields["id"]) for _, fields in read if fields]
        there = dict(AuditEvent.objects.filter(pk__in=ids).values_list("pk", "leaf_hash"))
        events, entries = [], []
        for one, fields in read:
            event = UUID(fields["id"]) if fields else uuid4()
            if event in there:
                if bytes(there[event]) != one.hash:
                    why = f"the published entry {one.place} says something else in the database"
                    raise LogForked(why)
                found.entries += 1
            else:
                events.append(_event(one, fields, event, places))
                _count(found, fields)
            entries.append(AuditEntry(index=one.place, event=event, leaf_hash=one.hash))
        AuditEvent.objects.bulk_create(events)
        AuditEntry.objects.bulk_create(entries)
        AuditOutbox.objects.filter(event__in=list(there)).delete()
    found.chains = places.begun


def _event(one: _Missing, fields: dict[str, Any], event: UUID, places: "_Places") -> AuditEvent:
    if not fields:
        AuditRedaction.objects.create(
            index=one.place, reason="restored-backup", created=timezone.now()
        )
    case, step, recovered = places.take(one, fields)
    return AuditEvent(
        id=event,
        case=case,
        step=step,
        type=fields.get("type", EventType.REDACTED),
        leaf=one.leaf,
        leaf_hash=one.hash,
        created=datetime.fromisoformat(fields["t"]) if fields else timezone.now(),
        recovered=recovered,
    )


def _count(found: Recovered, fields: dict[str, Any]) -> None:
    found.imported += 1
    found.erasures += fields.get("type") == EventType.TEMPLATE_ERASED
    if "year" in fields and "number" in fields:
        year = int(fields["year"])
        found.numbers[year] = max(found.numbers.get(year, 0), int(fields["number"]))


@dataclass
class _Places:
    """Where each entry that comes back belongs: on the chain of the entry it follows.

    A leaf does not name its case. Where the database does not know the entry before, or has
    gone on from there by itself, a chain under a new case id takes it.
    """

    chains: dict[bytes, UUID]
    """The case of each entry that another one follows, by its leaf hash."""
    blanked: dict[bytes, int]
    """The step of each blanked entry, as the one after it tells."""
    tips: dict[UUID, int] = field(default_factory=dict)
    recovered: set[UUID] = field(default_factory=set)
    begun: int = 0

    @classmethod
    def before(cls, missing: Iterable[_Missing]) -> "_Places":
        """Look up the entries that the missing ones follow."""
        wanted, blank, steps = set(), set(), {}
        for one in missing:
            if not one.leaf:
                blank.add(one.hash)
                continue
            fields = one.fields
            before = bytes.fromhex(fields["prev"])
            wanted.add(before)
            if before in blank:
                steps[before] = int(fields["step"]) - 1
        rows = AuditEvent.objects.values_list("leaf_hash", "case", "recovered")
        places = cls({}, steps)
        for digest, case, recovered in rows.iterator(2000):
            if bytes(digest) in wanted:
                places.chains[bytes(digest)] = case
                if recovered:
                    places.recovered.add(case)
        return places

    def take(self, one: _Missing, fields: dict[str, Any]) -> tuple[UUID, int, bool]:
        """Give the case and step of an entry, and whether its case id is a new one."""
        step = int(fields["step"]) if fields else self.blanked.get(one.hash, 1)
        house = bool(fields) and fields["case"] == HOUSE.hex
        first = bool(fields) and fields["prev"] == FIRST
        before = HOUSE if house and first else None
        if fields and not first:
            before = self.chains.get(bytes.fromhex(fields["prev"]))
        if before is None or self._tip(before) != step - 1:
            case = uuid4()
            self.recovered.add(case)
            self.begun += first and not house
        else:
            case = before
        self.tips[case] = step
        self.chains[one.hash] = case
        return case, step, case in self.recovered

    def _tip(self, case: UUID) -> int:
        if case not in self.tips:
            newest = AuditEvent.objects.filter(case=case).order_by("-step")
            self.tips[case] = newest.values_list("step", flat=True).first() or 0
        return self.tips[case]


def _published(tiles: Tiles, start: int, end: int) -> Iterator[_Missing]:
    leaves, hashes = tiles.entries(start, end), tiles.leaf_hashes(start, end)
    for place, (leaf, digest) in enumerate(zip(leaves, hashes, strict=True)):
        yield _Missing(start + place, leaf, digest)


def _chunks(missing: Iterator[_Missing]) -> Iterator[list[_Missing]]:
    while chunk := list(islice(missing, _CHUNK)):
        yield chunk
