"""What each type of entry adds to what is known of its request, its case and the house."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timezone
from sys import intern
from typing import TYPE_CHECKING, Any, Callable, Final

from subjects.audit.standalone.problems import Problem, place
from subjects.audit.standalone.requests import Request

if TYPE_CHECKING:
    from subjects.audit.standalone.chains import Chain

Fields = dict[str, Any]
_ERASING: Final = frozenset({"art17", "art21"})
_LATE_SECONDS: Final = 30
"""An act may begin so many seconds before its entry is written, and midnight lie between."""


Tally = tuple[str, str, str, str]
"""What is counted: a day (UTC), the word for what happened, for which rights, which country."""


@dataclass(frozen=True)
class Happening:
    """One entry that later checks need as a whole."""

    index: int
    at: str
    fields: Fields


class Facts:
    """What the entries say, gathered in one pass; `chain`, `request` … are those of the moment."""

    chain: Chain
    request: Request | None
    fields: Fields
    index: int

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.tallies: defaultdict[str, dict[Tally, int]] = defaultdict(dict)
        """How often things happened, by what it was."""
        self.kept: dict[str, list[Happening]] = {}
        """The entries of rare types, by their type."""
        self.problems: list[Problem] = []
        self.zones_missing = False
        """Whether a day had to be taken in UTC because this machine knows no time zones."""

    def count(self, what: str, word: str, by: int = 1) -> None:
        """Count something that happened, under the right of the entry or else those of its case."""
        fields, chain = self.fields, self.chain
        rights = fields.get("right") or chain.rights
        key = (intern(fields["t"][:10]), word, rights, chain.country)
        counted = self.tallies[what]
        counted[key] = counted.get(key, 0) + by

    def blame(self, words: str) -> None:
        """Note what is wrong with the entry of the moment."""
        where = place(self.index, self.fields["t"], self.fields["step"])
        self.problems.append(Problem(self.index, where, words))

    def day(self) -> str:
        """Give the controller's day of the entry: as recorded, else by the zone of its request."""
        recorded = self.fields.get("local_date")
        return intern(str(recorded) if recorded else self.day_by_zone())

    def day_by_zone(self) -> str:
        """Give the day of the entry's instant in the zone of its request."""
        at, zone = str(self.fields["t"]), self.request.zone if self.request else "UTC"
        if zone == "UTC":
            return at[:10]
        try:
            from zoneinfo import ZoneInfo  # noqa: PLC0415 - a machine may have no time zones

            there = datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
            return there.astimezone(ZoneInfo(zone)).date().isoformat()
        except (ImportError, LookupError, ValueError):
            self.zones_missing = True
            return at[:10]


def take_receipt(now: Facts, number: int) -> None:
    """Begin a request with its first entry; a second receipt of one right is a contradiction."""
    fields, chain, right = now.fields, now.chain, intern(str(now.fields["right"]))
    if right in chain.requests:
        now.blame(f"the right {right} is received a second time in its case")
        return
    request = Request(number, right, now.index)
    # The same few days and words in hundreds of thousands of requests are kept once.
    request.received, request.received_on = str(fields["received"]), intern(fields["local_date"])
    request.zone, request.channel = intern(fields["tz"]), intern(fields["channel"])
    request.country = intern(str(fields.get("country", "")))
    request.language = intern(str(fields.get("language", "")))
    request.due = intern(fields["due"])
    request.due_b = intern(str(fields.get("due_b", fields["due"])))
    request.calendar = intern(str(fields.get("calendar", "")))
    chain.country = chain.country or request.country
    chain.requests[right] = request
    chain.rights = intern("+".join(sorted(chain.requests)))
    now.request = request
    now.requests.append(request)


def _extended(now: Facts) -> None:
    request = now.request
    if request is None:
        return
    if request.extended_to:
        now.blame("the time limit is extended a second time")
    request.extended_to, request.extended_index = str(now.fields["extended_to"]), now.index
    request.extended_on = now.day()
    request.reasons = tuple(map(str, now.fields["reasons"]))
    if request.extended_on > request.due:
        now.blame(f"the time limit is extended after its last day, {request.due}")


def _suspended(now: Facts) -> None:
    if now.request is not None:
        now.request.suspended_on = now.day()
        now.request.suspended_days = int(now.fields["suspended_days"])
        now.request.due_b = str(now.fields["due_b"])


def _answered(now: Facts) -> None:
    request, fields = now.request, now.fields
    if request is None:
        return
    if not request.answered:
        request.answered, request.answered_index = str(fields["t"]), now.index
        request.answered_on = now.day()
        _check_day(now, request.answered_on)
    request.outcome = str(fields.get("outcome") or request.outcome)
    request.ground = str(fields.get("ground") or request.ground)


def _check_day(now: Facts, recorded: str) -> None:
    """Compare the recorded day with the instant beside it, in the zone of the request."""
    at, day = str(now.fields["t"]), now.day_by_zone()
    just_after_midnight = at[14:16] == "00" and int(at[17:19]) <= _LATE_SECONDS
    if recorded != day and not now.zones_missing and not just_after_midnight:
        now.blame(f"it gives {recorded} as its day, and an instant that is on {day}")


def _closed(now: Facts) -> None:
    request = now.request
    if request is None:
        return
    if request.closed:
        now.blame("the request is closed a second time")
        return
    request.closed = str(now.fields["t"])
    request.closed_on = max(now.day(), request.received_on)
    request.outcome = str(now.fields["outcome"])


def _proposed(now: Facts) -> None:
    if now.request is not None:
        now.request.proposed_by = str(now.fields["actor"])


def _approved(now: Facts) -> None:
    if now.request is None:
        return
    now.request.approved_by = str(now.fields["actor"])
    code = now.request.approved_by.partition("/")[2]
    if code and code == now.request.proposed_by.partition("/")[2]:
        now.blame("whoever proposed the answer approved it too (four eyes)")


def _overdue(now: Facts) -> None:
    if now.request is not None:
        now.request.overdue_on = now.request.overdue_on or now.day()


def _letter(now: Facts) -> None:
    kind, requests = str(now.fields["letter"]), now.chain.requests.values()
    now.count("letter", kind)
    if kind != "extension":
        return
    waiting = [one for one in requests if one.extended_to and not one.letter_on]
    request = now.request if now.request in waiting else next(iter(waiting), None)
    if request is not None:
        now.request = request
        request.letter_on = now.day()


def _identity(now: Facts) -> None:
    now.count("tier", str(now.fields["tier"]))
    now.count("method", str(now.fields["method"]))


def _searched(now: Facts) -> None:
    now.count("search", str(now.fields["type"])[7:])
    for store in now.fields["stores"]:
        alias = str(store["alias"])
        now.count("store:" + str(store["result"]), alias)
        now.count("store:compared", alias, int(store.get("compared", 0)))
    for band, number in now.fields.get("bands", {}).items():
        now.count("band", str(band), int(number))


def _erased(now: Facts) -> None:
    now.count("erased", str(now.fields["sys"]), int(now.fields["count"]))


def _attempt_failed(now: Facts) -> None:
    if now.fields.get("state") == "verifying":
        now.count("erasure", "recheck_failed")


def _backup_scheduled(now: Facts) -> None:
    for one in _meant(now):
        one.backups_from, one.backup_until = str(now.fields["t"])[:10], str(now.fields["until"])
        one.backup_ended_on = ""


def _backup_expired(now: Facts) -> None:
    for one in _meant(now):
        one.backup_ended_on = str(now.fields["t"])[:10]


def _meant(now: Facts) -> list[Request]:
    """Give the request of an entry, or all that erase in its case when it names none."""
    erasing = [one for one in now.chain.requests.values() if one.right in _ERASING]
    return [now.request] if now.request else erasing


def _viewed(now: Facts) -> None:
    actor, day = str(now.fields["actor"]), str(now.fields["t"])[:10]
    if not actor.startswith("role:"):
        return
    now.count("access", actor[5:].partition("/")[0])
    if not now.chain.house and day not in now.chain.seen_by_staff[-1:]:
        now.chain.seen_by_staff.append(day)


def _keep(now: Facts) -> None:
    happening = Happening(now.index, str(now.fields["t"]), now.fields)
    now.kept.setdefault(str(now.fields["type"]), []).append(happening)


HANDLERS: Final[dict[str, Callable[[Facts], None]]] = {
    "deadline.extended": _extended,
    "suspension.ended": _suspended,
    "answered": _answered,
    "refused": _answered,
    "closed": _closed,
    "request.proposed": _proposed,
    "request.approved": _approved,
    "overdue": _overdue,
    "letter.sent": _letter,
    "identity.confirmed": _identity,
    "identity.requested": lambda now: now.count("identity", "requested"),
    "search.completed": _searched,
    "search.failed": _searched,
    "template.erased": _erased,
    "erasure.verified": lambda now: now.count("erasure", "verified"),
    "attempt.failed": _attempt_failed,
    "backup.expiry_scheduled": _backup_scheduled,
    "backup.expired": _backup_expired,
    "recipient.notified": lambda now: now.count("recipients", "told"),
    "access.viewed": _viewed,
    "number.voided": _keep,
    "restored": _keep,
    "redacted": _keep,
    "pruned": _keep,
    "key.rotated": _keep,
    "texts.published": _keep,
    "anchor.stamped": _keep,
    "package.made": _keep,
}
