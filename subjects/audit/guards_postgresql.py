"""The triggers on PostgreSQL: what each one refuses.

Raw triggers without a way to switch them off by a session variable, and ALWAYS, so that a
replication role does not skip them. 23000 makes Django raise IntegrityError, as on SQLite.
The table is named by its schema or by what fired the trigger, and the others are looked for beside
it: a temporary table of the same name changes nothing.
"""

from collections.abc import Mapping
from typing import Final

_APPEND_ONLY: Final = "'the log is append-only'"
_REWRITTEN: Final = "'a payload is kept or destroyed, never rewritten'"

FUNCTIONS: Final = """
CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = '23000';
END $$;

CREATE OR REPLACE FUNCTION audit_next_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE newest bigint;
BEGIN
    -- Static, for each business transaction pays for it: a dynamic statement is planned every time.
    SELECT MAX(step) INTO newest FROM {schema}.audit_event WHERE "case" = NEW."case";
    -- A chain that came back from the tree without its beginning may begin later than at step 1.
    IF newest IS NULL AND NEW.recovered THEN
        RETURN NEW;
    END IF;
    IF NEW.step IS DISTINCT FROM COALESCE(newest, 0) + 1 THEN
        RAISE EXCEPTION 'an entry is new and the next step of its case' USING ERRCODE = '23000';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION audit_next_indexes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    batch record;
    before bigint;
    newest bigint;
BEGIN
    SELECT COUNT(*) AS many, MIN("index") AS low, MAX("index") AS high INTO batch FROM added;
    IF batch.many = 0 THEN
        RETURN NULL;
    END IF;
    EXECUTE format(
        'SELECT MAX("index") FILTER (WHERE "index" < $1), MAX("index") FROM %I.%I'
        ' WHERE "index" >= $1 - 1', TG_TABLE_SCHEMA, TG_TABLE_NAME
    ) INTO before, newest USING batch.low;
    IF (batch.low <> 0 AND before IS NULL) OR batch.low < 0
        OR newest <> batch.high OR batch.many <> batch.high - batch.low + 1
    THEN
        RAISE EXCEPTION 'a number is the next one of the tree' USING ERRCODE = '23000';
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION audit_larger_size() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE newest bigint;
BEGIN
    EXECUTE format('SELECT MAX(size) FROM %I.%I', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO newest;
    IF NEW.size <= COALESCE(newest, -1) THEN
        RAISE EXCEPTION 'a checkpoint is larger than all before it' USING ERRCODE = '23000';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION audit_only_blanked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    blank record;
    allowed boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        blank := OLD;
        blank.leaf := ''::bytea;
        IF NEW IS NOT DISTINCT FROM blank THEN
            EXECUTE format(
                'SELECT EXISTS (SELECT 1 FROM %1$I.audit_entry AS entry'
                ' WHERE entry.event = $1 AND (EXISTS (SELECT 1 FROM %1$I.audit_redaction AS spoilt'
                ' WHERE spoilt."index" = entry."index")'
                ' OR entry."index" < (SELECT MAX(below) FROM %1$I.audit_pruning)))',
                TG_TABLE_SCHEMA
            ) INTO allowed USING OLD.id;
            IF allowed THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'the log is append-only' USING ERRCODE = '23000';
END $$;

CREATE OR REPLACE FUNCTION audit_only_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lost boolean;
BEGIN
    EXECUTE format(
        'SELECT EXISTS (SELECT 1 FROM gone WHERE NOT EXISTS ('
        ' SELECT 1 FROM %I.audit_entry AS entry WHERE entry.event = gone.event))', TG_TABLE_SCHEMA
    ) INTO lost;
    IF lost THEN
        RAISE EXCEPTION 'an entry leaves the queue for the tree alone' USING ERRCODE = '23000';
    END IF;
    RETURN NULL;
END $$;
"""


def _each(when: str, table: str, function: str) -> str:
    return f"BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}"


def _no_truncate(table: str) -> dict[str, str]:
    body = f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION "
    return {f"{table}_no_truncate": f"{body}audit_refuse({_APPEND_ONLY})"}


def _frozen(table: str) -> dict[str, str]:
    """Rows come and stay as they are."""
    change = _each("UPDATE OR DELETE", table, f"audit_refuse({_APPEND_ONLY})")
    return {f"{table}_no_change": change, **_no_truncate(table)}


POSTGRESQL: Final[Mapping[str, str]] = {
    "audit_event_no_change": _each("UPDATE OR DELETE", "audit_event", "audit_only_blanked()"),
    **_no_truncate("audit_event"),
    "audit_event_append": _each("INSERT", "audit_event", "audit_next_step()"),
    "audit_outbox_no_update": _each("UPDATE", "audit_outbox", f"audit_refuse({_APPEND_ONLY})"),
    "audit_outbox_no_delete": """
        AFTER DELETE ON audit_outbox REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION audit_only_numbered()""",
    **_no_truncate("audit_outbox"),
    "audit_payload_no_update": _each("UPDATE", "audit_payload", f"audit_refuse({_REWRITTEN})"),
    **_frozen("audit_entry"),
    # By the statement: the sequencer brings thousands at once.
    "audit_entry_append": """
        AFTER INSERT ON audit_entry REFERENCING NEW TABLE AS added
        FOR EACH STATEMENT EXECUTE FUNCTION audit_next_indexes()""",
    **_frozen("audit_checkpoint"),
    "audit_checkpoint_append": _each("INSERT", "audit_checkpoint", "audit_larger_size()"),
    **_frozen("audit_anchor"),
    **_frozen("audit_redaction"),
    **_frozen("audit_pruning"),
}
"""What stands behind `CREATE TRIGGER name`, by name; a name begins with its table's."""
