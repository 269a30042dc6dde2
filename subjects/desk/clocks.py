"""Both clocks of a request, each with how its day was found (R-022)."""

from datetime import date
from typing import NamedTuple

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subjects import deadlines
from subjects.deadlines import EXTENDED_MONTHS, MONTHS, DueDate
from subjects.models import RightsRequest


class Clock(NamedTuple):
    """One clock: its day as it stands in the case, and the steps by which it was found."""

    name: Promise
    on: date
    how: DueDate
    calendar: str
    follows_a: bool = False

    @property
    def recomputed(self) -> bool:
        """Say whether the calendar of today would give another day than the case keeps (R-021)."""
        return self.how.due_on != self.on


def clocks_of(rights_request: RightsRequest) -> list[Clock]:
    """Return clock A, clock B, and the extension where there is one."""
    suspended = (rights_request.paused_due_on - rights_request.due_on).days
    clocks = [
        _clock(rights_request, _("Clock A: from receipt, never stopped"), rights_request.due_on),
        _clock(
            rights_request,
            _("Clock B: with the days allowed for identity"),
            rights_request.paused_due_on,
            suspended=suspended,
        )._replace(follows_a=not suspended),
    ]
    if rights_request.extended_to:
        name = _("Extended: three months from receipt")
        clocks.append(
            _clock(rights_request, name, rights_request.extended_to, months=EXTENDED_MONTHS)
        )
    return clocks


def _clock(
    rights_request: RightsRequest,
    name: Promise,
    on: date,
    *,
    months: int = MONTHS,
    suspended: int = 0,
) -> Clock:
    how = deadlines.explain(
        rights_request.case.received_on,
        country=settings.CONTROLLER_COUNTRY,
        months=months,
        suspended_days=suspended,
    )
    return Clock(name, on, how, rights_request.calendar_version)
