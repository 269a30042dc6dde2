"""What the desk does beside the answer: withdraw for the person, resume, settle an identity."""

import pytest

from subjects.lifecycle import Outcome, State
from tests.cases import rights_request_at
from tests.desk.test_flow import reloaded, summary_of, url

pytestmark = pytest.mark.django_db


def test_a_withdrawal_for_the_person_needs_a_note(signed_in):
    row = rights_request_at(State.IN_REVIEW)
    browser = signed_in("reviewer")
    assert browser.post(url(row, "withdraw"), {"note": "  "}).status_code == 400
    assert reloaded(row).state == State.IN_REVIEW
    done = browser.post(url(row, "withdraw"), {"note": "By telephone on Monday."})
    assert done.status_code == 302
    assert reloaded(row).outcome == Outcome.WITHDRAWN


def test_what_is_being_erased_cannot_be_withdrawn(signed_in):
    row = rights_request_at(State.ERASING)
    browser = signed_in("reviewer")
    assert "It can no longer be withdrawn." in browser.get(url(row, "withdraw")).content.decode()
    late = browser.post(url(row, "withdraw"), {"note": "By telephone."})
    assert late.status_code == 409
    assert reloaded(row).state == State.ERASING


def test_somebody_who_looked_sets_a_stuck_request_going_again(signed_in):
    row = rights_request_at(State.NEEDS_HUMAN)
    browser = signed_in("reviewer")
    page = browser.get(f"/desk/cases/{row.case.reference}/").content.decode()
    assert "Set it going again" in page
    assert browser.post(url(row, "resume")).status_code == 302
    assert reloaded(row).state == State.SEARCHING
    again = browser.post(url(row, "resume"))
    assert again.status_code == 409
    assert "is not waiting for somebody to look" in summary_of(again)


def test_nobody_is_turned_away_for_sending_no_picture(signed_in):
    row = rights_request_at(State.AWAITING_PICTURE)
    browser = signed_in("reviewer")
    page = browser.get(f"/desk/cases/{row.case.reference}/").content.decode()
    assert "Go on without a picture" in page
    assert browser.post(url(row, "without-picture")).status_code == 302
    assert reloaded(row).state == State.IN_REVIEW
    again = browser.post(url(row, "without-picture"))
    assert again.status_code == 409
    assert "is not waiting for a picture" in summary_of(again)


def test_identity_before_the_contact_is_confirmed_is_refused_in_words(signed_in):
    row = rights_request_at(State.RECEIVED)
    answer = signed_in("reviewer").post(
        f"/desk/cases/{row.case.reference}/identity/", {"tier": "T2", "method": "wallet"}
    )
    assert answer.status_code == 409
    assert "has not confirmed their contact" in summary_of(answer)
