"""A right is answered and closed.

With the last one the case closes, and its purges get their dates.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from subjects.actions.move import lock_case, log, move
from subjects.audit.events import Actor, EventType
from subjects.lifecycle import Outcome, State
from subjects.models import Case, Right, RightsRequest, SealedBlob
from subjects.notices import write_letter

LETTER = {
    Outcome.NOTHING_FOUND: "nothing_found",
    Outcome.REFUSED: "refusal",
    Outcome.NOT_IDENTIFIED: "cannot_identify",
    Outcome.WITHDRAWN: "withdrawal",
}
GRANTED_LETTER = {
    Right.ERASURE: "erasure_answer",
    Right.OBJECTION: "objection_answer",
    Right.RESTRICTION: "restriction_answer",
    Right.RECTIFICATION: "rectification_answer",
}
"""Access has its letter when the copy is ready, not when it is collected."""


def close(
    rights_request: RightsRequest,
    outcome: Outcome,
    *,
    actor: Actor,
    changes: Mapping[str, Any] | None = None,
    payload: Mapping[str, object] | None = None,
) -> None:
    """Close one right with its answer: letter, entries, and the case's end when it was the last.

    `payload` goes to the erasable half of the entry that says it was withdrawn.
    """
    with transaction.atomic():
        case = lock_case(rights_request.case_id)
        answered_before = rights_request.answered_at is not None
        move(rights_request, State.CLOSED, actor=actor, outcome=outcome, changes=changes)
        kind = LETTER.get(outcome) or GRANTED_LETTER.get(Right(rights_request.right))
        if kind and not answered_before:
            write_letter(rights_request, kind)
        if outcome is Outcome.WITHDRAWN:
            log(rights_request, EventType.WITHDRAWN, actor=actor, payload=payload)
        elif outcome in {Outcome.REFUSED, Outcome.NOT_IDENTIFIED}:
            log(rights_request, EventType.REFUSED, actor=actor, ground=rights_request.ground)
        elif not answered_before:
            log(rights_request, EventType.ANSWERED, actor=actor, outcome=str(outcome))
        _close_case(case)


def _close_case(case: Case) -> None:
    if case.rights_requests.exclude(state=State.CLOSED).exists():
        return
    now = timezone.now()
    case.closed_at = now
    case.save(update_fields=["closed_at"])
    # the probes stay for the days in which an answer can be disputed, and no longer.
    purge_on = timezone.localdate(now) + timedelta(days=settings.PROBE_DAYS)
    SealedBlob.objects.filter(probe__case=case, purge_on=None).update(purge_on=purge_on)
