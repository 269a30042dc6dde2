"""The rows of entries as plain SQL: every business transaction pays for them.

Through models the same costs five times as much. All values are parameters.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

from subjects.audit.leaf import FIRST, leaf_hash
from subjects.audit.rows_postgresql import CALL
from subjects.errors import AuditError

_NEWEST: Final = (
    'SELECT step, leaf_hash, created FROM audit_event WHERE "case" = %s ORDER BY step DESC LIMIT 1'
)
_EVENT: Final = (
    'INSERT INTO audit_event (id, "case", step, type, leaf, leaf_hash, created, recovered)'
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
_PAYLOAD: Final = "INSERT INTO audit_payload (event, salt, payload) VALUES (%s, %s, %s)"
_OUTBOX: Final = 'INSERT INTO audit_outbox (event, "case", step) VALUES (%s, %s, %s)'
_NUMBERS: Final = 'INSERT INTO audit_entry ("index", event, leaf_hash) VALUES (%s, %s, %s)'
_NUMBERS_AT_ONCE: Final = (
    'INSERT INTO audit_entry ("index", event, leaf_hash)'
    " SELECT * FROM UNNEST(%s::bigint[], %s::uuid[], %s::bytea[])"
)


class Draft(NamedTuple):
    """An entry that has no place on its chain yet: its leaf lacks `prev` and `step`."""

    id: UUID
    case: UUID
    type: str
    created: datetime
    pieces: tuple[bytes, bytes, bytes]
    """What stands before the hex digits of `prev`, between them and the step, and behind that."""
    salt: bytes | None
    payload: bytes | None


class Placed(NamedTuple):
    """Where the entry came to stand, and when the one before it was written (None: no such)."""

    step: int
    leaf: bytes
    leaf_hash: bytes
    before: datetime | None


def lock(case: UUID) -> None:
    """Let one writer at a time onto the chain of `case`, until the transaction ends.

    SQLite has one writer at a time anyway (BEGIN IMMEDIATE).
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_number(case)])


def append(draft: Draft, *, back: bool) -> Placed | None:
    """Lock the chain as `lock` does, and write the entry behind its newest, and into the queue.

    None where its time is before that of the newest entry and not `back`: nothing is written then,
    and the lock is held.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            return _append_there(cursor, draft, back=back)
        return _append_here(cursor, draft, back=back)


def insert_numbers(entries: Sequence[tuple[int, UUID, bytes]]) -> None:
    """Write index, event and leaf hash of many entries."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            numbers, events, hashes = (list(column) for column in zip(*entries, strict=True))
            cursor.execute(_NUMBERS_AT_ONCE, [numbers, events, hashes])
        else:
            written = [(index, event.hex, digest) for index, event, digest in entries]
            cursor.executemany(_NUMBERS, written)


def _append_there(cursor: CursorWrapper, draft: Draft, *, back: bool) -> Placed | None:
    about = (draft.case, _number(draft.case), draft.id, draft.type, draft.created, back)
    cursor.execute(CALL, (*about, *draft.pieces, draft.salt, draft.payload))
    step, prev, before, digest = cursor.fetchone()
    if digest is None:
        return None
    step = (step or 0) + 1
    leaf = _leaf(draft, step, prev)
    if leaf_hash(leaf) != bytes(digest):
        message = "The database wrote another entry than it was given."
        raise AuditError(message)
    return Placed(step, leaf, bytes(digest), before)


def _append_here(cursor: CursorWrapper, draft: Draft, *, back: bool) -> Placed | None:
    cursor.execute(_NEWEST, [draft.case.hex])
    step, prev, before = cursor.fetchone() or (0, None, None)
    before = before and before.replace(tzinfo=UTC)
    if before and draft.created < before and not back:
        return None
    step += 1
    leaf = _leaf(draft, step, prev)
    digest, key, case = leaf_hash(leaf), draft.id.hex, draft.case.hex
    created = connection.ops.adapt_datetimefield_value(draft.created)
    cursor.execute(_EVENT, [key, case, step, draft.type, leaf, digest, created, False])
    cursor.execute(_OUTBOX, [key, case, step])
    if draft.salt is not None:
        cursor.execute(_PAYLOAD, [key, draft.salt, draft.payload])
    return Placed(step, leaf, digest, before)


def _leaf(draft: Draft, step: int, prev: bytes | None) -> bytes:
    head, middle, tail = draft.pieces
    named = FIRST if prev is None else bytes(prev).hex()
    return b"".join((head, named.encode(), middle, str(step).encode(), tail))


def _number(case: UUID) -> int:
    return int.from_bytes(case.bytes[:8], "big", signed=True)
