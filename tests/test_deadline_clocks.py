"""Extension, suspension and the two clocks: what the law allows once, late or not at all."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subjects import deadlines, law
from subjects.errors import DatesOutOfOrder, ExtendedAlready, TooLate

DAY = timedelta(days=1)
EEA = [state.code for state in law.countries()]
ANY_DAY = st.dates(date(2000, 1, 1), date(2099, 12, 31))

# --- Extension ----------------------------------------------------------------------------

PARIS = ZoneInfo("Europe/Paris")
RECEIVED = date(2027, 4, 6)  # due on Friday 7 May, after Ascension
LAST_SECOND = datetime(2027, 5, 7, 23, 59, 59, tzinfo=PARIS)


def may_extend(now, *, already=False):
    return deadlines.can_extend(now, RECEIVED, "FR", "Europe/Paris", already_extended=already)


def test_extension_is_allowed_to_the_last_second_and_refused_after_it():
    assert may_extend(LAST_SECOND)
    assert not may_extend(LAST_SECOND + timedelta(seconds=1))
    with pytest.raises(TooLate, match="2027-05-07"):
        deadlines.check_can_extend(
            datetime(2027, 5, 8, 0, 0, 1, tzinfo=PARIS),
            RECEIVED,
            "FR",
            "Europe/Paris",
            already_extended=False,
        )


def test_the_end_is_local_and_not_that_of_utc():
    assert not may_extend(datetime(2027, 5, 7, 22, 30, tzinfo=UTC))
    assert may_extend(datetime(2027, 5, 7, 21, 30, tzinfo=UTC))


def test_a_second_extension_is_refused():
    with pytest.raises(ExtendedAlready):
        deadlines.check_can_extend(
            LAST_SECOND, RECEIVED, "FR", "Europe/Paris", already_extended=True
        )


def test_a_suspension_opens_no_later_extension():
    clocks = deadlines.clocks(RECEIVED, country="FR", suspended_days=20)
    assert clocks.b > clocks.a
    assert not may_extend(datetime(2027, 5, 10, 9, tzinfo=PARIS))


def test_three_months_run_from_receipt_and_not_from_the_first_end():
    received = date(2027, 1, 31)
    assert deadlines.extended_due_on(received, "FR") == date(2027, 4, 30)
    assert deadlines.extended_target_on(received, "FR") == date(2027, 4, 28)
    assert deadlines.extended_target_on(date(2027, 3, 5), "FR") == date(2027, 6, 5)


def test_an_extension_letter_that_was_only_queued_does_not_count():
    where = (RECEIVED, "FR", "Europe/Paris")
    assert not deadlines.extension_counts(None, *where)
    assert deadlines.extension_counts(LAST_SECOND, *where)
    assert not deadlines.extension_counts(LAST_SECOND + timedelta(seconds=1), *where)


@settings(deadline=None)
@given(received=ANY_DAY, country=st.sampled_from(EEA))
def test_the_target_of_an_extension_is_never_after_the_legal_day(received, country):
    legal = deadlines.extended_due_on(received, country)
    assert deadlines.extended_target_on(received, country) <= legal


# --- Two clocks -----------------------------------------------------------------------------


def test_clock_b_is_clock_a_plus_the_suspension_and_lists_go_by_clock_a():
    received = date(2027, 5, 10)
    days = deadlines.suspension_days(received, date(2027, 5, 12), date(2027, 5, 20))
    assert days == 8
    clocks = deadlines.clocks(received, country="FR", suspended_days=days)
    assert clocks == deadlines.Clocks(a=date(2027, 6, 10), b=date(2027, 6, 18))
    assert clocks.in_force == clocks.a


def test_an_extension_is_in_force_and_counts_from_receipt_even_after_a_suspension():
    clocks = deadlines.clocks(date(2027, 5, 10), country="FR", suspended_days=8, extended=True)
    assert clocks.in_force == clocks.extended == date(2027, 8, 10)


@pytest.mark.parametrize(
    ("asked", "max_ask_days", "days"),
    [(0, None, 5), (3, None, 5), (4, None, 0), (12, None, 0), (7, 7, 5), (8, 30, 0), (1, 0, 0)],
)
def test_a_question_asked_late_suspends_nothing(asked, max_ask_days, days):
    received = date(2027, 5, 10)
    asked_on = received + asked * DAY
    counted = deadlines.suspension_days(received, asked_on, asked_on + 5 * DAY, max_ask_days)
    assert counted == days


def test_a_second_suspension_counts_no_day_twice_and_only_if_asked_in_time():
    received = date(2027, 5, 10)
    first, second = (received + DAY, received + 6 * DAY), (received + 3 * DAY, received + 8 * DAY)
    late = (received + 10 * DAY, received + 20 * DAY)
    assert deadlines.total_suspension_days(received, [first, second, late]) == 7


def test_a_suspension_ends_after_thirty_days():
    received = date(2027, 5, 10)
    assert deadlines.suspension_days(received, received, received + 90 * DAY) == 30


def test_an_answer_before_its_question_is_refused():
    received = date(2027, 5, 10)
    with pytest.raises(DatesOutOfOrder):
        deadlines.suspension_days(received, received + DAY, received)
    with pytest.raises(DatesOutOfOrder):
        deadlines.suspension_days(received, received - DAY, received)
