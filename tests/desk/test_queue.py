"""The queue: most urgent first, narrowed by its address, and as fast with 200 cases as with 20."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from subjects.actions.attempts import call_human
from subjects.actions.extend import extend
from subjects.actions.file_case import Filing, file_case
from subjects.desk import words
from subjects.lifecycle import Outcome, State, Turn
from subjects.models import Decision, Proposal, Right, RightsRequest
from tests.cases import CONTACT, file, rights_request_at, search, staff

pytestmark = pytest.mark.django_db


def filed(days_ago, *rights):
    return file_case(
        Filing(
            idempotency_key=uuid4(),
            rights=rights or (Right.ACCESS,),
            contact=CONTACT,
            country="FR",
            received_at=timezone.now() - timedelta(days=days_ago),
        )
    )


def references(answer):
    return [row.request.case.reference for row in answer.context["rows"]]


def test_every_state_turn_outcome_and_choice_has_its_words():
    assert set(words.STATE) == set(State)
    assert set(words.TURN) == set(Turn)
    assert set(words.OUTCOME) == set(Outcome)
    assert set(words.RIGHT) == set(Right)
    assert set(words.PROPOSAL) == set(Proposal)
    assert set(words.DECISION) == set(Decision)


def test_the_most_urgent_comes_first_and_late_ones_say_by_how_much(signed_in):
    new, late, old = filed(0), filed(60), filed(20)
    answer = signed_in("reviewer").get("/desk/")
    assert references(answer) == [late.reference, old.reference, new.reference]
    texts = [row.badge for row in answer.context["rows"]]
    assert "days late" in texts[0].text
    assert texts[0].colour == "red"
    assert "days left" in texts[2].text
    assert texts[2].text.encode() in answer.content


@pytest.mark.parametrize(
    ("left", "text", "colour"),
    [
        (-2, "2 days late", "red"),
        (-1, "1 day late", "red"),
        (0, "Due today", "orange"),
        (1, "1 day left", "orange"),
        (7, "7 days left", "orange"),
        (8, "8 days left", ""),
    ],
)
def test_a_badge_says_in_text_and_colour_how_far_off_the_day_is(left, text, colour):
    today = timezone.localdate()
    row = RightsRequest(due_on=today + timedelta(days=left), state=State.IN_REVIEW)
    assert words.deadline_badge(row, today) == (text, colour)


def test_what_was_answered_is_never_late():
    row = RightsRequest(due_on=timezone.localdate() - timedelta(days=9), state=State.READY)
    row.answered_at = timezone.now()
    assert words.deadline_badge(row, timezone.localdate()).text == "Answered"


def test_it_is_narrowed_by_turn_right_and_lateness(signed_in):
    late, both = filed(60), filed(1, Right.ACCESS, Right.ERASURE)
    waiting = rights_request_at(State.IN_REVIEW).case
    browser = signed_in("reviewer")
    assert references(browser.get("/desk/?turn=desk")) == [waiting.reference]
    assert references(browser.get("/desk/?overdue=on")) == [late.reference]
    erasures = references(browser.get("/desk/?right=erasure"))
    assert erasures == [both.reference, waiting.reference]


def test_a_reference_is_found_however_it_is_typed_even_when_closed(signed_in):
    closed = rights_request_at(State.CLOSED).case
    browser = signed_in("reviewer")
    assert references(browser.get("/desk/")) == []
    typed = closed.reference.lower().replace("-", " ")
    assert references(browser.get("/desk/", {"q": typed})) == [closed.reference]


def test_a_reference_with_a_wrong_sign_is_said_to_be_one(signed_in):
    answer = signed_in("reviewer").get("/desk/?q=FR-1234-5678")
    assert answer.status_code == 400
    assert b"a sign is missing or wrong" in answer.content


@pytest.mark.parametrize("address", ["?turn=elephant", "?right=x", "?page=999", "?page=x"])
def test_a_made_up_address_is_no_failure(signed_in, address):
    filed(1)
    assert signed_in("reviewer").get(f"/desk/{address}").status_code in {200, 400}


def test_a_store_that_is_down_is_named(signed_in, memory_stores):
    stuck = rights_request_at(State.SEARCHING)
    memory_stores["archive"].down = True
    search(stuck.case)
    page = signed_in("reviewer").get("/desk/").content.decode()
    assert "The store “Archive” does not answer" in page


def test_an_extension_and_the_slow_lane_are_marked(signed_in):
    slow = filed(3)
    type(slow).objects.filter(pk=slow.pk).update(slow_lane=True)
    extend(
        slow.rights_requests.get(), reasons=["complexity"], text="Many pictures.", by=staff("dpo")
    )
    page = signed_in("reviewer").get("/desk/").content.decode()
    assert "Extended from" in page
    assert "Slow lane" in page


def test_what_is_stuck_says_why(signed_in):
    call_human(rights_request_at(State.SEARCHING), reason="attempts-exhausted")
    assert "Three attempts failed" in signed_in("reviewer").get("/desk/").content.decode()


def test_two_hundred_cases_cost_no_more_queries_than_twenty(
    signed_in, django_assert_max_num_queries
):
    browser = signed_in("reviewer")
    for _ in range(20):
        file(Right.ACCESS, picture=b"")
    browser.get("/desk/")
    with django_assert_max_num_queries(12) as few:
        browser.get("/desk/")
    for _ in range(180):
        file(Right.ACCESS, picture=b"")
    with django_assert_max_num_queries(12) as many:
        answer = browser.get("/desk/")
    assert len(few) == len(many)
    assert len(answer.context["rows"]) == 50
    assert answer.context["page"].paginator.num_pages == 4


def test_the_next_page_keeps_what_it_was_narrowed_to(signed_in):
    for _ in range(51):
        file(Right.ACCESS, picture=b"")
    page = signed_in("reviewer").get("/desk/?right=access").content.decode()
    assert "?right=access&amp;page=2" in page
