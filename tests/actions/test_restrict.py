"""What is probably the person is made unusable at once, and let go where it is somebody else."""

import pytest

from subjects.actions.decide import decide
from subjects.actions.outstanding import outstanding
from subjects.actions.restrict import apply_restrictions, restrict_for_good
from subjects.actions.withdraw import withdraw
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.errors import StoreUnavailable
from subjects.lifecycle import State
from subjects.models import Case, Decision, FoundTemplate, Right
from subjects.stores.base import TemplateRef
from tests.cases import rights_request_at, staff

pytestmark = pytest.mark.django_db


def facts(case: Case, event: EventType) -> list[dict]:
    return [entry.fields for entry in entries(case.pk) if entry.type == event]


def restricted(stores) -> set[str]:
    return {
        ref
        for ref, alias in FoundTemplate.objects.values_list("template_ref", "store")
        if stores[alias].describe(TemplateRef(ref)).restricted
    }


@pytest.fixture
def in_review(memory_stores) -> Case:
    case = rights_request_at(State.IN_REVIEW).case
    apply_restrictions(case)
    return case


def test_strong_candidates_are_restricted_at_once_and_grey_ones_are_not(memory_stores, in_review):
    strong = set(in_review.found.filter(band="strong").values_list("template_ref", flat=True))
    assert restricted(memory_stores) == strong
    assert sum(entry["count"] for entry in facts(in_review, EventType.TEMPLATE_RESTRICTED)) == len(
        strong
    )


def test_a_grey_one_is_restricted_when_it_is_confirmed(memory_stores, in_review):
    grey = in_review.found.filter(band="review")[0]
    decide(grey, Decision.SAME, by=staff("reviewer"))
    apply_restrictions(in_review)
    assert grey.template_ref in restricted(memory_stores)


def test_different_releases(memory_stores, in_review):
    strong = in_review.found.filter(band="strong")[0]
    decide(strong, Decision.DIFFERENT, by=staff("reviewer"))
    apply_restrictions(in_review)
    assert strong.template_ref not in restricted(memory_stores)
    assert facts(in_review, EventType.TEMPLATE_RELEASED)[0]["count"] == 1


def test_restricting_again_changes_and_notes_nothing(memory_stores, in_review):
    before = len(entries(in_review.pk))
    apply_restrictions(in_review)
    assert len(entries(in_review.pk)) == before


def test_a_copy_alone_restricts_nothing(memory_stores):
    case = rights_request_at(State.IN_REVIEW, Right.ACCESS).case
    apply_restrictions(case)
    assert restricted(memory_stores) == set()


def test_a_store_that_is_down_is_restricted_when_it_is_back(memory_stores):
    case = rights_request_at(State.IN_REVIEW).case
    memory_stores["default"].down = True
    with pytest.raises(StoreUnavailable):
        apply_restrictions(case)
    assert [work for work in outstanding(case) if work.job == "restrict"]
    memory_stores["default"].down = False
    apply_restrictions(case)
    assert not [work for work in outstanding(case) if work.job == "restrict"]


def test_a_granted_restriction_stays_when_the_case_is_closed(memory_stores):
    asked = rights_request_at(State.RESTRICTING)
    restrict_for_good(asked)
    assert asked.state == State.CLOSED
    confirmed = set(asked.case.found.values_list("template_ref", flat=True))
    assert restricted(memory_stores) == confirmed
    assert not [work for work in outstanding(asked.case) if work.job == "restrict"]
    apply_restrictions(asked.case)
    assert restricted(memory_stores) == confirmed
    assert asked.case.letters.filter(kind="restriction_answer").exists()


def test_what_was_withdrawn_releases_everything(memory_stores, in_review):
    withdraw(in_review.rights_requests.get())
    apply_restrictions(in_review)
    assert restricted(memory_stores) == set()
