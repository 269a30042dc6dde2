"""The triggers that keep the log append-only, on SQLite and on PostgreSQL.

They stop the program, a careless shell and an injected statement. Whoever owns the database can
take them off: that shows in `missing`, and in proofs that are kept outside the house.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

# INSERT OR REPLACE deletes the row in its way without firing DELETE triggers, so whatever it could
# stand in the way with (id, rowid, case and step) is refused before the insert.
_SQLITE: Final = {
    "audit_event_no_update": """
        BEFORE UPDATE ON audit_event
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
    "audit_event_no_delete": """
        BEFORE DELETE ON audit_event
        BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
    "audit_event_append": """
        BEFORE INSERT ON audit_event
        WHEN EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id OR rowid = NEW.rowid)
          OR NEW.step IS NOT (
            SELECT COALESCE(MAX(step), 0) + 1 FROM audit_event WHERE "case" = NEW."case")
        BEGIN SELECT RAISE(ABORT, 'an entry is new and the next step of its case'); END""",
    "audit_payload_no_update": """
        BEFORE UPDATE ON audit_payload
        BEGIN SELECT RAISE(ABORT, 'a payload is kept or destroyed, never rewritten'); END""",
    "audit_payload_append": """
        BEFORE INSERT ON audit_payload
        WHEN EXISTS (SELECT 1 FROM audit_payload WHERE event = NEW.event OR rowid = NEW.rowid)
        BEGIN SELECT RAISE(ABORT, 'a payload is kept or destroyed, never rewritten'); END""",
}

# Raw triggers without a way to switch them off by a session variable, and ALWAYS, so that a
# replication role does not skip them. 23000 makes Django raise IntegrityError, as on SQLite.
# The table is named by what fired the trigger: a temporary table of the same name changes nothing.
_POSTGRESQL_FUNCTIONS: Final = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = '23000';
END $$;
CREATE OR REPLACE FUNCTION audit_next_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE next_step bigint;
BEGIN
    EXECUTE format(
        'SELECT COALESCE(MAX(step), 0) + 1 FROM %I.%I WHERE "case" = $1',
        TG_TABLE_SCHEMA, TG_TABLE_NAME
    ) INTO next_step USING NEW."case";
    IF NEW.step IS DISTINCT FROM next_step THEN
        RAISE EXCEPTION 'an entry is new and the next step of its case' USING ERRCODE = '23000';
    END IF;
    RETURN NEW;
END $$;
"""
_POSTGRESQL: Final = {
    "audit_event_no_change": """
        BEFORE UPDATE OR DELETE ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_refuse('the log is append-only')""",
    "audit_event_no_truncate": """
        BEFORE TRUNCATE ON audit_event
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('the log is append-only')""",
    "audit_event_append": """
        BEFORE INSERT ON audit_event
        FOR EACH ROW EXECUTE FUNCTION audit_next_step()""",
    "audit_payload_no_update": """
        BEFORE UPDATE ON audit_payload
        FOR EACH ROW EXECUTE FUNCTION audit_refuse(
            'a payload is kept or destroyed, never rewritten')""",
}


def _table(trigger: str) -> str:
    return "audit_payload" if trigger.startswith("audit_payload") else "audit_event"


def install(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger on. Safe to run again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTIONS)
            for name, body in _POSTGRESQL.items():
                cursor.execute(f"CREATE OR REPLACE TRIGGER {name} {body}")
                cursor.execute(f"ALTER TABLE {_table(name)} ENABLE ALWAYS TRIGGER {name}")
        else:
            for name, body in _SQLITE.items():
                cursor.execute(f"CREATE TRIGGER IF NOT EXISTS {name} {body}")


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger off. Only for a test database that must be emptied, and its owner can."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for name in _POSTGRESQL:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {_table(name)}")
        else:
            for name in _SQLITE:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


@contextmanager
def lifted(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Take the triggers off, and put them back whatever happens. For tests."""
    remove(connection)
    try:
        yield
    finally:
        install(connection)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Name the triggers that should be on and are not, or are switched off."""
    wanted = _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE
    there = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(there)
        found = {name for (name,) in cursor.fetchall()}
    return [name for name in wanted if name not in found]
