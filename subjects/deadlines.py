"""When an answer is due: GDPR Article 12(3), one month, at most two more.

The arithmetic is that of Regulation (EEC, Euratom) 1182/71, Articles 2 and 3. A date in here is a
day in the controller's own time zone; an instant is aware and in UTC. Which days are holidays, and
what was decided where the library and the law differ, stands in `law/calendars.toml`.
"""

import calendar as gregorian
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from subjects import law
from subjects.errors import DatesOutOfOrder, ExtendedAlready, LawError, TooLate

MONTHS = 1
EXTENDED_MONTHS = 3
_WEEKEND = {5: "Saturday", 6: "Sunday"}
_DAY = timedelta(days=1)


class Skipped(NamedTuple):
    """A day on which a time limit cannot end, and why: `Saturday`, or a holiday's English name."""

    on: date
    why: str


@dataclass(frozen=True)
class DueDate:
    """A last day that can be opened: how it was found, and with which calendar."""

    due_on: date
    raw_end: date
    rule: str
    skipped: tuple[Skipped, ...]
    calendar_version: str
    suspended_days: int = 0

    @property
    def sentences(self) -> tuple[str, ...]:
        """Say in words how the day was found, step by step."""
        steps = [self.rule]
        if self.suspended_days:
            steps.append("suspended")
        if self.skipped:
            steps.append("rolled")
        if self.calendar_version == law.NO_CALENDAR:
            steps.append("no-establishment")
        return tuple(law.deadline_rule(step).text for step in steps)


@dataclass(frozen=True)
class Clocks:
    """The dates of one request. `a` runs from receipt and never stops; `b` tolerates suspension.

    Article 12(3) knows one start only, so lists, alarms and refusals go by `in_force`, not by `b`.
    """

    a: date
    b: date
    extended: date | None = None

    @property
    def in_force(self) -> date:
        """Give the last day by the law alone: of the extension if there is one, else of clock A."""
        return self.extended or self.a


# --- Dates --------------------------------------------------------------------------------


def due_on(
    received_on: date, *, country: str, months: int = MONTHS, suspended_days: int = 0
) -> date:
    """Give the last day for the answer; it ends at 24:00 there.

    `country` is a state of the EEA by its two letters, or "" without an establishment: then the day
    is never moved. Raises UnknownCountry. Source: Regulation 1182/71, Article 3(1), (2)(c), (4).
    """
    return roll(raw_end(received_on, months=months, suspended_days=suspended_days), country=country)


def raw_end(received_on: date, *, months: int = MONTHS, suspended_days: int = 0) -> date:
    """Give the same date after so many months, or that month's last day, before any holiday.

    The day of receipt is not counted but it names the date: 5 March ends with 5 April (C-171/03).
    """
    if isinstance(received_on, datetime):
        wrong = "received_on is a day: derive it with received_on(instant, zone)"
        raise TypeError(wrong)
    if months < 1 or suspended_days < 0:
        wrong = f"a time limit of {months} months and {suspended_days} suspended days"
        raise ValueError(wrong)
    years, month = divmod(received_on.month - 1 + months, 12)
    year, month = received_on.year + years, month + 1
    last = gregorian.monthrange(year, month)[1]
    return date(year, month, min(received_on.day, last)) + timedelta(days=suspended_days)


def roll(day: date, *, country: str) -> date:
    """Give the day itself if it is a working day there, else the next working day."""
    return day + len(_skipped(day, country)) * _DAY


def explain(
    received_on: date, *, country: str, months: int = MONTHS, suspended_days: int = 0
) -> DueDate:
    """Compute as `due_on` does, and keep the steps."""
    end = raw_end(received_on, months=months, suspended_days=suspended_days)
    same = raw_end(received_on, months=months).day == received_on.day
    skipped = _skipped(end, country)
    return DueDate(
        due_on=end + len(skipped) * _DAY,
        raw_end=end,
        rule="same-date" if same else "last-day",
        skipped=skipped,
        calendar_version=calendar_version(country),
        suspended_days=suspended_days,
    )


def clocks(
    received_on: date, *, country: str, suspended_days: int = 0, extended: bool = False
) -> Clocks:
    """Compute all dates of one request. An extension counts from receipt, never from clock B."""
    return Clocks(
        a=due_on(received_on, country=country),
        b=due_on(received_on, country=country, suspended_days=suspended_days),
        extended=extended_due_on(received_on, country=country) if extended else None,
    )


# --- Working days -------------------------------------------------------------------------


def why_closed(day: date, *, country: str) -> str | None:
    """Name what makes it no working day there, or None. Regulation 1182/71, Article 2."""
    if not country:
        return None
    holiday = law.national_holidays(country, day.year).get(day)
    return holiday or _WEEKEND.get(day.weekday())


def working_days_after(day: date, number: int, *, country: str) -> date:
    """Give the day that is so many working days later: for the internal targets (R-028)."""
    for _ in range(number):
        day = roll(day + _DAY, country=country)
    return day


def calendar_version(country: str) -> str:
    """Name the calendar that a date there is computed with: see `law.calendar_version`."""
    return law.calendar_version(country)


def _skipped(day: date, country: str) -> tuple[Skipped, ...]:
    skipped: list[Skipped] = []
    while why := why_closed(day, country=country):
        skipped.append(Skipped(day, why))
        day += _DAY
    return tuple(skipped)


# --- Instants -----------------------------------------------------------------------------


def received_on(instant: datetime, zone: str) -> date:
    """Give the controller's local day of an instant. `zone` is an IANA name."""
    return _aware(instant).astimezone(ZoneInfo(zone)).date()


def end_instant(day: date, zone: str) -> datetime:
    """Give the instant in UTC at which a day is over: 24:00 local, the next day's first instant.

    Where the clocks skip midnight, the pre-transition offset of `fold=0` names that same instant.
    """
    return datetime.combine(day + _DAY, time.min, ZoneInfo(zone)).astimezone(UTC)


def check_receipt(received_at: datetime, now: datetime) -> None:
    """Refuse a receipt in the future; the past is fine, for letters entered late (R-002).

    Raises DatesOutOfOrder.
    """
    if _aware(received_at) > _aware(now):
        raise DatesOutOfOrder("receipt", "day of entry")


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        wrong = "an instant needs its time zone"
        raise ValueError(wrong)
    return instant


# --- Extension ----------------------------------------------------------------------------


def extended_due_on(received_on: date, country: str) -> date:
    """Give the last day after an extension: three months from receipt, Article 12(3)."""
    return due_on(received_on, country=country, months=EXTENDED_MONTHS)


def extended_target_on(received_on: date, country: str) -> date:
    """Give the internal target after an extension: two months from the first end, if earlier.

    For a receipt on 31 January that is 28 April, while the law says 30 April (policy).
    """
    chained = raw_end(raw_end(received_on), months=EXTENDED_MONTHS - MONTHS)
    return min(chained, extended_due_on(received_on, country))


def check_can_extend(
    now: datetime, received_on: date, country: str, zone: str, *, already_extended: bool
) -> None:
    """Refuse a second extension, and one after the first month. Article 12(3); R-025.

    Raises ExtendedAlready or TooLate.
    """
    if already_extended:
        raise ExtendedAlready
    last_day = due_on(received_on, country=country)
    if _aware(now) >= end_instant(last_day, zone):
        act = "extend the time limit"
        raise TooLate(act, last_day)


def can_extend(
    now: datetime, received_on: date, country: str, zone: str, *, already_extended: bool
) -> bool:
    """Say whether `check_can_extend` would let it pass."""
    try:
        check_can_extend(now, received_on, country, zone, already_extended=already_extended)
    except LawError:
        return False
    return True


def extension_counts(
    letter_sent_at: datetime | None, received_on: date, country: str, zone: str
) -> bool:
    """Say whether the letter left in time: one that is only queued extends nothing (R-025)."""
    return letter_sent_at is not None and can_extend(
        letter_sent_at, received_on, country, zone, already_extended=False
    )


# --- Suspension ---------------------------------------------------------------------------


def suspension_days(
    received_on: date, asked_on: date, answered_on: date, max_ask_days: int | None = None
) -> int:
    """Count the days to add for clock B: from our question to the person's answer.

    0 if the question went out more than `max_ask_days` after receipt (default 3, never more than
    7), and at most 30. Raises DatesOutOfOrder. Source: Article 12(6), EDPB 01/2022 §159; policy.
    """
    return total_suspension_days(received_on, [(asked_on, answered_on)], max_ask_days)


def total_suspension_days(
    received_on: date, asked: Iterable[tuple[date, date]], max_ask_days: int | None = None
) -> int:
    """Count the days of several questions `(asked_on, answered_on)`; no day counts twice."""
    policy = law.law_policy("suspension-ask")
    latest = min(policy.value if max_ask_days is None else max_ask_days, policy.at_most)
    days: set[date] = set()
    for asked_on, answered_on in asked:
        if asked_on < received_on:
            raise DatesOutOfOrder("receipt", "question")
        if answered_on < asked_on:
            raise DatesOutOfOrder("question", "answer")
        if asked_on - received_on <= latest * _DAY:
            days.update(asked_on + ahead * _DAY for ahead in range((answered_on - asked_on).days))
    return min(len(days), law.law_policy("suspension").at_most)
