"""Check the numbers of the entries and every checkpoint over them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings
from django.db.models import Exists, Max, OuterRef

from subjects.audit import keys
from subjects.audit.models import AuditCheckpoint, AuditEntry, AuditEvent
from subjects.audit.places import newest_size
from subjects.audit.publish import log_tiles, published
from subjects.audit.standalone.merkle import CompactRange, TreeRefused
from subjects.audit.standalone.notes import (
    NOTE_KEY,
    Checkpoint,
    NoteRefused,
    checkpoint_text,
    parse_note,
)
from subjects.errors import AuditTreeBroken, LogForked, LogNotPublished, TileMissing

_CHUNK: Final = 2000
Blame = Callable[[str, int, str], None]
"""Blames the entry of a case (id in hex) at a step, and says why."""


@dataclass(frozen=True)
class Verified:
    """Up to where the log was found right: its first `size` entries and their full subtrees."""

    size: int
    compact_range: bytes


class Tree:
    """One reading of the tree, from what was verified earlier up to `upto` entries."""

    def __init__(self, since: Verified | None, upto: int, blame: Blame) -> None:
        self.problems: list[AuditTreeBroken] = []
        self.verified: Verified | None = since
        self._since = since
        self._upto = upto
        self._blame = blame
        self._keys = {
            (vkey.name, vkey.key_hash): Ed25519PublicKey.from_public_bytes(vkey.key)
            for vkey in (keys.known_vkeys() if upto else ())
            if vkey.algorithm == NOTE_KEY
        }

    def check(self) -> None:
        """Check all; every problem stands in `problems`, or was blamed on its entry."""
        tree = self._begin()
        if tree is None:
            return
        self._check_events(tree.size)
        if self._grow(tree) and tree.size:
            self.verified = Verified(tree.size, tree.encode())
        self._check_end()
        self._check_published()
        self.problems.sort(key=lambda problem: problem.index)

    def _begin(self) -> CompactRange | None:
        """Give the tree as it was verified earlier, or None where the database denies it."""
        since = self._since
        if since is None:
            return CompactRange()
        row = AuditCheckpoint.objects.filter(size=since.size).first()
        try:
            tree = CompactRange.decode(since.size, since.compact_range)
        except TreeRefused:
            row = None
        if row is None or bytes(row.root) != tree.root():
            self._note(
                since.size - 1, "up to here the log was once found right, and now is another"
            )
            return None
        return tree

    def _grow(self, tree: CompactRange) -> bool:
        """Add entry by entry and hold each checkpoint against the root; no at the first gap."""
        hashes = self._hashes(tree.size)
        rows = AuditCheckpoint.objects.filter(size__gt=tree.size, size__lte=self._upto)
        for row in rows.order_by("size").iterator(_CHUNK):
            before = tree.size
            tree.extend(islice(hashes, row.size - before))
            if tree.size < row.size:
                why = f"the number is missing, although {row.size} entries were signed"
                self._note(tree.size, why)
                return False
            if bytes(row.root) != tree.root():
                self._locate(before, row.size)
                return False
            if trouble := self._trouble(row, tree):
                self._note(row.size - 1, trouble)
        return True

    def _hashes(self, start: int) -> Iterator[bytes]:
        """Give the leaf hashes in their order, up to the first gap."""
        rows = AuditEntry.objects.filter(index__gte=start, index__lt=self._upto).order_by("index")
        pairs = rows.values_list("index", "leaf_hash").iterator(_CHUNK)
        for wanted, (index, digest) in enumerate(pairs, start):
            if index != wanted:
                return
            yield bytes(digest)

    def _trouble(self, row: AuditCheckpoint, tree: CompactRange) -> str:
        """Say what is wrong with a checkpoint whose root is right; empty when nothing is."""
        if bytes(row.compact_range) != tree.encode():
            return "the subtrees beside its checkpoint are not those of the tree"
        try:
            note = parse_note(bytes(row.note))
        except NoteRefused as refused:
            return f"its checkpoint cannot be read: {refused}"
        if note.text != checkpoint_text(settings.LOG_ORIGIN, row.size, tree.root()):
            return "its checkpoint does not say origin, size and root of this log"
        signed = False
        for one in note.signatures:
            if key := self._keys.get((one.name, one.key_hash)):
                try:
                    key.verify(one.signature, note.text)
                except InvalidSignature:
                    return "a signature of its checkpoint is wrong"
                signed = True
        return "" if signed else "its checkpoint is signed by no key of this log"

    def _locate(self, before: int, size: int) -> None:
        """Find which of the entries from `before` on is not the one that was published."""
        index = self._first_unlike_published(before, size)
        if index is None:
            why = f"the entries from {before} on give another root than was signed"
            self._note(size - 1, why)
            return
        event = AuditEntry.objects.filter(index=index).values("event")
        row = AuditEvent.objects.filter(pk__in=event).values_list("case", "step").first()
        if row is None:
            self._note(index, "it was published with another hash")
        else:
            self._blame(row[0].hex, row[1], f"entry {index} was published with another hash")

    def _first_unlike_published(self, start: int, end: int) -> int | None:
        try:
            there = published()
            end = min(end, there.size if there else 0)
            pairs = zip(self._hashes(start), log_tiles().leaf_hashes(start, end), strict=False)
            return next((at for at, (ours, its) in enumerate(pairs, start) if ours != its), None)
        except (TileMissing, LogForked, LogNotPublished):
            return None

    def _check_events(self, start: int) -> None:
        """Name every number whose entry is gone."""
        gone = ~Exists(AuditEvent.objects.filter(pk=OuterRef("event")))
        rows = AuditEntry.objects.filter(gone, index__gte=start).order_by("index")
        for index in rows.values_list("index", flat=True).iterator(_CHUNK):
            self._note(index, "it has its number and is gone")

    def _check_end(self) -> None:
        """Name a number behind the last checkpoint: both are written in one transaction."""
        last = AuditEntry.objects.aggregate(index=Max("index"))["index"]
        if last is not None and (size := newest_size()) <= last:
            self._note(size, "it has a number, and no checkpoint covers it")

    def _check_published(self) -> None:
        """Hold what was published last against the database."""
        try:
            there = published()
        except (LogForked, LogNotPublished) as trouble:
            self._note(0, str(trouble))
            return
        if there is None or there.size == 0:
            return
        row = AuditCheckpoint.objects.filter(size=there.size).values_list("root", flat=True).first()
        if there.size > (size := newest_size()):
            self._note(size, f"{there.size} entries are published, and the database has {size}")
        elif row is None or bytes(row) != there.root:
            self._note(there.size - 1, "it was published under another root")
        else:
            self._check_tiles(there)

    def _check_tiles(self, there: Checkpoint) -> None:
        """Hold the published hashes against the published root: anybody may be reading them."""
        since, tiles = self._since, log_tiles()
        tree = CompactRange.decode(since.size, since.compact_range) if since else CompactRange()
        if tree.size > there.size:
            return
        try:
            tree.extend(tiles.leaf_hashes(tree.size, there.size))
            roots = {tree.root(), tiles.tree(there.size).root(), there.root}
        except TileMissing as missing:
            self._note(there.size - 1, str(missing))
            return
        if len(roots) > 1:
            why = "the tiles in PORTAL_LOG_DIR do not give the root that was published"
            self._note(there.size - 1, why)

    def _note(self, index: int, why: str) -> None:
        self.problems.append(AuditTreeBroken(index, why))
