"""What the house's own chain said last, and what it says once a day."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from subjects.audit.events import Actor, EventType
from subjects.audit.leaf import HOUSE, thaw
from subjects.audit.log import Entry, record_system
from subjects.audit.models import AuditEvent

ACTOR: Final = Actor.system("log")
_LOCK: Final = (0x6C6F67, 2)
"""The number of the lock on PostgreSQL; the sequencer has another one."""


class Said(NamedTuple):
    """When something was said, and what; nothing where its time in the log has ended."""

    at: datetime
    fields: dict[str, Any]


def said(event: EventType) -> Iterator[Said]:
    """Give the entries of this type on the house's chain, the newest first.

    Take as few as are needed: the chain is read backwards, step by step.
    """
    rows = AuditEvent.objects.filter(case=HOUSE, type=event).order_by("-step")
    for at, leaf in rows.values_list("created", "leaf").iterator(chunk_size=32):
        yield Said(at, thaw(bytes(leaf)) if leaf else {})


def newest(event: EventType) -> Said | None:
    """Give the newest entry of this type on the house's chain, or None."""
    return next(islice(said(event), 1), None)


def said_today(event: EventType, now: datetime) -> bool:
    """Say whether the newest entry of this type is of the day of `now`, in UTC.

    One of a later day does not count: a clock that was ahead must not silence the log for years.
    """
    last = newest(event)
    return last is not None and last.at.astimezone(UTC).date() == now.astimezone(UTC).date()


def say_once_a_day(event: EventType, now: datetime, **fields: object) -> Entry | None:
    """Write the entry unless it stands there for today; two processes at once write one."""
    with transaction.atomic():
        _one_at_a_time()
        if said_today(event, now):
            return None
        return record_system(event, actor=ACTOR, payload=None, **fields)


def say_what_changed(event: EventType, digest: str) -> Entry | None:
    """Write the entry unless the newest of its type states the same digest."""
    with transaction.atomic():
        _one_at_a_time()
        last = newest(event)
        if last and last.fields.get("digest") == digest:
            return None
        return record_system(event, actor=ACTOR, digest=digest)


def say_unless_said(
    event: EventType, is_it: Callable[[Said], bool], /, *, actor: Actor, **fields: object
) -> Entry | None:
    """Write the entry unless one of its type says it already; two processes at once write one."""
    with transaction.atomic():
        _one_at_a_time()
        if any(is_it(one) for one in said(event)):
            return None
        return record_system(event, actor=actor, payload=None, **fields)


def _one_at_a_time() -> None:
    """Let one process at a time look and write, until the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _LOCK)
