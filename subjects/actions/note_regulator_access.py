"""What an authority opened, or was refused, stands in the log before it sees a thing (Art 58)."""

from uuid import UUID

from django.db import transaction

from subjects.audit.events import EventType
from subjects.audit.log import record, record_system
from subjects.models import Case, RegulatorAccess, RegulatorVisit


def note_visit(
    access: RegulatorAccess, page: str, *, pseudonym: str = "", case: UUID | None = None
) -> None:
    """Note that `page` was opened; for one case in its own chain too, where the officer looks.

    Raises whatever the log raises: then nothing may be shown.
    """
    with transaction.atomic():
        if case is not None:
            # The order in which every action takes its locks: the row, its chain, the house's.
            Case.objects.select_for_update().filter(pk=case).first()
            record(case, EventType.ACCESS_VIEWED, actor=access.actor, page=page)
        entry = record_system(EventType.ACCESS_VIEWED, actor=access.actor, page=page)
        RegulatorVisit.objects.create(
            access=access, page=page, pseudonym=pseudonym, event=entry.id, at=entry.at
        )


def note_refusal(access: RegulatorAccess, page: str, *, reason: str) -> None:
    """Note that `page` was not shown, and why: one of the log's words, such as `expired`."""
    with transaction.atomic():
        entry = record_system(
            EventType.ACCESS_REFUSED, actor=access.actor, page=page, reason=reason
        )
        RegulatorVisit.objects.create(
            access=access, page=page, refused=reason, event=entry.id, at=entry.at
        )
