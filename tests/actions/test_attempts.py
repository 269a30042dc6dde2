"""Three attempts, counted in the row; then a human, who may set the job going again."""

import pytest
from django.core.exceptions import PermissionDenied

from subjects.actions.attempts import claimed, note_failure, resume
from subjects.actions.compare_states import states_without_entry
from subjects.actions.export import export_copy
from subjects.actions.withdraw import withdraw
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.errors import ExportIncomplete, NotYet, StoreUnavailable
from subjects.lifecycle import State
from subjects.models import RightsRequest, Search
from subjects.models.leased import MAX_ATTEMPTS
from subjects.tasks import export, restrict_permanently
from tests.cases import rights_request_at, staff
from tests.cases import search as search_now

pytestmark = pytest.mark.django_db


def due_now(rights_request: RightsRequest) -> RightsRequest:
    RightsRequest.objects.filter(pk=rights_request.pk).update(next_attempt_at=None)
    rights_request.refresh_from_db()
    return rights_request


def events(rights_request: RightsRequest) -> list[EventType]:
    return [entry.type for entry in entries(rights_request.case_id)]


@pytest.fixture
def broken_export(memory_stores, settings, tmp_path) -> RightsRequest:
    """Give an approved copy that cannot be made: Article 15(1) is not written down."""
    rights_request = rights_request_at(State.EXPORTING)
    settings.ARTICLE_15_FILE = tmp_path / "missing.toml"
    return rights_request


def test_the_fourth_attempt_is_a_human(broken_export):
    for attempt in range(1, MAX_ATTEMPTS + 1):
        export(str(broken_export.pk))
        due_now(broken_export)
        assert (broken_export.state, broken_export.attempts) == (State.EXPORTING, attempt)
        assert broken_export.trouble == "export-incomplete"
    export(str(broken_export.pk))
    broken_export.refresh_from_db()
    assert broken_export.state == State.NEEDS_HUMAN
    assert broken_export.stuck_in == State.EXPORTING
    assert events(broken_export).count(EventType.ATTEMPT_FAILED) == MAX_ATTEMPTS
    assert entries(broken_export.case_id)[-1].fields["reason"] == "attempts-exhausted"


def test_whoever_looked_sets_it_going_where_it_stood(broken_export):
    for _ in range(MAX_ATTEMPTS + 1):
        export(str(broken_export.pk))
        due_now(broken_export)
    resume(broken_export, by=staff("approver"))
    assert (broken_export.state, broken_export.attempts) == (State.EXPORTING, 0)
    assert claimed(broken_export, State.EXPORTING)


def test_a_failed_attempt_is_due_again_after_a_pause_and_not_before(broken_export):
    export(str(broken_export.pk))
    broken_export.refresh_from_db()
    assert broken_export.lease_until is None
    assert broken_export.next_attempt_at is not None
    assert not broken_export.claim()


def test_a_store_that_is_down_is_never_counted_against_the_case(memory_stores):
    rights_request = rights_request_at(State.RESTRICTING)
    memory_stores["archive"].down = True
    for _ in range(2 * MAX_ATTEMPTS):
        restrict_permanently(str(rights_request.pk))
        due_now(rights_request)
    assert (rights_request.state, rights_request.attempts) == (State.RESTRICTING, 0)
    assert rights_request.trouble == "store-unavailable:archive"
    memory_stores["archive"].down = False
    restrict_permanently(str(rights_request.pk))
    rights_request.refresh_from_db()
    assert rights_request.state == State.CLOSED


def test_an_attempt_that_was_rolled_back_is_noted_where_the_row_stands(memory_stores):
    """The row in memory was moved on in a transaction that failed at its end."""
    rights_request = rights_request_at(State.EXPORTING)
    assert claimed(rights_request, State.EXPORTING)
    ahead = RightsRequest.objects.get(pk=rights_request.pk)
    ahead.state, ahead.fence = State.READY, ahead.fence + 1
    note_failure(ahead, ExportIncomplete(["the letter"]))
    rights_request.refresh_from_db()
    assert rights_request.lease_until is None
    assert entries(rights_request.case_id)[-1].fields["state"] == "exporting"
    assert states_without_entry() == []


def test_a_failure_after_the_person_withdrew_says_nothing_about_a_state_that_is_over(memory_stores):
    working = rights_request_at(State.EXPORTING)
    assert claimed(working, State.EXPORTING)
    withdraw(RightsRequest.objects.get(pk=working.pk))
    note_failure(working, StoreUnavailable("archive", "it does not answer"))
    assert entries(working.case_id)[-1].fields.get("state", "closed") == "closed"
    assert states_without_entry() == []


def test_a_job_finds_nothing_to_do_elsewhere(memory_stores):
    rights_request = rights_request_at(State.IN_REVIEW)
    before = events(rights_request)
    export_copy(rights_request)
    assert events(rights_request) == before


def test_a_search_that_kills_its_worker_goes_to_a_human_and_can_be_resumed(memory_stores):
    rights_request = rights_request_at(State.SEARCHING)
    ordered = Search.objects.get()
    for _ in range(MAX_ATTEMPTS):
        assert ordered.claim()  # the worker dies here: nobody gives the lease back
        Search.objects.update(lease_until=None)
    search_now(rights_request.case)
    rights_request.refresh_from_db()
    assert rights_request.state == State.NEEDS_HUMAN
    resume(rights_request, by=staff("reviewer"))
    assert rights_request.state == State.SEARCHING
    search_now(rights_request.case)
    rights_request.refresh_from_db()
    assert rights_request.state == State.IN_REVIEW


def test_only_staff_resume_and_only_what_waits_for_them(memory_stores):
    stuck = rights_request_at(State.NEEDS_HUMAN)
    with pytest.raises(PermissionDenied):
        resume(stuck, by=staff("", "nobody"))
    resume(stuck, by=staff("reviewer"))
    with pytest.raises(NotYet):
        resume(stuck, by=staff("reviewer"))
