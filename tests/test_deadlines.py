"""When an answer is due: the table, every receipt day of six years, and what surprises people."""

import json
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subjects import deadlines, law
from subjects.errors import DatesOutOfOrder, UnknownCountry

CASES = json.loads(Path(__file__).with_name("deadline_cases.json").read_text("utf-8"))
DAY = timedelta(days=1)
SIX_YEARS = [date(2026, 1, 1) + ahead * DAY for ahead in range(6 * 365 + 1)]
EEA = [state.code for state in law.countries()]
ANY_DAY = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def closed(day: date, country: str) -> bool:
    return day.weekday() >= 5 or day in law.national_holidays(country, day.year)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_row_of_the_table_holds(case):
    received = date.fromisoformat(case["received"])
    if "received_utc" in case:
        instant = datetime.fromisoformat(case["received_utc"])
        assert deadlines.received_on(instant, case["tz"]) == received
    limit = {"months": case["months"], "suspended_days": case["suspended_days"]}
    assert deadlines.raw_end(received, **limit) == date.fromisoformat(case["raw_end"])
    due = deadlines.due_on(received, country=case["calendar"], **limit)
    assert due == date.fromisoformat(case["deadline"])


@pytest.mark.parametrize("country", ["FR", "DE", "IT", "GR", "NL", "IE", "SE"])
def test_for_every_receipt_day_of_six_years_the_end_is_the_first_working_day(country):
    assert SIX_YEARS[-1] == date(2031, 12, 31)
    listed = holidays.country_holidays(country, years=range(2026, 2033))

    def closed_there(day):
        return day.weekday() >= 5 or day in listed

    for received in SIX_YEARS:
        ends = []
        for months in (1, 3):
            raw = deadlines.raw_end(received, months=months)
            end = deadlines.due_on(received, country=country, months=months)
            assert end >= raw
            assert not closed_there(end)
            assert all(closed_there(raw + n * DAY) for n in range((end - raw).days))
            ends.append(end)
        assert received < ends[0] < ends[1]


@settings(deadline=None)
@given(received=ANY_DAY, country=st.sampled_from(EEA), months=st.integers(1, 6))
def test_in_all_thirty_states_the_rule_holds_for_any_day_of_the_century(received, country, months):
    raw = deadlines.raw_end(received, months=months)
    due = deadlines.due_on(received, country=country, months=months)
    assert (raw.year * 12 + raw.month) - (received.year * 12 + received.month) == months
    assert raw.day == min(received.day, monthrange(raw.year, raw.month)[1])
    assert not closed(due, country)
    assert all(closed(raw + n * DAY, country) for n in range((due - raw).days))
    assert due <= deadlines.due_on(received, country=country, months=months + 1)
    assert due <= deadlines.due_on(received + DAY, country=country, months=months)
    assert due <= deadlines.due_on(received, country=country, months=months, suspended_days=1)


@settings(deadline=None)
@given(received=ANY_DAY, country=st.sampled_from(EEA), suspended=st.integers(0, 30))
def test_an_explained_date_is_the_same_date_and_names_each_skipped_day(
    received, country, suspended
):
    told = deadlines.explain(received, country=country, suspended_days=suspended)
    assert told.due_on == deadlines.due_on(received, country=country, suspended_days=suspended)
    assert [day for day, _ in told.skipped] == [
        told.raw_end + n * DAY for n in range((told.due_on - told.raw_end).days)
    ]
    assert all(why for _, why in told.skipped)


def test_a_date_can_be_opened():
    told = deadlines.explain(date(2027, 2, 26), country="NL")
    assert [why for _, why in told.skipped] == [
        "Good Friday",
        "Saturday",
        "Easter Sunday",
        "Easter Monday",
    ]
    assert told.calendar_version == "holidays-0.109/NL"
    assert len(told.sentences) == 2
    assert deadlines.explain(date(2027, 1, 31), country="FR").rule == "last-day"
    assert deadlines.explain(date(2027, 1, 31), country="").sentences[-1].startswith("Without an")


@pytest.mark.parametrize("country", ["GB", "CH", "US", "fr", "EL", "DE-BY", "XX", " ", "none"])
def test_a_country_outside_the_eea_is_refused(country):
    with pytest.raises(UnknownCountry):
        deadlines.due_on(date(2027, 3, 5), country=country)
    with pytest.raises(UnknownCountry):
        deadlines.calendar_version(country)


@pytest.mark.parametrize("country", EEA)
def test_every_state_has_a_calendar_in_english(country):
    names = law.national_holidays(country, 2027)
    assert 9 <= len(names) <= 17
    assert date(2027, 1, 1) in names
    assert date(2027, 12, 25) in names
    assert not any("substituted" in name for name in names.values())


def test_a_bridge_day_swapped_for_a_saturday_is_a_working_day():
    assert deadlines.why_closed(date(2026, 1, 2), country="HU") is None
    assert deadlines.why_closed(date(2026, 1, 10), country="HU") == "Saturday"


def test_an_instant_is_not_taken_for_a_day():
    with pytest.raises(TypeError):
        deadlines.due_on(datetime(2026, 11, 30, 23, 30, tzinfo=UTC), country="FR")


@pytest.mark.parametrize("limit", [{"months": 0}, {"months": -1}, {"suspended_days": -1}])
def test_a_time_limit_is_never_shortened(limit):
    with pytest.raises(ValueError, match="a time limit of"):
        deadlines.due_on(date(2027, 3, 5), country="FR", **limit)


def test_internal_targets_count_working_days():
    friday = date(2027, 3, 26)
    assert deadlines.working_days_after(friday, 1, country="FR") == date(2027, 3, 30)
    assert deadlines.working_days_after(friday, 3, country="FR") == date(2027, 4, 1)


# --- Instants -----------------------------------------------------------------------------


def test_a_request_at_half_past_eleven_utc_arrives_on_the_next_day_in_paris():
    instant = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)
    assert deadlines.received_on(instant, "Europe/Paris") == date(2026, 12, 1)
    assert deadlines.received_on(instant, "UTC") == date(2026, 11, 30)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        deadlines.received_on(datetime(2026, 11, 30, 23, 30), "Europe/Paris")  # noqa: DTZ001 - the point


@pytest.mark.parametrize(
    ("day", "zone", "end"),
    [
        (date(2027, 1, 4), "Europe/Paris", "2027-01-04T23:00:00+00:00"),
        (date(2027, 7, 15), "Europe/Paris", "2027-07-15T22:00:00+00:00"),
        (date(2027, 3, 28), "Europe/Paris", "2027-03-28T22:00:00+00:00"),
        (date(2026, 10, 25), "Europe/Paris", "2026-10-25T23:00:00+00:00"),
        # Midnight does not exist: the clocks go from 24:00 to 01:00.
        (date(2025, 3, 29), "Asia/Beirut", "2025-03-29T22:00:00+00:00"),
        (date(2025, 9, 6), "America/Santiago", "2025-09-07T04:00:00+00:00"),
        # Midnight comes twice: the first one ends the day.
        (date(2026, 10, 24), "Atlantic/Azores", "2026-10-25T00:00:00+00:00"),
        # The next day does not exist.
        (date(2011, 12, 29), "Pacific/Apia", "2011-12-30T10:00:00+00:00"),
    ],
)
def test_a_day_ends_with_the_first_instant_of_the_next(day, zone, end):
    instant = deadlines.end_instant(day, zone)
    assert instant.isoformat() == end
    assert deadlines.received_on(instant, zone) > day
    assert deadlines.received_on(instant - timedelta(microseconds=1), zone) == day


ZONES = [
    "Europe/Paris", "Europe/Lisbon", "Atlantic/Azores", "Asia/Nicosia", "Europe/Athens",
    "America/Nuuk", "Atlantic/Reykjavik", "Africa/Cairo", "America/Havana", "Asia/Beirut",
    "America/Santiago", "Pacific/Apia",
]  # fmt: skip


@settings(deadline=None)
@given(day=st.dates(date(2000, 1, 1), date(2036, 12, 31)), zone=st.sampled_from(ZONES))
def test_in_every_zone_the_end_of_a_day_divides_it_from_the_next(day, zone):
    end = deadlines.end_instant(day, zone)
    assert deadlines.received_on(end, zone) > day
    assert deadlines.received_on(end - timedelta(microseconds=1), zone) <= day


def test_a_letter_may_be_entered_late_but_not_early():
    now = datetime(2027, 3, 5, 12, tzinfo=UTC)
    deadlines.check_receipt(now - 40 * DAY, now)
    with pytest.raises(DatesOutOfOrder):
        deadlines.check_receipt(now + timedelta(seconds=1), now)
