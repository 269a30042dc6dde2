"""The person takes a right back, or stops an erasure that is on hold."""

from django.db import transaction

from subjects.actions.close import close
from subjects.actions.move import lock_case, log
from subjects.audit.events import Actor, EventType
from subjects.errors import MoveNotAllowed
from subjects.lifecycle import WITHDRAWABLE, Outcome, State
from subjects.models import RightsRequest


def withdraw(rights_request: RightsRequest, *, actor: Actor | None = None) -> None:
    """Close a right as withdrawn; what was restricted for it is released. Twice is no error.

    Raises `MoveNotAllowed` once the destruction has begun: it is finished and proved.
    """
    actor = actor or Actor.person()
    with transaction.atomic():
        lock_case(rights_request.case_id)
        rights_request.refresh_from_db()
        state = State(rights_request.state)
        if state is State.CLOSED:
            return
        if state not in WITHDRAWABLE:
            raise MoveNotAllowed(state, State.CLOSED)
        if state is State.HELD:
            log(rights_request, EventType.HOLD_STOPPED, actor=actor)
        close(rights_request, Outcome.WITHDRAWN, actor=actor)
