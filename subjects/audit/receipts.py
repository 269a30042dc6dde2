"""The proof that an entry stands in the log: what a person keeps, and what a stranger can check."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from subjects.audit.keys import LOG, KeyRecord, history
from subjects.audit.models import (
    AuditAnchor,
    AuditCheckpoint,
    AuditEntry,
    AuditEvent,
    AuditPayload,
)
from subjects.audit.standalone.merkle import inclusion_proof
from subjects.audit.standalone.notes import (
    NoteRefused,
    Vkey,
    parse_checkpoint,
    parse_note,
    verified_by,
)
from subjects.audit.tiles import Tiles

STAMP: Final = "rfc3161"
COSIGNATURE: Final = "cosignature"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Anchor:
    """What somebody outside the house said of the checkpoint, and when."""

    name: str
    proof: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Opening:
    """The details behind the commitment of an entry, byte for byte, and the salt (32 bytes)."""

    payload: bytes
    salt: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """All that shows the place of one entry: `hashes` lead from its leaf to the checkpoint's root.

    `note` is the signed checkpoint byte for byte as it was published (and stamped); `stamps` and
    `cosignatures` are of that checkpoint; `vkeys` are the keys that have signed it, the newest
    first.
    """

    leaf: bytes
    leaf_hash: bytes
    index: int
    hashes: tuple[bytes, ...]
    size: int
    note: bytes
    stamps: tuple[Anchor, ...]
    cosignatures: tuple[Anchor, ...]
    vkeys: tuple[Vkey, ...]
    opening: Opening | None

    @property
    def checkpoint(self) -> str:
        """The three lines of the checkpoint: origin, size, root."""
        return parse_note(self.note).text.decode()


def proof_of(event: UUID) -> Proof | None:
    """Give the proof of an entry; None until it is numbered and published, or once it is blanked.

    None as well where no known key has signed: nobody could check it. The proof leads to the first
    checkpoint that somebody outside has put a time on, else to the first that a witness has
    signed, else to the newest. Raises TileMissing where the published log has lost a file.
    """
    entry = AuditEntry.objects.filter(event=event).first()
    published = published_size()
    if entry is None or entry.index >= published:
        return None
    row = AuditEvent.objects.get(pk=event)
    checkpoint = _checkpoint(entry.index, published)
    leaf = bytes(row.leaf)
    if checkpoint is None or not leaf:
        return None
    note = bytes(checkpoint.note)
    keys = [each.verifier for each in _log_keys()]
    vkeys = tuple(verified_by(parse_note(note), keys))[::-1]
    if not vkeys:
        return None
    subtree = Tiles(Path(settings.LOG_DIR)).subtree
    anchors = AuditAnchor.objects.filter(size=checkpoint.size).order_by("at", "id")
    return Proof(
        leaf=leaf,
        leaf_hash=bytes(entry.leaf_hash),
        index=entry.index,
        hashes=tuple(inclusion_proof(entry.index, checkpoint.size, subtree)),
        size=checkpoint.size,
        note=note,
        stamps=_of_kind(anchors, STAMP),
        cosignatures=_of_kind(anchors, COSIGNATURE),
        vkeys=vkeys,
        opening=_opening(event),
    )


def indexes_of(events: Iterable[UUID]) -> Mapping[UUID, int]:
    """Give the place in the tree of those of `events` that are numbered and published."""
    found = AuditEntry.objects.filter(event__in=list(events), index__lt=published_size())
    return dict(found.values_list("event", "index"))


def published_size() -> int:
    """Give how many entries the published checkpoint covers; 0 before the first.

    What cannot be read covers nothing: a person's page must not fall with the folder of the log.
    """
    try:
        note = Tiles(Path(settings.LOG_DIR)).checkpoint()
        return parse_checkpoint(parse_note(note).text).size if note else 0
    except (OSError, NoteRefused) as error:
        _log.warning("the log cannot be read", extra={"error": type(error).__name__})
        return 0


def fingerprints() -> list[str]:
    """Give the fingerprints of the keys that sign the log now, for the notice people compare."""
    return [each.fingerprint for each in _log_keys() if not each.until]


def _log_keys() -> list[KeyRecord]:
    """Give the keys that have ever signed the log; none where their history cannot be read."""
    try:
        return [each for each in history() if each.purpose == LOG]
    except (OSError, TypeError, ValueError) as error:
        _log.warning("the keys' history cannot be read", extra={"error": type(error).__name__})
        return []


def _checkpoint(index: int, published: int) -> AuditCheckpoint | None:
    covering = AuditCheckpoint.objects.filter(size__gt=index, size__lte=published)
    for kind in (STAMP, COSIGNATURE):
        anchored = AuditAnchor.objects.filter(kind=kind, size__gt=index, size__lte=published)
        size = anchored.order_by("size").values_list("size", flat=True).first()
        held = covering.filter(size=size).first() if size else None
        if held:
            return held
    return covering.order_by("-size").first()


def _of_kind(anchors: Iterable[AuditAnchor], kind: str) -> tuple[Anchor, ...]:
    return tuple(
        Anchor(each.name, bytes(each.proof), each.at) for each in anchors if each.kind == kind
    )


def _opening(event: UUID) -> Opening | None:
    row = AuditPayload.objects.filter(event=event).first()
    return Opening(bytes(row.payload), bytes(row.salt)) if row else None
