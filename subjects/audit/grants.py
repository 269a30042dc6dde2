"""What the portal's role may do with the log on PostgreSQL: read it and add to it.

What permits blanking an entry it only reads: to blank is the owner's, and never the portal's.
"""

from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

_MAY: Final = {
    "audit_event": "SELECT, INSERT",
    "audit_outbox": "SELECT, INSERT, DELETE",
    "audit_payload": "SELECT, INSERT, DELETE",
    "audit_entry": "SELECT, INSERT",
    "audit_checkpoint": "SELECT, INSERT",
    "audit_anchor": "SELECT, INSERT",
    "audit_redaction": "SELECT",
    "audit_pruning": "SELECT",
}
_SEQUENCES: Final = ("audit_outbox_n_seq", "audit_anchor_id_seq")


def statements(connection: BaseDatabaseWrapper, role: str) -> list[str]:
    """List the statements for `role`, each whole."""
    name = connection.ops.quote_name(role)
    lines = []
    for table, rights in _MAY.items():
        lines.append(f"REVOKE ALL ON {table} FROM PUBLIC, {name}")
        lines.append(f"GRANT {rights} ON {table} TO {name}")
    return [*lines, *(f"GRANT USAGE ON SEQUENCE {one} TO {name}" for one in _SEQUENCES)]


def binds(connection: BaseDatabaseWrapper, role: str) -> str:
    """Say why grants would not bind `role`, or give an empty text: no grant binds an owner."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper, pg_has_role(rolname, tableowner, 'MEMBER') FROM pg_roles, pg_tables"
            " WHERE rolname = %s AND tablename = 'audit_event' AND schemaname = current_schema()",
            [role],
        )
        row = cursor.fetchone()
    if row is None:
        return f"There is no role {role!r}, or the log has not been set up: create both first."
    if any(row):
        return f"{role!r} owns the log or is a superuser. Run the portal as another role."
    return ""
