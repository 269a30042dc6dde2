"""A second person approves, and nobody approves what they decided themselves."""

import pytest
from django.core.exceptions import PermissionDenied

from subjects import policies
from subjects.actions.approve import approve, send_back
from subjects.actions.decide import propose
from subjects.actions.settle_identity import settle_identity
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.errors import (
    FourEyesNeeded,
    IdentityNotSettled,
    NotYet,
)
from subjects.lifecycle import Outcome, State
from subjects.models import Decision, ErasureItem, FoundTemplate, Proposal, Right, RightsRequest
from tests.cases import (
    approve_it,
    decide_all,
    propose_grant,
    rights_request_at,
    staff,
)

pytestmark = pytest.mark.django_db
SAME, DIFFERENT = Decision.SAME, Decision.DIFFERENT
WHY = "The person asked about pictures of somebody who died in 1921, and says so in the letter."


@pytest.fixture
def review(memory_stores) -> RightsRequest:
    return rights_request_at(State.IN_REVIEW)


@pytest.fixture
def first():
    return staff("reviewer")


@pytest.fixture
def second():
    return staff("reviewer", "second-reviewer")


def candidate(review: RightsRequest, band: str) -> FoundTemplate:
    found = review.case.found.filter(band=band).first()
    assert found is not None
    return found


# --- The plan ---------------------------------------------------------------------------------


def test_the_plan_is_written_down_with_the_proposal_and_holds_only_what_was_confirmed(
    review, first, second
):
    decide_all(review.case)
    other = candidate(review, "review")
    FoundTemplate.objects.filter(pk=other.pk).update(second_decision=DIFFERENT)
    propose_grant(review)
    planned = set(ErasureItem.objects.values_list("template_ref", flat=True))
    confirmed = {one.template_ref for one in review.case.found.all() if one.verdict == SAME}
    assert planned == confirmed
    assert other.template_ref not in planned
    event = [one for one in entries(review.case_id) if one.type == EventType.ERASURE_PLANNED]
    assert event[0].fields["count"] == len(planned) == 3


def test_what_is_sent_back_loses_its_plan_and_its_reasons(memory_stores):
    proposed = rights_request_at(State.AWAITING_APPROVAL)
    send_back(proposed, by=staff("approver"))
    assert not ErasureItem.objects.exists()
    assert (proposed.state, proposed.proposal, bytes(proposed.reasons_sealed)) == (
        State.IN_REVIEW,
        "",
        b"",
    )
    with pytest.raises(NotYet):
        approve(proposed, by=staff("approver"))


def test_a_copy_has_no_plan(memory_stores):
    rights_request_at(State.AWAITING_APPROVAL, Right.ACCESS)
    assert not ErasureItem.objects.exists()


# --- Approval ---------------------------------------------------------------------------------


@pytest.fixture
def proposed(memory_stores) -> RightsRequest:
    rights_request = rights_request_at(State.AWAITING_APPROVAL)
    settle_identity(rights_request.case, tier="T2", method="photo_comparison", by=staff("reviewer"))
    return RightsRequest.objects.get(pk=rights_request.pk)


def test_whoever_proposed_or_decided_anything_in_the_case_does_not_approve(proposed):
    deciders = {"dpo": staff("dpo", "dpo-who-looked")}
    FoundTemplate.objects.filter(band="strong").update(decided_by=deciders["dpo"])
    for who in (staff("reviewer"), staff("reviewer", "second-reviewer")):
        who.groups.add(*staff("approver").groups.all())
        with pytest.raises(FourEyesNeeded):
            approve(proposed, by=who)
        assert not policies.can_approve(who, proposed)
    with pytest.raises(FourEyesNeeded):
        approve(proposed, by=deciders["dpo"])
    assert RightsRequest.objects.get(pk=proposed.pk).approved_by is None


@pytest.mark.parametrize("role", ["reviewer", "intake", ""])
def test_only_an_approver_approves(proposed, role):
    with pytest.raises(PermissionDenied):
        approve(proposed, by=staff(role, f"somebody-{role}"))


def test_an_approval_is_given_once(proposed):
    approve(proposed, by=staff("approver"))
    late = RightsRequest.objects.get(pk=proposed.pk)
    with pytest.raises(NotYet):
        approve(late, by=staff("approver", "second-approver"))
    with pytest.raises(NotYet):
        send_back(late, by=staff("approver", "second-approver"))
    approved = [one for one in entries(proposed.case_id) if one.type == EventType.REQUEST_APPROVED]
    assert len(approved) == 1


@pytest.mark.parametrize(
    ("right", "tier", "enough"),
    [
        (Right.ACCESS, "T1", False),
        (Right.ACCESS, "T2", True),
        (Right.ERASURE, "", False),
        (Right.ERASURE, "T0", False),
        (Right.ERASURE, "T1", True),
        (Right.RESTRICTION, "T0", False),
        (Right.RESTRICTION, "T1", True),
    ],
)
def test_an_answer_needs_its_tier_of_identity(memory_stores, right, tier, enough):
    proposed = rights_request_at(State.AWAITING_APPROVAL, right)
    type(proposed.case).objects.update(identity_tier=tier)
    proposed = RightsRequest.objects.get(pk=proposed.pk)
    if enough:
        approve(proposed, by=staff("approver"))
        assert proposed.approved_by == staff("approver")
    else:
        with pytest.raises(IdentityNotSettled):
            approve(proposed, by=staff("approver"))


def test_nothing_found_is_told_with_the_same_tier_as_a_copy(memory_stores, first):
    """Being asked for more would else tell that something was found (R-031)."""
    review = rights_request_at(State.IN_REVIEW, Right.ACCESS)
    decide_all(review.case, DIFFERENT)
    propose(review, Proposal.NOTHING_FOUND, by=first)
    with pytest.raises(IdentityNotSettled):
        approve(review, by=staff("approver"))


@pytest.mark.parametrize(
    ("ground", "outcome", "letter"),
    [
        ("F-12-5-U", Outcome.REFUSED, "refusal"),
        ("F-11", Outcome.NOT_IDENTIFIED, "cannot_identify"),
    ],
)
def test_a_refusal_ends_with_its_letter_that_names_the_way_to_complain(
    review, first, ground, outcome, letter
):
    propose(review, Proposal.REFUSE, by=first, ground=ground, reasons=WHY)
    approve(review, by=staff("approver"))
    assert (review.state, review.outcome) == (State.CLOSED, outcome)
    written = review.case.letters.get(kind=letter)
    assert WHY in written.body
    assert "Commission nationale de l'informatique" in written.body or "CNIL" in written.body
    assert "Article 77" in written.body
    assert "78 and 79" in written.body


def test_a_rectification_is_answered_by_letter(memory_stores):
    proposed = rights_request_at(State.AWAITING_APPROVAL, Right.RECTIFICATION)
    approve_it(proposed)
    assert proposed.case.letters.filter(kind="rectification_answer").exists()
