"""Who may do what at the desk.

Each rule raises (`check_…`) and can be asked (`can_…`) from one definition.
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from subjects import deadlines, law
from subjects.audit.events import Actor
from subjects.errors import FourEyesNeeded, IdentityNotSettled, NotYet, PortalError, Superseded
from subjects.lifecycle import State
from subjects.models import FoundTemplate, Proposal, Right, RightsRequest

Staff = AbstractBaseUser | AnonymousUser

REVIEWERS: Final = ("reviewer", "dpo")
APPROVERS: Final = ("approver", "dpo")
OFFICERS: Final = ("dpo",)
OPERATORS: Final = ("operator",)
TIERS: Final = ("", "T0", "T1", "T2")


def needed_tier(rights_request: RightsRequest) -> str:
    """Return the identity tier an answer needs (R-031; a policy).

    Access needs T2 whether something was found or not: being asked for more would else tell.
    """
    if rights_request.proposal == Proposal.REFUSE:
        return "T0"
    return "T2" if rights_request.right == Right.ACCESS else "T1"


def check_is_staff(user: Staff) -> None:
    """Raise `PermissionDenied` for everybody who has no role at the desk."""
    if not _has_role(user, (*REVIEWERS, *APPROVERS)):
        raise PermissionDenied


def check_can_review(user: Staff) -> None:
    """Raise `PermissionDenied` for whoever may not look at candidates and decide."""
    if not _has_role(user, REVIEWERS):
        raise PermissionDenied


check_can_propose = check_can_review


def check_can_refuse(user: Staff, ground: str) -> None:
    """Raise `PermissionDenied` for a ground that only the officer decides on (Art 21(1))."""
    check_can_review(user)
    if law.refusal(ground).officer_only and not _has_role(user, OFFICERS):
        raise PermissionDenied


def check_can_decide(user: Staff, found: FoundTemplate) -> None:
    """Raise what stands against `user` saying what they see: role, state, or another who was first.

    Whoever decided may change their own decision; in the grey band one other reviewer looks too.
    """
    check_can_review(user)
    if not found.case.rights_requests.filter(state=State.IN_REVIEW).exists():
        message = "candidates are decided while the case is in review"
        raise NotYet(message)
    if not found.decision or found.decided_by_id == user.pk:
        return
    if not found.needs_second_look or found.second_decided_by_id not in {None, user.pk}:
        raise Superseded


def check_can_extend(user: Staff, rights_request: RightsRequest) -> None:
    """Raise what stands against two further months: role, an answer, or the day (Art 12(3))."""
    check_can_review(user)
    if rights_request.answered_at or not rights_request.is_open:
        message = "this request is answered already"
        raise NotYet(message)
    if rights_request.proposal == Proposal.REFUSE:
        # Art 12(4): being told of a refusal knows no extension.
        message = "a refusal is told without delay and cannot be put off"
        raise NotYet(message)
    deadlines.check_can_extend(
        timezone.now(),
        rights_request.case.received_on,
        country=settings.CONTROLLER_COUNTRY,
        zone=rights_request.case.zone,
        already_extended=rights_request.extended_to is not None,
    )


def check_is_approver(user: Staff) -> None:
    """Raise `PermissionDenied` for whoever may approve nothing at all."""
    if not _has_role(user, APPROVERS):
        raise PermissionDenied


def check_can_approve(user: Staff, rights_request: RightsRequest) -> None:
    """Raise what stands against `user` approving: role, four eyes, or the person's identity.

    Nobody approves what they proposed, nor an answer that rests on a decision of theirs (R-131).
    """
    check_is_approver(user)
    case = rights_request.case
    deciders = set(case.found.values_list("decided_by", "second_decided_by"))
    if user.pk == rights_request.proposed_by_id or user.pk in {
        pk for pair in deciders for pk in pair
    }:
        raise FourEyesNeeded
    needed = needed_tier(rights_request)
    if TIERS.index(case.identity_tier) < TIERS.index(needed):
        raise IdentityNotSettled(needed)


def check_is_officer(user: Staff) -> None:
    """Raise `PermissionDenied` for everybody but the data protection officer."""
    if not _has_role(user, OFFICERS):
        raise PermissionDenied


def is_officer(user: Staff) -> bool:
    """Ask what `check_is_officer` enforces."""
    return _allows(check_is_officer, user)


def check_can_see_log(user: Staff) -> None:
    """Raise `PermissionDenied` for whoever does not look after the log."""
    if not _has_role(user, (*OFFICERS, *OPERATORS)):
        raise PermissionDenied


def can_see_log(user: Staff) -> bool:
    """Ask what `check_can_see_log` enforces."""
    return _allows(check_can_see_log, user)


def is_approver(user: Staff) -> bool:
    """Ask what `check_is_approver` enforces."""
    return _allows(check_is_approver, user)


def can_approve(user: Staff, rights_request: RightsRequest) -> bool:
    """Ask what `check_can_approve` enforces."""
    return _allows(check_can_approve, user, rights_request)


def can_decide(user: Staff, found: FoundTemplate) -> bool:
    """Ask what `check_can_decide` enforces."""
    return _allows(check_can_decide, user, found)


def can_extend(user: Staff, rights_request: RightsRequest) -> bool:
    """Ask what `check_can_extend` enforces."""
    return _allows(check_can_extend, user, rights_request)


def can_review(user: Staff) -> bool:
    """Ask what `check_can_review` enforces."""
    return _allows(check_can_review, user)


def role_of(user: Staff) -> str:
    """Return the role under which `user` appears in the log."""
    names = set(user.groups.values_list("name", flat=True)) if isinstance(user, User) else set()
    return next((role for role in ("dpo", "approver", "reviewer") if role in names), "operator")


def actor_of(user: Staff) -> Actor:
    """Return `user` as the log knows them.

    A role and a pseudonym that only the desk can resolve.
    """
    digest = hmac.new(settings.SECRET_KEY.encode(), f"staff:{user.pk}".encode(), hashlib.sha256)
    return Actor.staff(role_of(user), digest.hexdigest()[:16])


def _has_role(user: Staff, roles: tuple[str, ...]) -> bool:
    if not (isinstance(user, User) and user.is_active):
        return False
    return user.is_superuser or user.groups.filter(name__in=roles).exists()


def _allows(check: Callable[..., None], *arguments: object) -> bool:
    try:
        check(*arguments)
    except (PermissionDenied, PortalError):
        return False
    return True
