"""The log as a book: read from the database up to the latest checkpoint, kept until the next."""

from collections.abc import Iterator
from datetime import datetime
from threading import Lock
from typing import Final

from django.db.models import OuterRef, Subquery

from subjects.audit.leaf import instant
from subjects.audit.models import AuditCheckpoint, AuditEntry, AuditEvent, AuditRedaction
from subjects.audit.standalone.problems import Blank
from subjects.audit.standalone.reading import Book, read_log

_CHUNK: Final = 2000
_lock: Final = Lock()
_kept: dict[tuple[int, bytes], Book] = {}


class Entries:
    """The first `size` entries of the log; each iteration reads the database again."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __iter__(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Give index, leaf (b"" if blanked) and leaf hash of each, in the order of the log."""
        leaves = AuditEvent.objects.filter(pk=OuterRef("event")).values("leaf")
        rows = AuditEntry.objects.filter(index__lt=self.size).order_by("index")
        columns = rows.annotate(leaf=Subquery(leaves)).values_list("index", "leaf", "leaf_hash")
        for index, leaf, leaf_hash in columns.iterator(chunk_size=_CHUNK):
            yield index, bytes(leaf or b""), bytes(leaf_hash)


def book(now: datetime | None = None) -> Book:
    """Read the log up to its latest checkpoint; the same book until there is a newer one.

    With `now` the book also tells when the log has been silent for too long up to that instant.
    """
    newest = AuditCheckpoint.objects.order_by("-size").first()
    size, root = (newest.size, bytes(newest.root)) if newest else (0, b"")
    until = instant(now) if now else ""
    if until:
        return read_log(Entries(size), blanks=blanks(size), until=until)
    with _lock:
        if (size, root) not in _kept:
            _kept.clear()
            _kept[size, root] = read_log(Entries(size), blanks=blanks(size))
        return _kept[size, root]


def blanks(size: int) -> dict[int, Blank]:
    """List the entries below `size` that were blanked because they were written by mistake."""
    found: dict[int, Blank] = {}
    for redaction in AuditRedaction.objects.filter(index__lt=size).order_by("index"):
        entry = AuditEntry.objects.get(index=redaction.index)
        event = AuditEvent.objects.get(pk=entry.event)
        before = AuditEvent.objects.filter(case=event.case, step=event.step - 1).first()
        prev = bytes(before.leaf_hash) if before else bytes(32)
        found[redaction.index] = Blank(bytes(entry.leaf_hash), redaction.reason, prev, event.step)
    return found
