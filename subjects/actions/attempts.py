"""Attempts are counted in the row; after three a human looks, and may set the job going again."""

import logging
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from subjects.actions.move import lock_case, log, move
from subjects.actions.start_search import order_search
from subjects.audit.events import Actor, EventType
from subjects.audit.words import REASONS
from subjects.errors import NotYet, PortalError, StoreUnavailable
from subjects.lifecycle import State
from subjects.models import Leased, RightsRequest
from subjects.models.leased import MAX_ATTEMPTS
from subjects.policies import actor_of, check_is_staff

ACTOR: Final = Actor.system("lifecycle")
_log = logging.getLogger(__name__)


def claimed(rights_request: RightsRequest, *states: State) -> bool:
    """Take the lease of a request that stands in one of `states`.

    False where there is nothing to do.

    The fourth attempt is not made: the request goes to a human instead.
    """
    if rights_request.state not in states:
        return False
    if not rights_request.claim(state=rights_request.state):
        return False
    if rights_request.attempts > MAX_ATTEMPTS:
        call_human(rights_request, reason="attempts-exhausted")
        return False
    return True


def call_human(rights_request: RightsRequest, *, reason: str) -> None:
    """Hand a request to the desk, remembering where it stood and what was wrong."""
    move(
        rights_request,
        State.NEEDS_HUMAN,
        actor=ACTOR,
        changes={"stuck_in": rights_request.state, "trouble": rights_request.trouble or reason},
        reason=reason,
    )


def note_failure(row: Leased, error: Exception) -> None:
    """Give the row back after a failed attempt; it is due again after a growing pause.

    A store that is down is not the case's fault and is not counted as an attempt.
    """
    code = error.code if isinstance(error, PortalError) else "unexpected"
    store_down = isinstance(error, StoreUnavailable)
    trouble = f"{code}:{error.alias}" if isinstance(error, StoreUnavailable) else code
    _log.warning(
        "an attempt failed", extra={"error": type(error).__name__, "job": type(row).__name__}
    )
    with transaction.atomic():
        if isinstance(row, RightsRequest):
            lock_case(row.case_id)
            held = row.fence
            # What failed was rolled back: the row in memory may be ahead of the one that stands.
            row.refresh_from_db()
            if row.fence > held:
                return  # moved on meanwhile: the entry would tell a state that is over
            log(
                row,
                EventType.ATTEMPT_FAILED,
                actor=ACTOR,
                attempt=row.attempts,
                reason=code if code in REASONS else "unexpected",
            )
        row.give_back(trouble=trouble[:64], counts=not store_down)


def resume(rights_request: RightsRequest, *, by: User) -> None:
    """Set a job going again where it stood, after somebody has looked.

    Raises `NotYet` elsewhere.
    """
    check_is_staff(by)
    with transaction.atomic():
        lock_case(rights_request.case_id)
        rights_request.refresh_from_db()
        if rights_request.state != State.NEEDS_HUMAN:
            message = "this request is not waiting for somebody to look"
            raise NotYet(message)
        to = State(rights_request.stuck_in)
        move(rights_request, to, actor=actor_of(by), changes={"stuck_in": ""})
        if to is State.SEARCHING:
            order_search(rights_request.case)
