"""People decide, two where it is unsure, and an answer is proposed only by what was decided."""

import pytest
from django.core.exceptions import PermissionDenied

from subjects.actions.decide import decide, propose, undecided
from subjects.audit.log import entries
from subjects.errors import (
    NotYet,
    ReasonMissing,
    RefusalNotAvailable,
    Superseded,
)
from subjects.lifecycle import State
from subjects.models import Decision, FoundTemplate, Proposal, Right, RightsRequest
from tests.cases import (
    decide_all,
    rights_request_at,
    staff,
)

pytestmark = pytest.mark.django_db
SAME, DIFFERENT, CANNOT_TELL = Decision.SAME, Decision.DIFFERENT, Decision.CANNOT_TELL
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


# --- Candidates -------------------------------------------------------------------------------


def test_one_look_decides_a_strong_candidate_and_two_decide_a_grey_one(review, first, second):
    assert decide(candidate(review, "strong"), SAME, by=first).verdict == SAME
    grey = decide(candidate(review, "review"), SAME, by=first)
    assert grey.verdict == ""
    assert decide(grey, SAME, by=second).verdict == SAME


@pytest.mark.parametrize("pair", [(SAME, DIFFERENT), (DIFFERENT, SAME), (SAME, CANNOT_TELL)])
def test_where_two_disagree_nobody_can_tell(review, first, second, pair):
    grey = decide(candidate(review, "review"), pair[0], by=first)
    assert decide(grey, pair[1], by=second).verdict == CANNOT_TELL


def test_nobody_gives_both_looks(review, first):
    grey = decide(candidate(review, "review"), DIFFERENT, by=first)
    changed = decide(grey, SAME, by=first)
    assert (changed.decision, changed.second_decision) == (SAME, "")


def test_changing_the_first_decision_asks_for_the_second_again(review, first, second):
    grey = decide(candidate(review, "review"), SAME, by=first)
    decide(grey, SAME, by=second)
    assert decide(grey, DIFFERENT, by=first).verdict == ""


def test_a_third_is_told_that_it_is_decided(review, first, second):
    strong = decide(candidate(review, "strong"), SAME, by=first)
    with pytest.raises(Superseded):
        decide(strong, DIFFERENT, by=second)
    grey = decide(candidate(review, "review"), SAME, by=first)
    decide(grey, SAME, by=second)
    with pytest.raises(Superseded):
        decide(grey, DIFFERENT, by=staff("reviewer", "third-reviewer"))


@pytest.mark.parametrize("role", ["approver", "intake", ""])
def test_only_reviewers_decide(review, role):
    with pytest.raises(PermissionDenied):
        decide(candidate(review, "strong"), SAME, by=staff(role, f"somebody-{role}"))


def test_out_of_review_nothing_is_decided(memory_stores, first):
    held = rights_request_at(State.HELD)
    with pytest.raises(NotYet):
        decide(held.case.found.all()[0], DIFFERENT, by=first)


# --- Proposals --------------------------------------------------------------------------------


def test_a_single_undecided_candidate_blocks_every_answer_about_the_search(review, first):
    decide_all(review.case)
    left = candidate(review, "strong")
    FoundTemplate.objects.filter(pk=left.pk).update(decision="", decided_by=None)
    assert [one.pk for one in undecided(review.case)] == [left.pk]
    for proposal in (Proposal.GRANT, Proposal.NOTHING_FOUND):
        with pytest.raises(NotYet, match="1 candidates"):
            propose(review, proposal, by=first, ground="E-d")


def test_nothing_found_is_not_said_while_something_was(review, first):
    decide_all(review.case)
    with pytest.raises(NotYet, match="something was found"):
        propose(review, Proposal.NOTHING_FOUND, by=first)


def test_nothing_is_granted_where_nothing_was_confirmed(review, first):
    decide_all(review.case, DIFFERENT)
    with pytest.raises(NotYet, match="nothing was found"):
        propose(review, Proposal.GRANT, by=first, ground="E-d")
    propose(review, Proposal.NOTHING_FOUND, by=first)
    assert review.state == State.AWAITING_APPROVAL


def test_an_erasure_names_its_ground(review, first):
    decide_all(review.case)
    for ground in ("", "E-z", "F-17-0"):
        with pytest.raises(ReasonMissing, match="17"):
            propose(review, Proposal.GRANT, by=first, ground=ground)


@pytest.mark.parametrize(
    ("right", "ground"),
    [
        (Right.ACCESS, "F-17-3-a"),  # an exception of Article 17 against a copy
        (Right.ACCESS, "F-21"),
        (Right.ERASURE, "F-21"),
        (Right.RESTRICTION, "F-17-0"),
        (Right.ACCESS, "F-15-4"),  # takes things out of a copy, never the copy away
        (Right.ERASURE, "F-N"),  # refuses nothing
    ],
)
def test_no_refusal_by_a_ground_of_another_right(memory_stores, first, right, ground):
    review = rights_request_at(State.IN_REVIEW, right)
    officer = staff("dpo")
    with pytest.raises(RefusalNotAvailable):
        propose(review, Proposal.REFUSE, by=officer, ground=ground, reasons=WHY * 5)


def test_an_objection_is_refused_by_the_officer_alone(memory_stores, first):
    review = rights_request_at(State.IN_REVIEW, Right.OBJECTION)
    with pytest.raises(PermissionDenied):
        propose(review, Proposal.REFUSE, by=first, ground="F-21", reasons=WHY * 5)
    propose(review, Proposal.REFUSE, by=staff("dpo"), ground="F-21", reasons=WHY * 5)
    assert review.state == State.AWAITING_APPROVAL


def test_no_refusal_without_reasons_of_this_case(review, first):
    with pytest.raises(ReasonMissing):
        propose(review, Proposal.REFUSE, by=first, ground="F-12-5-U", reasons="  ")


def test_reasons_are_sealed_and_stand_in_no_entry(review, first):
    propose(review, Proposal.REFUSE, by=first, ground="F-12-5-U", reasons=WHY)
    assert WHY.encode() not in bytes(review.reasons_sealed)
    assert review.reasons == WHY
    assert not any(b"somebody who died" in entry.leaf for entry in entries(review.case_id))
