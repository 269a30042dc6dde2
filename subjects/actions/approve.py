"""A second person approves what was proposed, or sends it back."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from subjects.actions.close import close
from subjects.actions.move import lock_case, log, move
from subjects.audit.events import EventType
from subjects.errors import NotYet
from subjects.lifecycle import Outcome, State
from subjects.models import Proposal, Right, RightsRequest
from subjects.notices import write_letter
from subjects.policies import actor_of, check_can_approve, check_is_staff

GRANTED_NEXT: Final = {
    Right.ACCESS: State.EXPORTING,
    Right.ERASURE: State.HELD,
    Right.OBJECTION: State.HELD,
    Right.RESTRICTION: State.RESTRICTING,
}
"""What follows when a right is granted.

A rectification is made by the organisation, and closed here.
"""


def approve(rights_request: RightsRequest, *, by: User) -> None:
    """Approve the proposal and set in motion what was proposed.

    Raises `NotYet` where nothing is proposed, `FourEyesNeeded` for whoever proposed or decided,
    `IdentityNotSettled`, `PermissionDenied`, `Superseded` for a late second click.
    """
    with transaction.atomic():
        lock_case(rights_request.case_id)
        rights_request.refresh_from_db()
        if rights_request.state != State.AWAITING_APPROVAL:
            message = "there is no proposal to approve; somebody else may have been faster"
            raise NotYet(message)
        check_can_approve(by, rights_request)
        changes: dict[str, Any] = {"approved_by": by, "approved_at": timezone.now()}
        ground = rights_request.ground or None
        log(rights_request, EventType.REQUEST_APPROVED, actor=actor_of(by), ground=ground)
        granted = rights_request.proposal == Proposal.GRANT
        following = GRANTED_NEXT.get(Right(rights_request.right)) if granted else None
        if following is State.HELD:
            _hold(rights_request, by, changes)
        elif following:
            move(rights_request, following, actor=actor_of(by), changes=changes)
        else:
            _answer(rights_request, by, changes)


def _hold(rights_request: RightsRequest, by: User, changes: dict[str, Any]) -> None:
    until = timezone.now() + timedelta(days=settings.HOLD_DAYS)
    move(
        rights_request,
        State.HELD,
        actor=actor_of(by),
        changes={**changes, "hold_until": until},
        until=timezone.localdate(until).isoformat(),
    )
    write_letter(rights_request, "hold")


def _answer(rights_request: RightsRequest, by: User, changes: dict[str, Any]) -> None:
    """Answer with a letter alone: nothing found, refused, or rectified by the organisation."""
    outcome = {
        Proposal.NOTHING_FOUND: Outcome.NOTHING_FOUND,
        Proposal.REFUSE: Outcome.NOT_IDENTIFIED
        if rights_request.ground == "F-11"
        else Outcome.REFUSED,
        Proposal.GRANT: Outcome.GRANTED,
    }[Proposal(rights_request.proposal)]
    close(rights_request, outcome, actor=actor_of(by), changes=changes)


def send_back(rights_request: RightsRequest, *, by: User) -> None:
    """Send a proposal back to review: its plan is dropped, nothing is released or erased."""
    check_is_staff(by)
    with transaction.atomic():
        lock_case(rights_request.case_id)
        rights_request.refresh_from_db()
        if rights_request.state != State.AWAITING_APPROVAL:
            message = "there is no proposal to send back"
            raise NotYet(message)
        rights_request.erasure_items.filter(progress="planned").delete()
        log(rights_request, EventType.REQUEST_SENT_BACK, actor=actor_of(by))
        move(
            rights_request,
            State.IN_REVIEW,
            actor=actor_of(by),
            changes={"proposal": "", "ground": "", "reasons_sealed": b""},
        )
