"""The rights requests of a case as the desk sees them: where each stands, what may be done."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext

from subjects import law
from subjects.desk import words
from subjects.desk.clocks import Clock, clocks_of
from subjects.errors import PortalError
from subjects.lifecycle import Outcome, State
from subjects.models import Case, Proposal, Right, RightsRequest
from subjects.policies import Staff, can_extend, can_review, check_can_approve, is_approver


@dataclass(frozen=True)
class Request:
    """One right of a case, in words. Each `may_…` is a button, and asks the rule of its POST."""

    row: RightsRequest
    right: Promise
    state: Promise
    turn: Promise
    badge: words.Badge
    clocks: list[Clock]
    trouble: str
    proposal: Promise | None
    ground: str
    outcome: Promise | None
    may_propose: bool
    may_extend: bool
    may_withdraw: bool
    may_resume: bool
    may_go_on: bool
    may_send_back: bool
    may_look: bool
    may_approve: bool
    why_not_approve: str


def requests_of(case: Case, user: Staff) -> Iterator[Request]:
    """Put every request of `case` into words, the first due first."""
    trouble = case.searches.filter(finished_at=None).values_list("trouble", flat=True).last() or ""
    for row in case.rights_requests.select_related("proposed_by", "approved_by"):
        row.case = case
        yield request_of(row, user, search_trouble=trouble)


def request_of(row: RightsRequest, user: Staff, *, search_trouble: str = "") -> Request:
    """Put one request into words."""
    state, reviews = State(row.state), can_review(user)
    searching, proposed = state is State.SEARCHING, state is State.AWAITING_APPROVAL
    against = why_not_approve(user, row) if proposed else ""
    return Request(
        row=row,
        right=words.RIGHT[Right(row.right)],
        state=words.STATE[state],
        turn=words.TURN[row.turn],
        badge=words.deadline_badge(row, timezone.localdate()),
        clocks=clocks_of(row),
        trouble=words.trouble_text(row.trouble or (search_trouble if searching else "")),
        proposal=words.PROPOSAL[Proposal(row.proposal)] if row.proposal else None,
        ground=ground_text(row),
        outcome=words.OUTCOME[Outcome(row.outcome)] if row.outcome else None,
        may_propose=reviews and state is State.IN_REVIEW,
        may_extend=can_extend(user, row),
        may_withdraw=reviews and row.is_withdrawable,
        may_resume=state is State.NEEDS_HUMAN,
        may_go_on=state is State.AWAITING_PICTURE and reviews,
        may_send_back=proposed,
        may_look=proposed and is_approver(user),
        may_approve=proposed and not against,
        why_not_approve=against,
    )


def why_not_approve(user: Staff, row: RightsRequest) -> str:
    """Return what stands against `user` approving, in a sentence; empty where nothing does."""
    try:
        check_can_approve(user, row)
    except PermissionDenied:
        return gettext("Your role does not approve answers.")
    except PortalError as error:
        return str(error)
    return ""


def ground_text(row: RightsRequest) -> str:
    """Return the ground of the proposal with its article."""
    if not row.ground:
        return ""
    entry = (law.refusal if row.proposal == Proposal.REFUSE else law.ground)(row.ground)
    return f"{entry.article}: {entry.text}"
