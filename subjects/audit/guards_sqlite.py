"""The triggers on SQLite: what each one refuses."""

from collections.abc import Mapping
from typing import Final

APPEND_ONLY: Final = "the log is append-only"
_ALLOWED: Final = """EXISTS (
    SELECT 1 FROM audit_entry AS entry WHERE entry.event = OLD.id AND (
        EXISTS (SELECT 1 FROM audit_redaction AS spoilt WHERE spoilt."index" = entry."index")
        OR entry."index" < (SELECT MAX(below) FROM audit_pruning)))"""
"""Whether this entry may be blanked: it was redacted, or it lies below what was pruned."""


def _refuse(when: str, table: str, why: str, where: str = "") -> str:
    clause = f"WHEN {where}" if where else ""
    return f"BEFORE {when} ON {table} {clause} BEGIN SELECT RAISE(ABORT, '{why}'); END"


def _taken(table: str, *keys: str) -> str:
    """INSERT OR REPLACE removes the row in its way, and no DELETE trigger fires.

    So whatever a row could stand in the way with (a key, its rowid) is refused before the insert.
    """
    same = " OR ".join(f'"{key}" = NEW."{key}"' for key in ("rowid", *keys))
    return f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - names of our own


def _frozen(table: str, taken: str) -> dict[str, str]:
    """Rows come and stay as they are."""
    return {
        f"{table}_no_update": _refuse("UPDATE", table, APPEND_ONLY),
        f"{table}_no_delete": _refuse("DELETE", table, APPEND_ONLY),
        f"{table}_append": _refuse("INSERT", table, "this row would not be a new one", taken),
    }


_UNCHANGED: Final = " AND ".join(
    f'NEW."{column}" IS OLD."{column}"'
    for column in ("rowid", "id", "case", "step", "type", "leaf_hash", "created", "recovered")
)
_NEXT_STEP: Final = """(
    SELECT COALESCE(MAX(step), CASE WHEN NEW.recovered THEN NEW.step - 1 ELSE 0 END) + 1
    FROM audit_event WHERE "case" = NEW."case")"""
"""A chain that came back from the tree without its beginning may begin later than at step 1."""
_NEXT_INDEX: Final = '(SELECT COALESCE(MAX("index"), -1) + 1 FROM audit_entry)'
_SIZE: Final = "(SELECT COALESCE(MAX(size), -1) FROM audit_checkpoint)"

SQLITE: Final[Mapping[str, str]] = {
    "audit_event_no_update": _refuse(
        "UPDATE",
        "audit_event",
        APPEND_ONLY,
        f"NOT (NEW.leaf IS x'' AND {_UNCHANGED} AND {_ALLOWED})",
    ),
    "audit_event_no_delete": _refuse("DELETE", "audit_event", APPEND_ONLY),
    "audit_event_append": _refuse(
        "INSERT",
        "audit_event",
        "an entry is new and the next step of its case",
        f"{_taken('audit_event', 'id')} OR NEW.step IS NOT {_NEXT_STEP}",
    ),
    "audit_outbox_no_update": _refuse("UPDATE", "audit_outbox", APPEND_ONLY),
    "audit_outbox_no_delete": _refuse(
        "DELETE",
        "audit_outbox",
        "an entry leaves the queue for the tree alone",
        "NOT EXISTS (SELECT 1 FROM audit_entry WHERE event = OLD.event)",
    ),
    "audit_outbox_append": _refuse(
        "INSERT", "audit_outbox", "it is queued already", _taken("audit_outbox", "n", "event")
    ),
    "audit_payload_no_update": _refuse(
        "UPDATE", "audit_payload", "a payload is kept or destroyed, never rewritten"
    ),
    "audit_payload_append": _refuse(
        "INSERT",
        "audit_payload",
        "a payload is kept or destroyed, never rewritten",
        _taken("audit_payload", "event"),
    ),
    **_frozen(
        "audit_entry",
        f'{_taken("audit_entry", "event")} OR NEW."index" IS NOT {_NEXT_INDEX}',
    ),
    **_frozen(
        "audit_checkpoint",
        f"{_taken('audit_checkpoint', 'size')} OR NEW.size <= {_SIZE}",
    ),
    **_frozen(
        "audit_anchor",
        f"{_taken('audit_anchor', 'id')} OR EXISTS (SELECT 1 FROM audit_anchor"  # noqa: S608 - names of our own
        " WHERE kind = NEW.kind AND size = NEW.size AND name = NEW.name)",
    ),
    **_frozen("audit_redaction", _taken("audit_redaction", "index")),
    **_frozen("audit_pruning", _taken("audit_pruning", "below")),
}
"""What stands behind `CREATE TRIGGER name`, by name; a name begins with its table's."""
