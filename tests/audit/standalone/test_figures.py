from datetime import date

import pytest

from subjects import deadlines
from subjects.audit.standalone.days import days_between, later_by_months, months, nearest_rank
from subjects.audit.standalone.deadlines import Holidays, check_deadlines, due_days
from subjects.audit.standalone.figures import balance, figures
from subjects.audit.standalone.reading import read_log
from tests.audit.standalone.leaves import HOUSE, Writer
from tests.audit.standalone.make_log import calendar, make_log

NOVEMBER = ("2026-11-01", "2026-11-30")
REVIEWER = "role:reviewer/0011223344556677"
HOLIDAYS = Holidays(calendar())


@pytest.fixture
def log() -> Writer:
    return Writer()


def answer(log: Writer, case: str, on: str, **body: object) -> None:
    """Answer and close a request on a day, at noon."""
    about = {"t": f"{on}T12:00:00Z", "right": "art17", "local_date": on}
    log.write(case, "closed", "person", **about, **({"outcome": "granted"} | body))
    event = "refused" if body.get("outcome") == "refused" else "answered"
    log.write(case, event, "person", **about, **({"outcome": "granted"} | body))


def receive(log: Writer, case: str, on: str, **body: object) -> None:
    due = deadlines.due_on(date.fromisoformat(on), country="FR").isoformat()
    day = {"received": f"{on}T08:00:00Z", "local_date": on, "t": f"{on}T08:00:00Z", "due": due}
    log.receive(case, **(day | body))


def test_what_was_open_and_came_in_less_what_was_closed_is_open() -> None:
    read = read_log(make_log(4000).triples)
    for month in range(1, 13):
        counted = figures(read, f"2026-{month:02d}-03", "2026-12-20")
        assert balance(counted) == ""
    wrong = counted | {"open_at_end": counted["open_at_end"] + 1}
    assert "do not leave" in balance(wrong)


def test_a_request_counts_in_the_month_of_its_receipt_answer_and_closing(log: Writer) -> None:
    receive(log, "a", "2026-10-20")
    answer(log, "a", "2026-11-05")
    receive(log, "b", "2026-11-30")
    counted = figures(log.read(), *NOVEMBER)
    assert (counted["open_at_start"], counted["received"]) == (1, 1)
    assert (counted["closed"], counted["open_at_end"]) == (1, 1)
    [month] = counted["by_month"]
    assert month == {
        "month": "2026-11",
        "received": 1,
        "answered": 1,
        "closed": 1,
        "open_at_end": 1,
        "extended": 0,
        "overdue": 0,
    }
    assert counted["days_to_answer"]["days"] == [[16, 1, 0]]
    assert counted["outcomes"] == {"granted": 1}


def test_one_day_late_is_late(log: Writer) -> None:
    receive(log, "a", "2026-10-05")
    receive(log, "b", "2026-10-05")
    answer(log, "a", "2026-11-05")
    answer(log, "b", "2026-11-06")
    counted = figures(log.read(), *NOVEMBER)
    assert counted["within"]["one_month"] == {"count": 1, "of": 2}
    assert counted["within"]["three_months"] == {"count": 2, "of": 2}
    assert counted["overdue"] == {"count": 1, "median_days": 1, "max_days": 1}
    assert counted["days_to_answer"]["days"] == [[31, 1, 0], [32, 0, 1]]


def test_an_unanswered_request_is_overdue_as_long_as_the_log_knows(log: Writer) -> None:
    receive(log, "a", "2026-10-05")
    log.write(HOUSE, "heartbeat", t="2026-11-05T23:00:00Z")
    assert figures(log.read(), *NOVEMBER)["overdue"]["count"] == 0
    log.write(HOUSE, "heartbeat", t="2026-11-07T01:00:00Z")
    assert figures(log.read(), *NOVEMBER)["overdue"]["max_days"] == 2


def test_what_was_taken_back_in_time_is_neither_answered_nor_overdue(log: Writer) -> None:
    receive(log, "a", "2026-10-05")
    about = {"t": "2026-11-02T12:00:00Z", "right": "art17", "local_date": "2026-11-02"}
    log.write("a", "closed", "person", outcome="withdrawn", **about)
    log.write(HOUSE, "heartbeat", t="2026-11-30T23:00:00Z")
    counted = figures(log.read(), *NOVEMBER)
    assert counted["overdue"]["count"] == 0
    assert counted["days_to_answer"]["count"] == 0
    assert counted["outcomes"] == {"withdrawn": 1}


@pytest.mark.parametrize(("letter_on", "in_time"), [("2026-11-05", 1), ("2026-11-06", 0)])
def test_an_extension_counts_once_its_letter_left_in_the_first_month(
    letter_on: str, in_time: int, log: Writer
) -> None:
    receive(log, "a", "2026-10-05")
    about = {"right": "art17", "extended_to": "2027-01-05", "reasons": ["complexity"]}
    log.write("a", "deadline.extended", REVIEWER, t="2026-11-03T08:00:00Z", **about)
    sent = {"t": f"{letter_on}T09:00:00Z", "local_date": letter_on, "letter": "extension"}
    log.write("a", "letter.sent", "system:letters", **sent)
    answer(log, "a", "2026-11-20")
    counted = figures(log.read(), *NOVEMBER)
    extended = {"count": 1, "of": 1, "reasons": {"complexity": 1}, "letters_in_time": in_time}
    assert counted["extended"] == extended
    assert counted["overdue"]["count"] == 1 - in_time
    assert counted["days_to_answer"]["days"] == [[46, in_time, 1 - in_time]]
    assert counted["within"]["one_month"] == {"count": 0, "of": 1}
    assert counted["by_right"]["art17"]["within_three_months"] == 1


def test_refusals_count_by_ground(log: Writer) -> None:
    receive(log, "a", "2026-11-02")
    answer(log, "a", "2026-11-05", outcome="refused", ground="F-12-5-E")
    counted = figures(log.read(), *NOVEMBER)
    assert counted["refusals"] == {"F-12-5-E": 1}
    assert counted["outcomes"] == {"refused": 1}


def test_work_is_counted_by_its_day(log: Writer) -> None:
    receive(log, "a", "2026-11-02")
    stores = [
        {"alias": "people", "result": "searched", "total": 9, "compared": 9},
        {"alias": "archive", "result": "failed"},
    ]
    body = {"right": "art17", "bands": {"strong": 2, "review": 1, "set_aside": 0}}
    log.write("a", "search.failed", "system:search", stores=stores, right="art17")
    log.write("a", "search.completed", "system:search", stores=stores[:1], **body)
    log.write("a", "identity.confirmed", REVIEWER, tier="T2", method="photo_comparison")
    log.write("a", "access.viewed", REVIEWER)
    log.write("a", "access.viewed", "role:dpo/0011223344556678")
    log.write("a", "template.erased", "system:erase", right="art17", sys="people", count=3)
    log.write("a", "erasure.verified", "system:erase", right="art17", stores=[])
    failed = {"right": "art17", "state": "verifying", "attempt": 1}
    log.write("a", "attempt.failed", "system:retry", **failed)
    log.write("a", "backup.expiry_scheduled", "system:erase", until="2026-12-20")
    log.write("a", "recipient.notified", "system:letters")
    counted = figures(log.read(), *NOVEMBER)
    assert counted["search"] == {
        "completed": 1,
        "failed": 1,
        "stores": {
            "people": {"searched": 2, "failed": 0, "skipped": 0, "compared": 18},
            "archive": {"searched": 0, "failed": 1, "skipped": 0, "compared": 0},
        },
        "bands": {"strong": 2, "review": 1, "set_aside": 0},
    }
    assert counted["identity"]["tiers"] == {"T2": 1}
    assert counted["access"] == {"reviewer": 1, "dpo": 1}
    assert counted["cases_opened_by_staff"] == 1
    erasure = {"stores": {"people": 3}, "verified": 1, "rechecks_failed": 1}
    assert counted["erasure"] == erasure | {"backups_outstanding": 1}
    assert counted["recipients"] == {"told": 1}
    log.write("a", "backup.expired", "system:sweep")
    assert figures(log.read(), *NOVEMBER)["erasure"]["backups_outstanding"] == 0
    december = figures(log.read(), "2026-12-01", "2026-12-31")
    assert december["search"]["completed"] == 0


def test_a_scope_narrows_every_figure() -> None:
    read = read_log(make_log(4000).triples)
    whole = figures(read, "2026-01-01", "2026-12-31")
    parts = [
        figures(read, "2026-01-01", "2026-12-31", rights=[right]) for right in ("art15", "art17")
    ]
    for key in ("received", "closed", "open_at_end"):
        assert sum(part[key] for part in parts) == whole[key]
    french = figures(read, "2026-01-01", "2026-12-31", countries=["FR"])
    assert list(french["by_country"]) == ["FR"]
    assert french["by_country"]["FR"] == whole["by_country"]["FR"]
    assert 0 < french["search"]["completed"] < whole["search"]["completed"]


def test_suspended_days_are_those_of_the_newest_suspension(log: Writer) -> None:
    receive(log, "a", "2026-11-02")
    about = {"right": "art17", "suspended_days": 8, "due_b": "2026-12-10"}
    log.write("a", "suspension.ended", "person", t="2026-11-12T08:00:00Z", **about)
    assert figures(log.read(), *NOVEMBER)["suspended"] == {
        "count": 1,
        "median_days": 8,
        "max_days": 8,
    }


# --- Arithmetic ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("percent", "value"), [(50, 20), (75, 30), (90, 40), (99, 40), (25, 10), (1, 10)]
)
def test_a_percentile_is_always_one_of_the_values(percent: int, value: int) -> None:
    assert nearest_rank([40, 10, 30, 20], percent) == value


def test_no_values_have_no_percentile() -> None:
    assert nearest_rank([], 50) == 0


def test_the_arithmetic_of_days() -> None:
    assert later_by_months("2026-11-30", 3) == "2027-02-28"
    assert later_by_months("2027-12-31", 2) == "2028-02-29"
    assert months("2026-11-30", "2027-02-01") == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert days_between("2026-02-28", "2026-03-01") == 1


# --- Last days ----------------------------------------------------------------------------


@pytest.mark.parametrize("suspended", [0, 3, 8])
def test_the_last_day_is_the_one_that_the_portal_computes(suspended: int, log: Writer) -> None:
    for ordinal in range(date(2026, 1, 1).toordinal(), date(2028, 3, 31).toordinal(), 3):
        day = date.fromordinal(ordinal)
        receive(log, day.isoformat(), day.isoformat())
        request = log.read().requests[-1]
        request.suspended_days = suspended
        request.due_b = deadlines.due_on(day, country="FR", suspended_days=suspended).isoformat()
        request.extended_to = deadlines.extended_due_on(day, "FR").isoformat()
        log.leaves.clear()
        log.hashes.clear()
        for due in due_days(request, HOLIDAYS):
            assert due.agrees == "yes", (day, due)


def test_a_last_day_that_the_calendar_does_not_give_is_named(log: Writer) -> None:
    receive(log, "a", "2026-11-25", due="2026-12-31")
    [problem] = check_deadlines(log.read(), HOLIDAYS)
    assert problem.index == 0
    assert "2026-12-31" in problem.words
    assert "gives 2026-12-28" in problem.words


def test_a_year_that_the_calendar_does_not_reach_is_not_computed(log: Writer) -> None:
    receive(log, "a", "2026-11-25")
    [due] = due_days(log.read().requests[0], Holidays({"FR": {"2020-12-25": "Christmas Day"}}))
    assert due.agrees == "not computed"


def test_without_an_establishment_no_day_is_skipped(log: Writer) -> None:
    receive(log, "a", "2026-11-25", due="2026-12-25", calendar="none")
    [due] = due_days(log.read().requests[0], HOLIDAYS)
    assert (due.agrees, due.skipped) == ("yes", ())
