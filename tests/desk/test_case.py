"""The page of a case: in every state, with both clocks and how they were found."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from subjects.actions.extend import extend as extend_action
from subjects.actions.file_case import Filing, file_case
from subjects.actions.purge import purge
from subjects.audit.events import EventType
from subjects.audit.log import entries, payload_of
from subjects.lifecycle import State
from subjects.models import Case, FoundTemplate, Right, RightsRequest
from tests.cases import CONTACT, rights_request_at, search, staff

pytestmark = pytest.mark.django_db


def page_of(browser, case):
    answer = browser.get(f"/desk/cases/{case.reference}/")
    assert answer.status_code == 200
    return answer.content.decode()


def extend_url(row):
    return f"/desk/requests/{row.pk}/extend/"


@pytest.mark.parametrize("state", State)
def test_a_case_can_be_opened_in_every_state(signed_in, state):
    row = rights_request_at(state)
    page = page_of(signed_in("reviewer"), row.case)
    assert row.case.reference in page
    assert CONTACT in page


@pytest.mark.parametrize("role", ["reviewer", "approver"])
def test_opening_pages_changes_nothing_but_the_log(signed_in, role):
    row = rights_request_at(State.AWAITING_APPROVAL)
    browser = signed_in(role)

    def rows():
        return [
            list(model.objects.order_by("pk").values())
            for model in (Case, RightsRequest, FoundTemplate)
        ]

    before, steps = rows(), len(entries(row.case_id))
    browser.get("/desk/")
    page_of(browser, row.case)
    verbs = ("propose", "extend", "withdraw") if role == "reviewer" else ("approve",)
    for verb in verbs:
        assert browser.get(f"/desk/requests/{row.pk}/{verb}/").status_code == 200
    assert rows() == before
    added = entries(row.case_id)[steps:]
    assert {entry.type for entry in added} == {EventType.ACCESS_VIEWED}
    assert len(added) == 2


def test_both_clocks_show_their_days_and_how_they_were_found(signed_in):
    row = filed_on(datetime(2026, 11, 24, 9, tzinfo=UTC))
    page = page_of(signed_in("reviewer"), row.case)
    assert "Clock A: from receipt, never stopped" in page
    assert "Clock B: with the days allowed for identity" in page
    assert "Thursday 24 December 2026" in page
    row = filed_on(datetime(2026, 11, 25, 9, tzinfo=UTC))
    page = page_of(signed_in("reviewer"), row.case)
    assert "Before holidays: Friday 25 December 2026." in page
    assert "25 December 2026: Christmas Day" in page
    assert "26 December 2026: Saturday" in page
    assert "Monday 28 December 2026" in page
    assert row.calendar_version in page


def filed_on(instant):
    with time_machine.travel(instant, tick=False):
        case = file_case(
            Filing(uuid4(), (Right.ACCESS,), contact=CONTACT, country="FR", notes="<b>Hello</b>")
        )
    return case.rights_requests.get()


def test_what_the_person_wrote_is_text_and_nothing_else(signed_in):
    page = page_of(signed_in("reviewer"), filed_on(timezone.now()).case)
    assert "&lt;b&gt;Hello&lt;/b&gt;" in page


def test_a_store_that_did_not_answer_is_named_in_the_case(signed_in, memory_stores):
    row = rights_request_at(State.SEARCHING)
    memory_stores["archive"].down = True
    search(row.case)
    page = page_of(signed_in("reviewer"), row.case)
    assert "The store “Archive” does not answer" in page
    assert "not finished" in page


def test_context_stands_beside_each_candidate_and_numbers_only_in_details(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    page = page_of(signed_in("reviewer"), row.case)
    for known in ("https://hotel.example/events/2016/autumn-reception", "Autumn reception 2016"):
        assert known in page
    assert "web crawler, pool A" in page
    assert "30 September 2016" in page or "1 October 2016" in page
    assert "Very close." in page
    for found in row.case.found.all():
        before = page.split(f"Distance between the face codes: {found.distance:.3f}")[0]
        assert before.rpartition("<details")[2].count("</details>") == 0


def test_buttons_stand_there_only_for_whom_the_post_would_serve(signed_in):
    row = rights_request_at(State.AWAITING_APPROVAL)
    approve, propose = f"/desk/requests/{row.pk}/approve/", f"/desk/requests/{row.pk}/propose/"
    as_reviewer, as_approver = (
        page_of(signed_in(role), row.case) for role in ("reviewer", "approver")
    )
    assert approve not in as_reviewer
    assert propose not in as_reviewer
    assert approve in as_approver
    assert "withdraw/" not in as_approver


def test_after_the_purge_the_page_still_opens(signed_in, settings):
    row = rights_request_at(State.CLOSED)
    settings.CASE_FILE_DAYS = settings.PROBE_DAYS = 0
    with time_machine.travel(timezone.now() + timedelta(days=4 * 365)):
        purge()
        page = page_of(signed_in("reviewer"), row.case)
    assert CONTACT not in page


def test_more_time_is_taken_with_a_reason_and_told_in_a_letter(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    answer = signed_in("reviewer").post(
        extend_url(row), {"reasons": ["complexity", "much-work"], "text": "Four stores."}
    )
    assert answer.status_code == 302
    row.refresh_from_db()
    assert row.extended_to is not None
    assert "Four stores." in row.letters.get(kind="extension").body


def test_a_reason_that_is_not_enough_alone_is_refused_in_words(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    answer = signed_in("reviewer").post(
        extend_url(row), {"reasons": ["holiday-staffing"], "text": "August."}
    )
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "a reason that the law accepts" in page
    assert "August." in page


def test_after_the_first_month_more_time_is_refused_by_the_server(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    browser_time = timezone.now() + timedelta(days=40)
    with time_machine.travel(browser_time, tick=False):
        browser = signed_in("reviewer")
        shown = browser.get(extend_url(row)).content.decode()
        answer = browser.post(extend_url(row), {"reasons": ["complexity"], "text": "Late."})
        page = page_of(browser, row.case)
    assert "It is too late to extend the time limit" in shown
    assert answer.status_code == 409
    assert "It is too late to extend the time limit" in answer.content.decode()
    assert extend_url(row) not in page
    row.refresh_from_db()
    assert row.extended_to is None


def test_a_second_extension_is_refused(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    extend_action(row, reasons=["complexity"], text="Once.", by=staff("dpo"))
    answer = signed_in("reviewer").post(
        extend_url(row), {"reasons": ["complexity"], "text": "Twice."}
    )
    assert answer.status_code == 409
    assert "was extended once already" in answer.content.decode()
    page = page_of(signed_in("reviewer"), row.case)
    assert "Extended: three months from receipt" in page


def test_the_note_of_a_withdrawal_is_kept_where_it_can_be_erased(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    signed_in("reviewer").post(
        f"/desk/requests/{row.pk}/withdraw/", {"note": "By telephone on Monday."}
    )
    entry = next(e for e in entries(row.case_id) if e.type == EventType.WITHDRAWN)
    assert payload_of(entry) == {"note": "By telephone on Monday."}
    assert b"telephone" not in entry.leaf
