"""How each date of a case was computed, step by step, and whether the entries say the same."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpResponse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from subjects import deadlines as tool
from subjects import law
from subjects.audit.standalone.requests import Request
from subjects.deadlines import EXTENDED_MONTHS, MONTHS, DueDate
from subjects.errors import LawError
from subjects.regulator import words
from subjects.regulator.cases import is_late, open_case
from subjects.regulator.entrance import RegulatorRequest, admits
from subjects.regulator.showing import show


@dataclass(frozen=True)
class Computation:
    """One date: by which clock, what the entry says, and how it is found again."""

    name: Promise
    recorded: str
    how: DueDate | None

    @property
    def agrees(self) -> bool:
        """Say whether today's computation gives the day of the entry."""
        return self.how is not None and self.how.due_on.isoformat() == self.recorded


@dataclass(frozen=True)
class Dates:
    """All dates of one request."""

    right: object
    request: Request
    calendar_now: str
    late: bool
    computations: list[Computation]


@admits("deadlines")
@require_GET
def deadlines(request: RegulatorRequest, pseudonym: str) -> HttpResponse:
    """Show the computation of each date of a case."""
    found, today = open_case(request, pseudonym), timezone.localdate()
    context = {"found": found, "dates": [dates_of(one, today) for one in found.requests]}
    return show(request, "deadlines.html", context)


def dates_of(one: Request, today: date) -> Dates:
    """Compute every date of a request again, with the country that its calendar names."""
    made = [_computed(_("Clock A: from receipt, never stopped"), one, one.due)]
    if one.suspended_days or one.due_b != one.due:
        name = _("Clock B: with the days in which information was awaited")
        made.append(_computed(name, one, one.due_b, suspended=one.suspended_days))
    if one.extended_to:
        name = _("Extension: three months from receipt")
        made.append(_computed(name, one, one.extended_to, months=EXTENDED_MONTHS))
    now = _version(one.calendar.partition("/")[2])
    right = words.RIGHT.get(one.right, one.right)
    return Dates(right, one, now, is_late(one, today), made)


def _computed(
    name: Promise, one: Request, recorded: str, *, months: int = MONTHS, suspended: int = 0
) -> Computation:
    try:
        how = tool.explain(
            date.fromisoformat(one.received_on),
            country=one.calendar.partition("/")[2],
            months=months,
            suspended_days=suspended,
        )
    except LawError:
        return Computation(name, recorded, None)
    return Computation(name, recorded, how)


def _version(country: str) -> str:
    try:
        return law.calendar_version(country)
    except LawError:
        return law.NO_CALENDAR
