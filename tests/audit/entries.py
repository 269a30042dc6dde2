"""Entries for the tests of the log, written by its own door."""

from collections.abc import Callable
from uuid import UUID, uuid4

from django.db import connection, transaction

from subjects.audit import guards
from subjects.audit.events import Actor, EventType
from subjects.audit.leaf import freeze, leaf_hash, thaw
from subjects.audit.log import Entry, record
from subjects.audit.models import AuditEntry, AuditEvent, AuditOutbox
from subjects.audit.sequencer import sequence

SOMEBODY = Actor.system("search")


def write(case: UUID, steps: int = 1) -> list[Entry]:
    """Write `steps` ordinary entries of one case."""
    with transaction.atomic():
        return [
            record(
                case, EventType.PROBE_REFUSED, actor=SOMEBODY, reason="no-face-found", count=step
            )
            for step in range(steps)
        ]


def chain(steps: int = 4) -> tuple[UUID, list[Entry]]:
    """Write a new case with `steps` entries."""
    case = uuid4()
    return case, write(case, steps)


def number(most: int = 1000) -> list[AuditEntry]:
    """Give the queued entries their places in the tree, as the sequencer does; signs nothing."""
    with transaction.atomic():
        queued = [row.event for row in AuditOutbox.objects.order_by("n")[:most]]
        hashes = dict(AuditEvent.objects.filter(pk__in=queued).values_list("pk", "leaf_hash"))
        size = AuditEntry.objects.count()
        rows = AuditEntry.objects.bulk_create(
            AuditEntry(index=index, event=event, leaf_hash=hashes[event])
            for index, event in enumerate(queued, start=size)
        )
        AuditOutbox.objects.filter(event__in=queued).delete()
    return rows


def published_log() -> tuple[UUID, list[Entry]]:
    """Give a case of four entries: numbers 2 to 5 of nine, under three checkpoints, published."""
    chain(2)
    sequence()
    case, written = chain(4)
    sequence()
    chain(3)
    sequence()
    chain(1)
    return case, written


def tamper(change: Callable[[], object]) -> None:
    """Change the log as its owner could, with the triggers off."""
    with guards.lifted(connection):
        change()


def rewrite(entry: Entry, **fields: object) -> bytes:
    """Write the row of an entry anew, with a hash that fits; returns the hash."""
    leaf = freeze(thaw(entry.leaf) | fields)
    digest = leaf_hash(leaf)
    AuditEvent.objects.filter(pk=entry.id).update(leaf=leaf, leaf_hash=digest)
    return digest
