"""Nobody renumbers the tree, and an entry is blanked only where that was permitted before."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Model

from subjects.audit import guards
from subjects.audit.log import Entry
from subjects.audit.models import (
    AuditAnchor,
    AuditCheckpoint,
    AuditEntry,
    AuditEvent,
    AuditOutbox,
    AuditPruning,
    AuditRedaction,
)
from tests.audit.entries import chain, number

pytestmark = pytest.mark.django_db
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="a statement of SQLite")
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="a statement of PostgreSQL"
)
NOW = datetime(2026, 11, 23, tzinfo=UTC)
FROZEN = (AuditEntry, AuditCheckpoint, AuditAnchor, AuditRedaction, AuditPruning)
TABLES = (*FROZEN, AuditEvent, AuditOutbox)


@pytest.fixture
def log() -> tuple[UUID, list[Entry]]:
    """Give a case of four entries, numbered 0 to 3, and a row in each table of the tree."""
    case, written = chain(4)
    number()
    checkpoint(4)
    AuditAnchor.objects.create(kind="rfc3161", size=4, name="a", proof=b"t", at=NOW)
    AuditRedaction.objects.create(index=2, reason="written-by-mistake", created=NOW)
    AuditPruning.objects.create(below=1, created=NOW)
    chain(1)
    return case, written


def checkpoint(size: int) -> AuditCheckpoint:
    return AuditCheckpoint.objects.create(
        size=size, root=b"r" * 32, compact_range=b"", note=b"", created=NOW
    )


def refused(statement: str, *values: object) -> None:
    """Run `statement`, and see every table of the tree refuse it and stand as it stood."""

    def standing() -> list[object]:
        return [list(table.objects.order_by("pk").values_list()) for table in TABLES]

    before = standing()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    assert standing() == before


def change_row(entry: Entry, **columns: object) -> None:
    with transaction.atomic():
        AuditEvent.objects.filter(pk=entry.id).update(**columns)


def blank(entry: Entry) -> None:
    change_row(entry, leaf=b"")


@pytest.mark.parametrize("table", FROZEN)
def test_what_stands_in_the_tree_is_neither_changed_nor_removed(log, table: type[Model]):
    name, key = table._meta.db_table, table._meta.pk.column  # noqa: SLF001  # Django documents _meta
    refused(f'UPDATE {name} SET "{key}" = "{key}"')  # noqa: S608  # names of our own
    refused(f"DELETE FROM {name}")  # noqa: S608  # as above
    if connection.vendor == "postgresql":
        refused(f"TRUNCATE {name}")


def test_a_number_is_the_next_one():
    chain(2)
    number()
    for index in (-1, 0, 1, 3):
        refused(
            'INSERT INTO audit_entry ("index", event, leaf_hash) VALUES (%s, %s, %s)',
            *(index, uuid4().hex, b"h" * 32),
        )


def test_the_first_number_is_zero():
    refused(
        'INSERT INTO audit_entry ("index", event, leaf_hash) VALUES (1, %s, %s)',
        *(uuid4().hex, b"h" * 32),
    )
    AuditEntry.objects.create(index=0, event=uuid4(), leaf_hash=b"h" * 32)


def test_a_checkpoint_is_larger_than_all_before_it(log):
    for size in (-1, 0, 3, 4):
        with pytest.raises(IntegrityError), transaction.atomic():
            checkpoint(size)
    checkpoint(5)


@on_sqlite
def test_insert_or_replace_is_refused_everywhere(log):
    event, other = AuditEntry.objects.get(index=1).event.hex, uuid4().hex
    with connection.cursor() as cursor:
        cursor.execute('SELECT rowid FROM audit_entry WHERE "index" = 1')
        (rowid,) = cursor.fetchone()
    for way in ("INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"):
        entry = f"{way} INTO audit_entry (\"index\", event, leaf_hash) VALUES (%s, %s, x'00')"
        refused(entry, 4, event)
        refused(entry, 1, other)
        with_rowid = f'{way} INTO audit_entry (rowid, "index", event, leaf_hash) VALUES'
        refused(f"{with_rowid} (%s, 4, %s, x'00')", rowid, other)
        columns = "size, root, compact_range, note, created) VALUES"
        row = "%s, x'00', x'00', x'00', '2026-11-23')"
        refused(f"{way} INTO audit_checkpoint ({columns} ({row}", 4)
        refused(f"{way} INTO audit_checkpoint (rowid, {columns} (1, {row}", 5)
        anchor = f"{way} INTO audit_anchor (id, kind, size, name, proof, at) VALUES"
        taken = AuditAnchor.objects.get().pk
        refused(f"{anchor} (%s, 'rfc3161', 5, 'b', x'00', '2026-11-23')", taken)
        refused(f"{anchor} (NULL, 'rfc3161', 4, 'a', x'00', '2026-11-23')")
        redaction = f'{way} INTO audit_redaction ("index", reason, created)'
        refused(f"{redaction} VALUES (2, 'expired', '2026-11-23')")
        refused(f"{way} INTO audit_pruning (below, created) VALUES (1, '2026-11-24')")
        queued = AuditOutbox.objects.get()
        outbox = f'{way} INTO audit_outbox (n, event, "case", step) VALUES'
        refused(f"{outbox} (%s, %s, %s, 1)", queued.n, other, other)
        refused(f"{outbox} (%s, %s, %s, 1)", queued.n + 1, queued.event.hex, other)


def test_an_upsert_is_refused_everywhere(log):
    event, queued = AuditEntry.objects.get(index=1).event, AuditOutbox.objects.get()
    refused(
        'INSERT INTO audit_entry ("index", event, leaf_hash) VALUES (4, %s, %s)'
        " ON CONFLICT (event) DO UPDATE SET leaf_hash = excluded.leaf_hash",
        *(event.hex, b"x"),
    )
    refused(
        'INSERT INTO audit_outbox (n, event, "case", step) VALUES (999, %s, %s, 9)'
        " ON CONFLICT (event) DO UPDATE SET step = 9",
        *(queued.event.hex, uuid4().hex),
    )


def test_an_entry_leaves_the_queue_only_for_the_tree(log):
    refused("DELETE FROM audit_outbox")
    refused("UPDATE audit_outbox SET step = step + 1")
    if connection.vendor == "postgresql":
        refused("TRUNCATE audit_outbox")
    number()
    assert not AuditOutbox.objects.exists()


def test_an_entry_is_blanked_only_where_it_was_redacted_or_pruned(log):
    _, (pruned, kept, redacted, last) = log
    for entry in (kept, last):
        with pytest.raises(IntegrityError):
            blank(entry)
    for entry in (pruned, redacted):
        blank(entry)
        row = AuditEvent.objects.get(pk=entry.id)
        assert (bytes(row.leaf), bytes(row.leaf_hash)) == (b"", entry.leaf_hash)


def test_an_entry_that_has_no_number_yet_is_never_blanked(log):
    AuditPruning.objects.create(below=1000, created=NOW)
    queued = AuditEvent.objects.get(pk=AuditOutbox.objects.get().event)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.filter(pk=queued.pk).update(leaf=b"")


@pytest.mark.parametrize(
    "change",
    [
        {"leaf": b"{}"},
        {"leaf": b" "},
        {"type": "closed"},
        {"step": 9},
        {"case": UUID(int=5)},
        {"leaf_hash": b"h" * 32},
        {"created": NOW},
        {"recovered": True},
        {"id": UUID(int=5)},
    ],
)
def test_blanking_changes_nothing_but_the_bytes(log, change):
    _, written = log
    with pytest.raises(IntegrityError):
        change_row(written[2], **{"leaf": b"", **change})
    with pytest.raises(IntegrityError):
        change_row(written[2], **change)


@on_sqlite
def test_a_blanked_entry_holds_no_text_and_keeps_its_row(log):
    _, written = log
    refused("UPDATE audit_event SET leaf = '' WHERE id = %s", written[2].id.hex)
    refused("UPDATE audit_event SET leaf = NULL WHERE id = %s", written[2].id.hex)
    refused("UPDATE audit_event SET leaf = x'', rowid = 99 WHERE id = %s", written[2].id.hex)


@on_postgresql
def test_a_temporary_table_permits_no_blanking(log):
    _, written = log
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE audit_pruning (below bigint) ON COMMIT DROP")
        cursor.execute("INSERT INTO pg_temp.audit_pruning VALUES (1000)")
    with pytest.raises(IntegrityError):
        blank(written[1])
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE pg_temp.audit_pruning")


def test_a_chain_that_came_back_without_its_beginning_may_begin_later():
    row = AuditEvent(type="closed", leaf=b"{}", leaf_hash=b"h" * 32, created=NOW, step=7)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.create(**_columns(row), case=uuid4())
    case = uuid4()
    AuditEvent.objects.create(**_columns(row), case=case, recovered=True)
    row.step = 9
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.create(**_columns(row), case=case, recovered=True)


def _columns(row: AuditEvent) -> dict[str, object]:
    names = ("type", "leaf", "leaf_hash", "created", "step")
    return {name: getattr(row, name) for name in names}


def test_every_table_of_the_log_is_guarded():
    guarded = {guards._table(name) for name in guards._guards(connection)}  # noqa: SLF001  # the whole of it
    assert guarded == {table._meta.db_table for table in TABLES} | {"audit_payload"}  # noqa: SLF001  # Django documents _meta
    assert guards.missing(connection) == []
