"""Each last day computed again from the day of receipt: Regulation 1182/71, Article 3."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from subjects.audit.standalone.days import later_by_months
from subjects.audit.standalone.problems import Problem, place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from subjects.audit.standalone.reading import Book
    from subjects.audit.standalone.requests import Request

NOT_COMPUTED: Final = "not computed"
_ONE_MONTH: Final = 1
_EXTENDED_MONTHS: Final = 3
_WEEKEND_NAMES: Final = {5: "Saturday", 6: "Sunday"}
_ONE_DAY: Final = timedelta(days=1)


class Holidays:
    """The public holidays of each country by their day, and of which years they are known."""

    def __init__(self, calendar: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.days = calendar or {}
        """As in {"FR": {"2026-12-25": "Christmas Day"}}."""
        self.years = {country: {day[:4] for day in days} for country, days in self.days.items()}

    def skipped(self, day: date, country: str) -> Iterator[tuple[str, str]]:
        """Give the days from `day` on that are no working days there, with the reason for each."""
        holidays = self.days.get(country, {})
        while why := holidays.get(day.isoformat()) or _WEEKEND_NAMES.get(day.weekday()):
            yield day.isoformat(), why
            day += _ONE_DAY

    def know(self, country: str, day: str) -> bool:
        """Say whether the holidays of that year are known there."""
        return day[:4] in self.years.get(country, ())


@dataclass(frozen=True)
class DueDay:
    """One last day: how it is found from the receipt, and what the log says."""

    clock: str
    """A: from receipt; B: with the days of a suspension; extended: three months."""
    index: int
    """The entry that names it."""
    months: int
    suspended_days: int
    raw_end: str
    skipped: tuple[tuple[str, str], ...]
    """Each day on which it cannot end, and why."""
    computed: str
    """The last day, or `not computed` where the calendar does not reach."""
    recorded: str

    @property
    def agrees(self) -> str:
        """Say whether the log names the day that the law gives."""
        if self.computed == NOT_COMPUTED:
            return NOT_COMPUTED
        return "yes" if self.computed == self.recorded else "no"


def due_days(request: Request, holidays: Holidays) -> list[DueDay]:
    """Compute every last day of a request, one for each of its clocks."""
    found = [_due_day(request, holidays, "A", _ONE_MONTH, request.due)]
    if request.suspended_days or request.due_b != request.due:
        found.append(_due_day(request, holidays, "B", _ONE_MONTH, request.due_b))
    if request.extended_to:
        extended = _due_day(request, holidays, "extended", _EXTENDED_MONTHS, request.extended_to)
        found.append(replace(extended, index=request.extended_index or request.index))
    return found


def check_deadlines(book: Book, holidays: Holidays) -> list[Problem]:
    """Name every last day in the log that the law and the calendar do not give."""
    problems: list[Problem] = []
    for request in book.requests:
        for day in due_days(request, holidays):
            if day.agrees == "no":
                words = (
                    f"it names {day.recorded} as the last day (clock {day.clock}), and a receipt on"
                    f" {request.received_on} gives {day.computed}"
                )
                where = place(day.index, book.day_of(day.index))
                problems.append(Problem(day.index, where, words))
    return problems


def _due_day(
    request: Request,
    holidays: Holidays,
    clock: str,
    months: int,
    recorded: str,
) -> DueDay:
    suspended = request.suspended_days if clock == "B" else 0
    country = request.calendar.partition("/")[2]
    try:
        raw = date.fromisoformat(later_by_months(request.received_on, months))
        raw += suspended * _ONE_DAY
    except ValueError:
        return DueDay(clock, request.index, months, suspended, "", (), NOT_COMPUTED, recorded)
    skipped = tuple(holidays.skipped(raw, country)) if country else ()
    end = (raw + len(skipped) * _ONE_DAY).isoformat()
    if country and not holidays.know(country, end):
        end = NOT_COMPUTED
    return DueDay(clock, request.index, months, suspended, raw.isoformat(), skipped, end, recorded)
