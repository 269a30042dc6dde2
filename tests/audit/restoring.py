"""Backups of a log's tables, put back as an operator does."""

from typing import Any
from uuid import UUID, uuid4

from django.db import connection, models

from subjects.audit import guards
from subjects.audit.events import Actor, EventType
from subjects.audit.log import record, record_system
from subjects.audit.models import (
    AuditCheckpoint,
    AuditEntry,
    AuditEvent,
    AuditOutbox,
    AuditPayload,
    AuditRedaction,
)
from subjects.audit.publish import log_tiles
from subjects.audit.sequencer import sequence
from subjects.audit.standalone.merkle import consistency_proof, verify_consistency
from subjects.audit.verify import verify
from subjects.models import CaseNumber
from tests.audit.entries import chain, write

TABLES: tuple[type[models.Model], ...] = (
    AuditEvent,
    AuditOutbox,
    AuditPayload,
    AuditEntry,
    AuditCheckpoint,
    AuditRedaction,
    CaseNumber,
)
Backup = dict[type[models.Model], list[Any]]


def backup() -> Backup:
    return {table: list(table.objects.order_by("pk")) for table in TABLES}


def restore(kept: Backup) -> None:
    """Put every table back as it was, as its owner does."""
    with guards.lifted(connection):
        for table, rows in kept.items():
            table.objects.all().delete()
            table.objects.bulk_create(rows)


def heartbeat() -> None:
    record_system(EventType.HEARTBEAT, actor=Actor.system("sweep"))


def receive(number: int) -> UUID:
    """Write the first entry of a case that has a number of the year."""
    case = uuid4()
    record(
        case,
        EventType.REQUEST_RECEIVED,
        actor=Actor.person(),
        request=uuid4(),
        right="erasure",
        channel="web",
        received="2026-11-23T04:40:00Z",
        local_date="2026-11-23",
        tz="Europe/Paris",
        due="2026-12-23",
        year=2026,
        number=number,
    )
    return case


def is_whole() -> None:
    report = verify()
    assert report.holds, report.first_bad
    tiles, newest = log_tiles(), AuditCheckpoint.objects.order_by("-size").first()
    assert tiles.checkpoint() == bytes(newest.note)
    assert tiles.tree(newest.size).root() == bytes(newest.root)
    for old in AuditCheckpoint.objects.exclude(size=newest.size):
        proof = consistency_proof(old.size, newest.size, tiles.subtree)
        assert verify_consistency(old.size, newest.size, bytes(old.root), bytes(newest.root), proof)


def lose_the_newest() -> tuple[UUID, bytes]:
    """Restore a backup of 4 entries under a log of 9; give a case of both, and the newest root."""
    case, _ = chain(3)
    heartbeat()
    sequence()
    kept = backup()
    write(case, 2)
    heartbeat()
    chain(2)
    root = bytes(sequence().root)
    restore(kept)
    return case, root
