"""Entries for the tests of the log, written by its own door."""

from uuid import UUID, uuid4

from django.db import transaction

from subjects.audit.events import Actor, EventType
from subjects.audit.log import Entry, record

SOMEBODY = Actor.system("search")


def write(case: UUID, steps: int = 1) -> list[Entry]:
    """Write `steps` ordinary entries of one case."""
    with transaction.atomic():
        return [
            record(
                case, EventType.PROBE_REFUSED, actor=SOMEBODY, reason="no-face-found", count=step
            )
            for step in range(steps)
        ]


def chain(steps: int = 4) -> tuple[UUID, list[Entry]]:
    """Write a new case with `steps` entries."""
    case = uuid4()
    return case, write(case, steps)
