"""A reviewer says of each candidate whether it is the person, and proposes an answer."""

from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from subjects import law
from subjects.actions.move import lock_case, log, move
from subjects.audit.events import EventType
from subjects.errors import NotYet, ReasonMissing, RefusalNotAvailable
from subjects.lifecycle import Outcome, State
from subjects.models import (
    Case,
    Decision,
    ErasureItem,
    FoundTemplate,
    Proposal,
    Right,
    RightsRequest,
)
from subjects.policies import actor_of, check_can_decide, check_can_propose, check_can_refuse

PROPOSED_OUTCOME: Final = {
    Proposal.GRANT: Outcome.GRANTED,
    Proposal.NOTHING_FOUND: Outcome.NOTHING_FOUND,
    Proposal.REFUSE: Outcome.REFUSED,
}


def decide(found: FoundTemplate, decision: Decision, *, by: User) -> FoundTemplate:
    """Record what a reviewer saw; in the grey band the next reviewer gives the second decision.

    The first reviewer may change their own decision while the review is open; then the second look
    is asked for again. Raises `NotYet` out of review, `Superseded` where others decided already.
    """
    with transaction.atomic():
        case = lock_case(found.case_id)
        found.refresh_from_db()
        check_can_decide(by, found)
        under_review = case.rights_requests.filter(state=State.IN_REVIEW)[0]
        first = not found.decision or found.decided_by_id == by.pk
        if first:
            found.decision, found.decided_by, found.decided_at = decision, by, timezone.now()
            found.second_decision, found.second_decided_by, found.second_decided_at = "", None, None
        else:
            found.second_decision, found.second_decided_by = decision, by
            found.second_decided_at = timezone.now()
        found.save()
        event = EventType.DECISION_MADE if first else EventType.DECISION_SECOND
        log(
            under_review,
            event,
            actor=actor_of(by),
            sys=found.store,
            decision=str(decision),
            payload={"candidate": found.pk.hex},
        )
    return found


def undecided(case: Case) -> list[FoundTemplate]:
    """Return the candidates that still need a look."""
    return [found for found in case.found.all() if not found.verdict]


def confirmed(case: Case) -> list[FoundTemplate]:
    """Return the candidates that are this person, by all who had to say so."""
    return [found for found in case.found.all() if found.verdict == Decision.SAME]


def propose(
    rights_request: RightsRequest,
    proposal: Proposal,
    *,
    by: User,
    ground: str = "",
    reasons: str = "",
) -> None:
    """Put an answer before a second person; for an erasure the plan is written down with it.

    Raises `NotYet` while candidates are undecided, `ReasonMissing` where the law asks for a ground
    or reasons (Art 12(4), 17(1)), `RefusalNotAvailable` for a ground that this right does not know.
    """
    check_can_propose(by)
    with transaction.atomic():
        case = lock_case(rights_request.case_id)
        rights_request.refresh_from_db()
        if proposal == Proposal.REFUSE:
            check_can_refuse(by, ground)
        _check(rights_request, proposal, ground, reasons)
        plan = confirmed(case) if proposal == Proposal.GRANT and rights_request.erases else []
        _write_plan(rights_request, plan)
        move(
            rights_request,
            State.AWAITING_APPROVAL,
            actor=actor_of(by),
            changes={
                "proposal": proposal,
                "ground": ground,
                "reasons_sealed": rights_request.seal_reasons(reasons),
                "proposed_by": by,
                "proposed_at": timezone.now(),
                "approved_by": None,
                "approved_at": None,
            },
            outcome=PROPOSED_OUTCOME[proposal],
            ground=ground or None,
        )
        if plan:
            log(
                rights_request,
                EventType.ERASURE_PLANNED,
                actor=actor_of(by),
                count=len(plan),
                payload={"plan": [[found.store, found.template_ref] for found in plan]},
            )


def _write_plan(rights_request: RightsRequest, plan: list[FoundTemplate]) -> None:
    """Write down what would be erased; what an earlier round erased stays in the plan."""
    rights_request.erasure_items.filter(erased_at=None).delete()
    planned = set(rights_request.erasure_items.values_list("store", "template_ref"))
    ErasureItem.objects.bulk_create(
        ErasureItem(
            rights_request=rights_request,
            found=found,
            store=found.store,
            template_ref=found.template_ref,
        )
        for found in plan
        if (found.store, found.template_ref) not in planned
    )


def _check(rights_request: RightsRequest, proposal: Proposal, ground: str, reasons: str) -> None:
    case, right = rights_request.case, rights_request.right
    if proposal == Proposal.REFUSE:
        law.check_refusal(right, ground)
        if not law.refusal(ground).whole:
            # Art 15(4) takes things out of a copy; it never takes the copy away.
            raise RefusalNotAvailable(ground, right)
        law.check_refusal_reasons(ground, reasons)
        return
    left = len(undecided(case))
    if left:
        message = f"{left} candidates still need a decision"
        raise NotYet(message)
    if not case.searches.filter(kind="intake", finished_at__isnull=False).exists():
        message = "the stores have not been searched"
        raise NotYet(message)
    same = confirmed(case)
    if proposal == Proposal.NOTHING_FOUND and same:
        message = f"{len(same)} candidates were confirmed, so something was found"
        raise NotYet(message)
    if proposal == Proposal.GRANT:
        if not same and right != Right.RECTIFICATION:
            message = "no candidate was confirmed; answer that nothing was found"
            raise NotYet(message)
        if rights_request.erases and ground not in {item.code for item in law.grounds()}:
            what = "the ground for the erasure"
            raise ReasonMissing(what, "Art 17(1)")
