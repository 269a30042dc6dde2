"""Nobody changes, removes or slips in an entry, whatever statement they find."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.migrations.exceptions import IrreversibleError

from subjects.audit import guards
from subjects.audit.events import EventType
from subjects.audit.grants import statements
from subjects.audit.leaf import leaf_hash
from subjects.audit.log import entries, erase_payloads, payload_of, record
from subjects.audit.models import AuditEvent, AuditPayload
from tests.audit.entries import SOMEBODY, chain, write

pytestmark = pytest.mark.django_db
on_sqlite = pytest.mark.skipif(connection.vendor != "sqlite", reason="a statement of SQLite")
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="a statement of PostgreSQL"
)


def refused(statement: str, *values: object) -> None:
    """Run `statement` and see the log refuse it and stand as it stood."""
    before = list(AuditEvent.objects.order_by("case", "step").values_list())
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    assert list(AuditEvent.objects.order_by("case", "step").values_list()) == before


def columns(**changed: object) -> list[object]:
    """Give the columns of a further entry, as the driver takes them."""
    leaf = b'{"forged":true}'
    row = AuditEvent(
        id=uuid4(),
        case=uuid4(),
        step=1,
        type="probe.added",
        leaf=leaf,
        leaf_hash=leaf_hash(leaf),
        created=datetime(2026, 11, 23, tzinfo=UTC),
    )
    for name, value in changed.items():
        setattr(row, name, value)
    fields = AuditEvent._meta.concrete_fields  # noqa: SLF001  # Django documents _meta
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


DENIED = r"permission denied|must be owner"
NAMES = 'id, "case", step, type, leaf, leaf_hash, created, recovered'
VALUES = f"INTO audit_event ({NAMES}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"


def test_an_update_is_refused():
    chain()
    refused("UPDATE audit_event SET type = 'closed'")
    refused("UPDATE audit_event SET leaf = leaf WHERE step = 2")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.update(type="closed")


def test_a_delete_is_refused():
    case, _ = chain()
    refused("DELETE FROM audit_event")
    refused("DELETE FROM audit_event WHERE step = 4")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.filter(case=case).delete()


def test_an_entry_out_of_order_is_refused():
    case, _ = chain(3)
    for step in (-1, 0, 1, 3, 5):
        refused(f"INSERT {VALUES}", *columns(case=case, step=step))
    refused(f"INSERT {VALUES}", *columns(step=2))


@on_sqlite
def test_insert_or_replace_is_refused():
    case, written = chain(3)
    rowid = "SELECT rowid FROM audit_event WHERE step = 2"
    for way in ("INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"):
        refused(f"{way} {VALUES}", *columns(case=case, step=2))
        refused(f"{way} {VALUES}", *columns(id=written[1].id))
        refused(f"{way} {VALUES}", *columns(id=written[1].id, case=case, step=4))
    refused(
        f"INSERT OR REPLACE INTO audit_event (rowid, {NAMES}) "  # noqa: S608  # no value in it
        f"VALUES (({rowid}), %s, %s, %s, %s, %s, %s, %s, %s)",
        *columns(),
    )
    refused(
        "UPDATE OR REPLACE audit_event SET step = 3 WHERE id = %s",
        written[1].id.hex,
    )


def test_an_upsert_is_refused():
    case, written = chain(3)
    change = "ON CONFLICT (id) DO UPDATE SET type = 'closed'"
    refused(f"INSERT {VALUES} {change}", *columns(id=written[1].id))
    refused(f"INSERT {VALUES} {change}", *columns(id=written[1].id, case=case, step=4))
    change = 'ON CONFLICT ("case", step) DO UPDATE SET leaf = excluded.leaf'
    refused(f"INSERT {VALUES} {change}", *columns(case=case, step=3))


@on_postgresql
def test_truncate_is_refused():
    chain()
    refused("TRUNCATE audit_event")
    refused("TRUNCATE audit_event, audit_outbox, audit_payload CASCADE")


@on_postgresql
def test_a_replication_role_does_not_switch_the_triggers_off():
    chain()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    refused("UPDATE audit_event SET type = 'closed'")
    refused("DELETE FROM audit_event")


@on_postgresql
def test_a_temporary_table_of_the_same_name_deceives_no_trigger():
    case, _ = chain(2)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMPORARY TABLE audit_event (LIKE public.audit_event) ON COMMIT DROP"
        )
        cursor.execute(f"INSERT {VALUES}", columns(case=case, step=8))
        public = VALUES.replace("audit_event", "public.audit_event")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(f"INSERT {public}", columns(case=case, step=9))
        cursor.execute("DROP TABLE pg_temp.audit_event")


def test_a_payload_is_destroyed_or_kept_but_never_rewritten():
    case = uuid4()
    entry = record(case, EventType.PROBE_ADDED, actor=SOMEBODY, payload={"ref": "a"})
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditPayload.objects.update(payload=b"{}")
    assert payload_of(entry) == {"ref": "a"}
    assert erase_payloads(case) == 1


@pytest.mark.django_db(transaction=True)
def test_the_migration_does_not_go_back():
    with pytest.raises(IrreversibleError):
        call_command("migrate", "audit", "zero", verbosity=0)
    assert guards.missing(connection) == []


def test_a_trigger_that_is_off_is_named():
    with connection.cursor() as cursor:
        table = " ON audit_event" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER audit_event_append{table}")
    assert guards.missing(connection) == ["audit_event_append"]
    guards.install(connection)
    assert guards.missing(connection) == []


@on_postgresql
def test_a_trigger_that_is_switched_off_is_named():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_no_change")
    assert guards.missing(connection) == ["audit_event_no_change"]
    guards.install(connection)
    assert guards.missing(connection) == []


def test_the_guards_are_back_after_whatever_happened_while_they_were_lifted():
    chain()
    with pytest.raises(ZeroDivisionError), guards.lifted(connection):
        _ = 1 / 0
    refused("DELETE FROM audit_event")


@on_sqlite
def test_grants_are_for_postgresql():
    with pytest.raises(CommandError, match="PostgreSQL"):
        call_command("audit_grants", "portal")


@on_postgresql
def test_a_role_that_owns_the_log_or_is_missing_gets_no_grants():
    with pytest.raises(CommandError, match="owns the log"):
        call_command("audit_grants", "postgres")
    with pytest.raises(CommandError, match="no role 'nobody-here'"):
        call_command("audit_grants", "nobody-here")


@on_postgresql
def test_the_portals_role_adds_to_the_log_and_can_do_nothing_else(capsys):
    case, _ = chain(2)
    with connection.cursor() as cursor:
        cursor.execute('CREATE ROLE "portal app"')
        cursor.execute('GRANT ALL ON ALL TABLES IN SCHEMA public TO "portal app"')
        call_command("audit_grants", "portal app", execute=True)
        assert capsys.readouterr().out.count("\n") == len(statements(connection, "portal app"))
        cursor.execute('SET LOCAL ROLE "portal app"')
        write(case)
        for statement in (
            "UPDATE audit_event SET type = 'closed'",
            "DELETE FROM audit_event",
            "TRUNCATE audit_event",
            "TRUNCATE audit_payload",
            "UPDATE audit_outbox SET step = 9",
            "UPDATE audit_entry SET leaf_hash = ''",
            "DELETE FROM audit_checkpoint",
            "DELETE FROM audit_anchor",
            "INSERT INTO audit_redaction (index, reason, created) VALUES (0, '', now())",
            "INSERT INTO audit_pruning (below, created) VALUES (9, now())",
            "UPDATE audit_payload SET payload = ''",
            "ALTER TABLE audit_event DISABLE TRIGGER ALL",
            "DROP TRIGGER audit_event_no_change ON audit_event",
            "DROP TABLE audit_event",
            "SET session_replication_role = replica",
        ):
            with pytest.raises(DatabaseError, match=DENIED), transaction.atomic():
                cursor.execute(statement)
        assert len(entries(case)) == 3
        assert erase_payloads(case) == 0
        cursor.execute("RESET ROLE")
