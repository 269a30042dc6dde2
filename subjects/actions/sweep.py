"""What time alone brings.

Holds that end, copies nobody collected, days that pass without an answer, backups that end.
"""

import logging
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from subjects import deadlines
from subjects.actions.erase import start_erasure
from subjects.actions.export import close_uncollected
from subjects.actions.move import lock_case, log
from subjects.audit.events import Actor, EventType
from subjects.errors import StoreError
from subjects.lifecycle import State
from subjects.models import RightsRequest
from subjects.stores import stores

ACTOR: Final = Actor.system("deadlines")
_log = logging.getLogger(__name__)


def pass_time() -> None:
    """Move on whatever only waited for an instant to come. Needs neither a worker nor a broker."""
    for rights_request in RightsRequest.objects.filter(state=State.HELD):
        start_erasure(rights_request)
    yesterday = timezone.localdate() - timedelta(days=1)
    for rights_request in RightsRequest.objects.filter(
        state=State.READY,
        delivery__available_until__lte=yesterday,
    ):
        close_uncollected(rights_request)
    _note_overdue()
    _note_ended_backups()


def maintain_stores() -> None:
    """Let every store finish physically what was erased in it; one that is down waits."""
    for alias in stores:
        try:
            stores[alias].maintain()
        except StoreError as error:
            _log.warning("a store was not maintained", extra={"store": alias, "error": error.code})


def overdue(rights_request: RightsRequest) -> bool:
    """Say whether the day passed without an answer: clock A, or its extension (R-024).

    An extension whose letter had not left within the first month extends nothing (R-025).
    """
    case, due_on = rights_request.case, rights_request.due_on
    if rights_request.extended_to:
        letters = rights_request.letters.filter(kind="extension")
        sent_at = letters.values_list("sent_at", flat=True).first()
        country = settings.CONTROLLER_COUNTRY
        if deadlines.extension_counts(sent_at, case.received_on, country, case.zone):
            due_on = rights_request.extended_to
    end = deadlines.end_instant(due_on, case.zone)
    return rights_request.answered_at is None and timezone.now() >= end


def _note_overdue() -> None:
    unanswered = RightsRequest.objects.filter(
        answered_at=None,
        overdue_noted_at=None,
        due_on__lt=timezone.now() + timedelta(days=1),
    ).exclude(state=State.CLOSED)
    for rights_request in unanswered.select_related("case"):
        if not overdue(rights_request):
            continue
        with transaction.atomic():
            lock_case(rights_request.case_id)
            mine = RightsRequest.objects.filter(pk=rights_request.pk, overdue_noted_at=None)
            if mine.update(overdue_noted_at=timezone.now()):
                log(rights_request, EventType.OVERDUE, actor=ACTOR, reason="silence")


def _note_ended_backups() -> None:
    """Say that the last backup is gone once its last day is over: never ahead of the fact."""
    over = RightsRequest.objects.filter(
        backups_end_on__lt=timezone.localdate(), backups_ended_at=None
    )
    for rights_request in over.select_related("case"):
        with transaction.atomic():
            lock_case(rights_request.case_id)
            mine = over.filter(pk=rights_request.pk, backups_end_on=rights_request.backups_end_on)
            if mine.update(backups_ended_at=timezone.now()):
                log(
                    rights_request,
                    EventType.BACKUP_EXPIRED,
                    actor=ACTOR,
                    until=rights_request.backups_end_on,
                )
