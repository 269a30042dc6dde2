"""The page of whoever looks after the log: is it alive, who holds it, and what is to be done."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Final, NamedTuple

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET

from subjects.audit import anchors, guards, keys, sequencer, witnesses
from subjects.audit.anchors import Condition, Standing
from subjects.audit.checks import Checked, last_check
from subjects.audit.events import EventType
from subjects.audit.house import Said, newest, said
from subjects.desk.entrance import lets_in
from subjects.desk.words import Badge
from subjects.errors import PortalError
from subjects.models import Case
from subjects.policies import check_can_see_log

STRIP_DAYS: Final = 30
LONGEST_SILENCE: Final = timedelta(hours=48)
LONGEST_WAIT: Final = timedelta(minutes=5)
CHECK_EVERY: Final = timedelta(days=31)
SHOWN_PACKAGES: Final = 5
KINDS: Final[dict[str, Promise]] = {
    "rfc3161": gettext_lazy("Time stamps"),
    "cosignature": gettext_lazy("Witness"),
}
ADVICE: Final[dict[str, Promise]] = {
    "stamp-unavailable": gettext_lazy(
        "It is asked again, at the latest within the hour. If it stays so for a day, ask the"
        " authority, or set another one."
    ),
    "stamp-refused": gettext_lazy(
        "Compare PORTAL_TIMESTAMP_CA_FILE with the certificates that the authority publishes."
        " Nothing of this answer was kept."
    ),
    "witness-unavailable": gettext_lazy(
        "It is asked again, at the latest within the hour. If it stays so for a day, ask whoever"
        " runs it."
    ),
    "witness-refused": gettext_lazy(
        "Speak with whoever runs it today, and change nothing before: if this log really differs"
        " from what it signed, both checkpoints are evidence."
    ),
    "witness-ahead": gettext_lazy(
        "Nothing is signed meanwhile. Filings are taken all the same, and get their numbers later."
    ),
}


class Row(NamedTuple):
    """One authority or witness in words."""

    standing: Standing
    kind: Promise | str
    badge: Badge
    words: str
    advice: Promise | str


class Key(NamedTuple):
    """A key in force, and since when."""

    record: keys.KeyRecord
    since: datetime


class Day(NamedTuple):
    """One day of the strip: whether the log said that it lives; None before its first day."""

    day: date
    beat: bool | None


class Strip(NamedTuple):
    """The last days, and the missing ones in words."""

    days: list[Day]
    missing: str


class Counted(NamedTuple):
    """The newest census, and the rows of cases that there are now."""

    at: datetime
    chains: int
    rows: int
    entries: int
    open: int
    rows_now: int

    @property
    def agrees(self) -> bool:
        """Whether the log and the rows knew the same number of cases at that moment."""
        return self.chains == self.rows


@lets_in(check_can_see_log)
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Show how the log stands, each fault with what to do about it."""
    now = timezone.now()
    rows, trouble = _anchors(now)
    waiting, since = sequencer.waiting()
    counted, strip, check = _counted(), _strip(now), last_check(whole=True)
    in_force, unreadable = _keys()
    context = {
        "checkpoint": _checkpoint(),
        "waiting": waiting,
        "since": since,
        "keys": in_force,
        "rotating": sum(key.record.purpose == keys.LOG for key in in_force) > 1,
        "rows": rows,
        "strip": strip,
        "counted": counted,
        "check": check,
        "check_since": last_check(whole=False),
        "packages": list(islice(said(EventType.PACKAGE_MADE), SHOWN_PACKAGES)),
        "faults": dict.fromkeys(
            map(
                _quoted,
                [
                    *_broken(),
                    *unreadable,
                    *trouble,
                    *_silent(now, since),
                    *_counted_wrongly(counted),
                    *_unchecked(check, now),
                ],
            )
        ),
    }
    return render(request, "desk/log.html", context)


def _checkpoint() -> object:
    try:
        return anchors.newest_checkpoint()
    except PortalError:
        return None  # `_broken` says why


def _anchors(now: datetime) -> tuple[list[Row], list[str]]:
    """Put everybody outside into words; or say why that cannot be known."""
    try:
        found = anchors.standings(now)
    except PortalError as error:
        return [], [str(error)]
    size = witnesses.is_ahead()
    ahead = [one.words for one in found if one.condition is Condition.AHEAD] if size else []
    return [_row(one, now) for one in found], ahead


def _row(standing: Standing, now: datetime) -> Row:
    badge = {
        Condition.CURRENT: Badge(_("Up to date"), "green"),
        Condition.MISSING: Badge(_("Missing"), "red"),
        Condition.AHEAD: Badge(_("Ahead of us"), "red"),
    }.get(standing.condition)
    if badge is None:
        age = timesince(standing.at, now, depth=1) if standing.at else ""
        badge = Badge(_("Stale (%(age)s)") % {"age": age}, "orange")
    advice: Promise | str = ADVICE.get(standing.code, "")
    if not standing.code and standing.condition is Condition.MISSING:
        advice = _("It is asked within a minute of the next checkpoint.")
    ahead = standing.condition is Condition.AHEAD  # said at the top of the page
    words = "" if ahead else _quoted(standing.words.removeprefix(f"{standing.name}: "))
    return Row(standing, KINDS.get(standing.kind, standing.kind), badge, words, advice)


def _quoted(text: str) -> str:
    """Put what a terminal shows between backticks between quotation marks."""
    return re.sub(r"`([^`]*)`", r"“\1”", text)


def _keys() -> tuple[list[Key], list[str]]:
    try:
        records = [record for record in keys.history() if record.until is None]
    except (OSError, ValueError, TypeError):
        return [], [
            _(
                "The history of the keys (history.jsonl in PORTAL_LOG_KEYS_DIR) cannot be read."
                " Put back the copy that lies in the folder “keys” of PORTAL_LOG_DIR."
            )
        ]
    return [Key(record, datetime.fromisoformat(record.since)) for record in records], []


def _broken() -> Iterator[str]:
    """Say what is wrong with the log itself."""
    try:
        sequencer.compare()
    except PortalError as error:
        yield str(error)
    for trigger in guards.missing(connection):
        yield (
            _("The trigger %(name)s is not on, so entries can be changed: find out who took it")
            % {"name": trigger}
            + " "
            + _("off, run `manage.py audit_verify`, then `manage.py migrate`.")
        )


def _silent(now: datetime, since: datetime | None) -> Iterator[str]:
    """Say whether entries get their numbers, and whether anybody sees that the log lives."""
    if since and now - since > LONGEST_WAIT:
        yield _(
            "Entries have waited for their number for %(age)s. Start the sequencer"
            " (`manage.py sequence --forever`), or read what it says."
        ) % {"age": timesince(since, now)}
    beat = newest(EventType.HEARTBEAT)
    if beat is None:
        yield _("There is no heartbeat yet. It comes with the first minute of the sequencer.")
    elif now - beat.at > LONGEST_SILENCE:
        yield _(
            "The last heartbeat is %(age)s old: to a verifier this is a silence. Start the"
            " sequencer, and note why it stood still."
        ) % {"age": timesince(beat.at, now)}


def _strip(now: datetime) -> Strip:
    """Look back over the last days, in UTC, as the log counts them."""
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=STRIP_DAYS - 1)
    beats = {_day(one) for one in islice(said(EventType.HEARTBEAT), 2 * STRIP_DAYS)}
    begun = min(beats, default=today)
    days = [first + timedelta(days=number) for number in range(STRIP_DAYS)]
    strip = [Day(day, day in beats if day >= begun else None) for day in days]
    missing = [date_format(one.day, "j F") for one in strip if one.beat is False]
    return Strip(strip, ", ".join(missing))


def _day(one: Said) -> date:
    return one.at.astimezone(UTC).date()


def _counted() -> Counted | None:
    census = newest(EventType.CENSUS)
    if census is None or not census.fields:
        return None
    told = census.fields
    return Counted(
        at=census.at,
        chains=told["count"],
        rows=told.get("cases", 0),
        entries=told["entries"],
        open=told.get("open", 0),
        rows_now=Case.objects.count(),
    )


def _counted_wrongly(counted: Counted | None) -> Iterator[str]:
    if counted and counted.chains > counted.rows:
        gone = counted.chains - counted.rows
        yield ngettext(
            "%(gone)d case of the log has no row any more. Cases are never deleted: find out"
            " whether a backup was put back, and see `manage.py audit_recover`.",
            "%(gone)d cases of the log have no row any more. Cases are never deleted: find out"
            " whether a backup was put back, and see `manage.py audit_recover`.",
            gone,
        ) % {"gone": gone}


def _unchecked(check: Checked | None, now: datetime) -> Iterator[str]:
    if check is None:
        yield _("The whole log has never been verified here: run `manage.py audit_verify`.")
    elif not check.holds:
        yield _(
            "The last check found something wrong. Run `manage.py audit_verify`: it names the"
            " first bad entry. Change nothing before."
        )
    elif now - check.at > CHECK_EVERY:
        yield _(
            "The whole log was last verified %(age)s ago. Run `manage.py audit_verify` every month."
        ) % {"age": timesince(check.at, now)}
