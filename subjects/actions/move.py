"""The only writer of a rights request's state: the change and its entry in the log, or neither."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from subjects import deadlines
from subjects.audit.events import Actor, EventType
from subjects.audit.log import record
from subjects.errors import MoveNotAllowed, Superseded
from subjects.lifecycle import TRANSITIONS, Outcome, State
from subjects.models import RELEASED, Case, Right, RightsRequest

ARTICLE: Final = {
    Right.ACCESS: "art15",
    Right.RECTIFICATION: "art16",
    Right.ERASURE: "art17",
    Right.RESTRICTION: "art18",
    Right.OBJECTION: "art21",
}
"""How the log names a right."""
ENTRY_EVENT: Final[dict[State, EventType]] = {
    State.RECEIVED: EventType.REQUEST_RECEIVED,
    State.AWAITING_PICTURE: EventType.PICTURE_REQUESTED,
    State.SEARCHING: EventType.SEARCH_STARTED,
    State.IN_REVIEW: EventType.REVIEW_STARTED,
    State.AWAITING_APPROVAL: EventType.REQUEST_PROPOSED,
    State.EXPORTING: EventType.EXPORT_STARTED,
    State.READY: EventType.ANSWERED,
    State.HELD: EventType.HOLD_STARTED,
    State.ERASING: EventType.ERASURE_STARTED,
    State.VERIFYING: EventType.ERASURE_CARRIED_OUT,
    State.RESTRICTING: EventType.RESTRICTION_STARTED,
    State.NEEDS_HUMAN: EventType.NEEDS_HUMAN,
    State.CLOSED: EventType.CLOSED,
}
"""What entering each state is called in the log."""
DATED: Final = frozenset(
    {
        EventType.ANSWERED,
        EventType.REFUSED,
        EventType.CLOSED,
        EventType.DEADLINE_EXTENDED,
        EventType.SUSPENSION_ENDED,
        EventType.OVERDUE,
    }
)
"""Entries that the figures count by the controller's day: it stands in them, beside the instant."""


def move(  # noqa: PLR0913 - a move is all that is known of it
    rights_request: RightsRequest,
    to: State,
    *,
    actor: Actor,
    outcome: Outcome | None = None,
    payload: Mapping[str, object] | None = None,
    changes: Mapping[str, Any] | None = None,
    **leaf: object,
) -> None:
    """Move `rights_request` to the state `to`, with its entry in the log, in one transaction.

    The row moves only if it still stands where the caller read it: the same state and the same
    fencing number. `changes` are further columns that go with the move, `payload` goes to the
    erasable half of the entry, `leaf` to the entry itself.

    Raises `MoveNotAllowed` where the lifecycle has no such move, `Superseded` where somebody else
    was first, and whatever the log raises: then nothing has moved.
    """
    current = State(rights_request.state)
    if to not in TRANSITIONS[current]:
        raise MoveNotAllowed(current, to)
    with transaction.atomic():
        case = lock_case(rights_request.case_id)
        now = timezone.now()
        columns: dict[str, Any] = {**RELEASED, "entered_at": now, **(changes or {})}
        if to is State.CLOSED:
            columns |= {"outcome": outcome, "closed_at": now}
            columns["answered_at"] = rights_request.answered_at or now
        if outcome:
            leaf["outcome"] = str(outcome)
        unmoved = RightsRequest.objects.filter(
            pk=rights_request.pk,
            state=current,
            fence=rights_request.fence,
        )
        # The fence rises with every move too: whoever still works on the old state is stopped.
        if not unmoved.update(state=to, fence=rights_request.fence + 1, **columns):
            raise Superseded
        rights_request.refresh_from_db()
        rights_request.case = case
        log(rights_request, ENTRY_EVENT[to], actor=actor, payload=payload, **leaf)


def log(
    rights_request: RightsRequest,
    event: EventType,
    *,
    actor: Actor,
    payload: Mapping[str, object] | None = None,
    **leaf: object,
) -> None:
    """Write an entry about one right of a case.

    Its state and both clocks stand in every one of them.
    """
    if event in DATED:
        leaf["local_date"] = deadlines.received_on(timezone.now(), rights_request.case.zone)
    record(
        rights_request.case_id,
        event,
        actor=actor,
        payload=payload,
        request=rights_request.pk.hex,
        right=ARTICLE[Right(rights_request.right)],
        state=str(rights_request.state),
        due=rights_request.answer_due_on.isoformat(),
        due_b=rights_request.paused_due_on.isoformat(),
        tz=rights_request.case.zone,
        calendar=rights_request.calendar_version,
        **leaf,
    )


def lock_case(case_id: UUID) -> Case:
    """Hold the case until the transaction ends: its entries are numbered one after the other."""
    return Case.objects.select_for_update().get(pk=case_id)
