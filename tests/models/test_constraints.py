"""What must hold is held by the database, whoever writes: each promise is broken here by hand."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from subjects.lifecycle import APPROVED, OPEN, Outcome, State
from subjects.models import (
    Case,
    Decision,
    ErasureItem,
    FoundTemplate,
    Right,
    RightsRequest,
    StoreSearch,
)
from tests.cases import approve_it, file, rights_request_at, staff

pytestmark = pytest.mark.django_db


def refused(rows, **columns) -> None:
    """Show that the database takes no such row."""
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(**columns)


@pytest.fixture
def received(memory_stores):
    file(Right.ERASURE)
    return RightsRequest.objects.all()


@pytest.fixture
def proposed(memory_stores):
    rights_request_at(State.AWAITING_APPROVAL)
    return RightsRequest.objects.all()


def test_nobody_approves_what_they_proposed(proposed):
    refused(proposed, approved_by=staff("reviewer"), approved_at=timezone.now())


def test_nobody_approves_what_they_proposed_by_sql_either(proposed):
    with (
        pytest.raises(IntegrityError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE subjects_rightsrequest SET approved_by_id = proposed_by_id")


def test_a_second_person_may_approve(proposed):
    assert proposed.update(approved_by=staff("approver"))


def test_nothing_is_approved_that_nobody_proposed(received):
    refused(received, approved_by=staff("approver"))


@pytest.mark.parametrize("state", sorted(APPROVED))
def test_nothing_is_released_or_erased_without_an_approver(proposed, state):
    refused(proposed, state=state)


def test_the_approver_cannot_be_taken_away_afterwards(memory_stores):
    rights_request_at(State.HELD)
    refused(RightsRequest.objects.all(), approved_by=None)


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - {Outcome.WITHDRAWN}))
def test_nothing_is_answered_without_an_approver(received, outcome):
    refused(received, state=State.CLOSED, outcome=outcome)


def test_what_the_person_withdraws_needs_no_approver(received):
    assert received.update(state=State.CLOSED, outcome=Outcome.WITHDRAWN)


@pytest.mark.parametrize("state", sorted(OPEN - APPROVED))
def test_an_open_request_has_no_outcome(received, state):
    refused(received, state=state, outcome=Outcome.WITHDRAWN)


def test_a_closed_request_has_an_outcome_of_the_list(received):
    refused(received, state=State.CLOSED)
    refused(received, state=State.CLOSED, outcome="forgotten")


def test_no_state_outside_the_lifecycle(received):
    refused(received, state="deleted")
    refused(received, state="")


def test_the_second_clock_never_ends_before_the_first(received):
    due_on = received.get().due_on
    refused(received, paused_due_on=due_on - timedelta(days=1))


def test_no_extension_without_its_reason(received):
    refused(received, extended_to=received.get().due_on)


def test_one_request_for_a_right_in_a_case(received):
    first = received.get()
    first.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)


def test_a_consent_names_what_was_consented_to(received):
    refused(Case.objects.all(), consent_version="", consented_at=timezone.now())


@pytest.fixture
def found(memory_stores):
    rights_request_at(State.IN_REVIEW)
    first = FoundTemplate.objects.first()
    assert first is not None
    return FoundTemplate.objects.filter(pk=first.pk)


def test_a_decision_has_somebody_who_made_it(found):
    refused(found, decision=Decision.SAME)
    refused(found, decided_by=staff("reviewer"))


def test_nobody_gives_the_second_look_to_their_own_decision(found):
    found.update(decision=Decision.SAME, decided_by=staff("reviewer"))
    refused(found, second_decision=Decision.SAME, second_decided_by=staff("reviewer"))
    refused(found, second_decision=Decision.SAME)
    other = staff("reviewer", "second-reviewer")
    assert found.update(second_decision=Decision.SAME, second_decided_by=other)


def test_no_second_look_without_a_first(found):
    other = staff("reviewer", "second-reviewer")
    refused(found, second_decision=Decision.SAME, second_decided_by=other)


def test_a_template_is_found_once_in_a_case(found):
    row = found.get()
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_store_was_searched_only_if_it_compared_all_it_holds(found):
    refused(StoreSearch.objects.all(), compared=0, total=1)


def test_one_answer_of_a_store_in_a_search(found):
    row = StoreSearch.objects.all()[0]
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize("progress", ["erased", "verified"])
def test_what_was_erased_has_its_instant(proposed, progress):
    refused(ErasureItem.objects.all(), progress=progress)
    assert ErasureItem.objects.update(progress=progress, erased_at=timezone.now())


def test_a_template_is_planned_once(proposed):
    item = ErasureItem.objects.all()[0]
    item.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        item.save(force_insert=True)


def test_a_case_with_an_erasure_cannot_lose_its_rows(memory_stores):
    rights_request = rights_request_at(State.AWAITING_APPROVAL)
    approve_it(rights_request)
    with pytest.raises(IntegrityError), transaction.atomic():
        rights_request.case.delete()


def test_a_form_and_a_reference_belong_to_one_case(memory_stores):
    first, second = file(Right.ACCESS), file(Right.ACCESS)
    rows = Case.objects.filter(pk=second.pk)
    refused(rows, reference=first.reference)
    refused(rows, idempotency_key=first.idempotency_key)
