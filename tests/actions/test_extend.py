"""Two more months: in time, once, with reasons; and an identity is settled by a listed way."""

from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command

from subjects import deadlines, policies
from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.decide import propose
from subjects.actions.extend import extend
from subjects.actions.settle_identity import settle_identity
from subjects.actions.start_search import start_search
from subjects.audit.events import Actor, EventType
from subjects.audit.log import entries
from subjects.errors import (
    ExtendedAlready,
    NotYet,
    ReasonMissing,
    TooLate,
)
from subjects.lifecycle import State
from subjects.models import Proposal, Right, RightsRequest
from tests.cases import (
    file,
    rights_request_at,
    search,
    staff,
)

pytestmark = pytest.mark.django_db
WHY = "The person asked about pictures of somebody who died in 1921, and says so in the letter."


@pytest.fixture
def review(memory_stores) -> RightsRequest:
    return rights_request_at(State.IN_REVIEW)


@pytest.fixture
def first():
    return staff("reviewer")


# --- More time --------------------------------------------------------------------------------

REASONS = {"reasons": ["complexity"], "text": "Your pictures lie in nine stores.", "by": None}


def more_time(rights_request: RightsRequest) -> None:
    extend(rights_request, **{**REASONS, "by": staff("reviewer")})


@pytest.fixture
def received(memory_stores) -> RightsRequest:
    with time_machine.travel("2026-03-10T10:00:00+01:00", tick=False):
        return file(Right.ERASURE).rights_requests.get()


def end_of_clock_a(rights_request: RightsRequest):
    return deadlines.end_instant(rights_request.due_on, rights_request.case.zone)


def test_more_time_is_taken_until_the_last_second_of_the_first_month(received):
    with time_machine.travel(end_of_clock_a(received) - timedelta(seconds=1), tick=False):
        more_time(received)
    received.refresh_from_db()
    assert received.extended_to.isoformat() == "2026-06-10"
    assert received.answer_due_on == received.extended_to
    letter = received.case.letters.get(kind="extension")
    assert "nine stores" in letter.body
    assert "10 June 2026" in letter.body
    assert letter.mail.sent_at is None
    entry = entries(received.case_id)[-1]
    assert entry.type == EventType.DEADLINE_EXTENDED
    assert entry.fields["extended_to"] == "2026-06-10"


def test_one_second_later_it_is_too_late_and_nothing_is_written(received):
    before = len(entries(received.case_id))
    with time_machine.travel(end_of_clock_a(received), tick=False):
        with pytest.raises(TooLate):
            more_time(received)
        assert not policies.can_extend(staff("reviewer"), received)
    received.refresh_from_db()
    assert received.extended_to is None
    assert not received.case.letters.exists()
    assert len(entries(received.case_id)) == before


def test_more_time_is_taken_once(received):
    with time_machine.travel("2026-03-20T10:00:00+01:00", tick=False):
        more_time(received)
        with pytest.raises(ExtendedAlready):
            more_time(received)


@pytest.mark.parametrize(
    ("reasons", "text"),
    [([], "Many."), (["complexity"], " "), (["holiday-staffing"], "We are away.")],
)
def test_no_more_time_without_a_reason_that_counts(received, reasons, text):
    with (
        time_machine.travel("2026-03-20T10:00:00+01:00", tick=False),
        pytest.raises(ReasonMissing),
    ):
        extend(received, reasons=reasons, text=text, by=staff("reviewer"))


def test_a_refusal_cannot_be_put_off(review, first):
    propose(review, Proposal.REFUSE, by=first, ground="F-12-5-U", reasons=WHY)
    with pytest.raises(NotYet):
        more_time(review)


def test_a_second_search_while_in_review_is_possible_and_the_log_holds(review):
    start_search(review.case, actor=Actor.person())
    search(review.case)
    review.refresh_from_db()
    assert review.state == State.IN_REVIEW
    call_command("audit_verify")


def test_identity_is_settled_by_a_listed_way_and_never_falls(memory_stores):
    case = file(Right.ACCESS)
    with pytest.raises(NotYet):
        settle_identity(case, tier="T2", method="video_call", by=staff("reviewer"))
    confirm_contact(case)
    for tier, method in (("T2", "a hunch"), ("T9", "video_call"), ("", "video_call")):
        with pytest.raises(ReasonMissing):
            settle_identity(case, tier=tier, method=method, by=staff("reviewer"))
    settle_identity(case, tier="T2", method="video_call", by=staff("reviewer"))
    settle_identity(case, tier="T1", method="wallet", by=staff("reviewer"))
    assert (case.identity_tier, case.identity_method) == ("T2", "video_call")
