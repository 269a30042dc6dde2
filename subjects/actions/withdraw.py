"""The person takes a right back, or stops an erasure that is on hold."""

from django.contrib.auth.models import User
from django.db import transaction

from subjects.actions.close import close
from subjects.actions.move import lock_case, log
from subjects.audit.events import Actor, EventType
from subjects.errors import MoveNotAllowed, ReasonMissing
from subjects.lifecycle import Outcome, State
from subjects.models import RightsRequest
from subjects.policies import actor_of, check_can_review


def withdraw(rights_request: RightsRequest, *, actor: Actor | None = None, note: str = "") -> None:
    """Close a right as withdrawn; what was restricted for it is released. Twice is no error.

    `note` says how the person told the desk, where it was not on their page; it is kept with the
    entry's erasable half. Raises `MoveNotAllowed` once the destruction has begun: it is finished
    and proved.
    """
    actor = actor or Actor.person()
    with transaction.atomic():
        lock_case(rights_request.case_id)
        rights_request.refresh_from_db()
        state = State(rights_request.state)
        if state is State.CLOSED:
            return
        if not rights_request.is_withdrawable:
            raise MoveNotAllowed(state, State.CLOSED)
        if state is State.HELD:
            log(rights_request, EventType.HOLD_STOPPED, actor=actor)
        close(
            rights_request,
            Outcome.WITHDRAWN,
            actor=actor,
            payload={"note": note} if note else None,
        )


def withdraw_on_behalf(rights_request: RightsRequest, *, note: str, by: User) -> None:
    """Withdraw for a person who told the desk; raises `ReasonMissing` without a note of how."""
    check_can_review(by)
    if not note.strip():
        what = "how and when the person told you"
        raise ReasonMissing(what, "Article 12(2)")
    withdraw(rights_request, actor=actor_of(by), note=note.strip())
