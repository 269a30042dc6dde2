"""The triggers that keep the log append-only, on SQLite and on PostgreSQL.

They stop the program, a careless shell and an injected statement. Whoever owns the database can
take them off: that shows in `missing`, and in proofs that are kept outside the house.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper

from subjects.audit.guards_postgresql import FUNCTIONS, POSTGRESQL
from subjects.audit.guards_sqlite import SQLITE
from subjects.audit.rows_postgresql import FUNCTION


def install(connection: BaseDatabaseWrapper) -> None:
    """Put on every trigger whose tables are there. Safe to run again; an older one is replaced."""
    with connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        on_postgresql = connection.vendor == "postgresql"
        if on_postgresql:
            cursor.execute("SELECT current_schema()")
            schema = connection.ops.quote_name(cursor.fetchone()[0])
            for functions in (FUNCTIONS, FUNCTION):
                cursor.execute(functions.replace("{schema}", schema))
        for name, body in _guards(connection).items():
            if not _tables(name, body) <= there:
                continue
            if on_postgresql:
                cursor.execute(f"CREATE OR REPLACE TRIGGER {name} {body}")
                cursor.execute(f"ALTER TABLE {_table(name)} ENABLE ALWAYS TRIGGER {name}")
            else:
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
                cursor.execute(f"CREATE TRIGGER {name} {body}")


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take every trigger off. Only for a test database that must be emptied, and its owner can."""
    with connection.cursor() as cursor:
        for name in _guards(connection):
            table = f" ON {_table(name)}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{table}")


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
    there = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(there)
        found = {name for (name,) in cursor.fetchall()}
    return [name for name in _guards(connection) if name not in found]


def _guards(connection: BaseDatabaseWrapper) -> Mapping[str, str]:
    return POSTGRESQL if connection.vendor == "postgresql" else SQLITE


def _table(trigger: str) -> str:
    """Each trigger is named after its table, which has two words."""
    return "_".join(trigger.split("_")[:2])


def _tables(trigger: str, body: str) -> set[str]:
    """All tables that a trigger reads: on SQLite it fires in vain while one is not there yet."""
    read = re.findall(r"\b(?:ON|FROM|JOIN) (audit_[a-z]+)", body)
    return {_table(trigger), *read}
