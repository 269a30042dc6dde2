"""The figures of a period, counted from the entries alone: whole numbers, nothing rounded.

A request counts on the controller's own days: of its receipt, its answer, its closing, its last
day. Everything else counts on the day (UTC) of its entry. What happened after the period is unknown
to it. Source: what authorities ask for, in the order of the reports of the EDPB of 2024 and 2025.
"""

from __future__ import annotations

import json
from calendar import monthrange
from collections import Counter
from typing import TYPE_CHECKING, Any, Callable, Final

from subjects.audit.standalone.days import days_between, later_by_months, months, nearest_rank
from subjects.audit.standalone.period import Period

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from subjects.audit.standalone.reading import Book
    from subjects.audit.standalone.requests import Request

Figures = dict[str, Any]
_THREE_MONTHS: Final = 3
_PERCENTILES: Final = (75, 90, 95, 99)


def figures(
    book: Book,
    start: str,
    end: str,
    *,
    rights: Collection[str] = (),
    countries: Collection[str] = (),
) -> Figures:
    """Count all figures from the day `start` up to the day `end`, both with them.

    `rights` (as `art15`) and `countries` (as `FR`) narrow them; empty means all.
    """
    period = Period(book, start, end, rights, countries)
    return {
        "v": 1,
        "from": start,
        "to": end,
        "entries": book.size,
        "root": book.root.hex(),
        **_flow(period),
        **_answers(period),
        **_work(period),
    }


def figures_bytes(counted: Figures) -> bytes:
    """Write figures as the file `figures.json`."""
    return (json.dumps(counted, indent=2, sort_keys=True) + "\n").encode()


def balance(counted: Figures) -> str:
    """Say what is wrong with the balance of open requests; "" when it holds."""
    at_end = counted["open_at_start"] + counted["received"] - counted["closed"]
    if at_end == counted["open_at_end"]:
        return ""
    return (
        f"{counted['open_at_start']} open at the start, {counted['received']} received and"
        f" {counted['closed']} closed do not leave {counted['open_at_end']} open at the end"
    )


# --- Parts --------------------------------------------------------------------------------


def _flow(period: Period) -> Figures:
    return {
        "received": len(period.received),
        "open_at_start": period.open_before(period.start),
        "closed": len(period.closed),
        "open_at_end": period.open_after(period.end),
        "by_month": [_month(period, month) for month in months(period.start, period.end)],
        "by_right": _by(period, lambda one: one.right),
        "by_country": _by(period, lambda one: one.country or "unknown"),
        "by_channel": _by(period, lambda one: one.channel),
        "outcomes": _counts(one.outcome for one in period.closed),
        "refusals": _counts(one.ground for one in period.answered if is_refused(one)),
        "numbers": _numbers(period),
    }


def _month(period: Period, month: str) -> Figures:
    last = min(f"{month}-{monthrange(int(month[:4]), int(month[5:]))[1]:02d}", period.end)

    def within(day: str) -> bool:
        return day[:7] == month

    return {
        "month": month,
        "received": sum(within(one.received_on) for one in period.received),
        "answered": sum(within(one.answered_on) for one in period.answered),
        "closed": sum(within(one.closed_on) for one in period.closed),
        "open_at_end": period.open_after(last),
        "extended": sum(within(one.extended_on) for one in period.extended),
        "overdue": sum(within(one.last_day) for one in period.overdue),
    }


def _by(period: Period, part: Callable[[Request], str]) -> Figures:
    groups = {
        "received": period.received,
        "answered": period.answered,
        "within_one_month": [one for one in period.answered if one.answered_on <= one.due],
        "within_three_months": [
            one for one in period.answered if one.answered_on <= third_month(one)
        ],
        "extended": period.extended,
        "overdue": period.overdue,
    }
    counted = {group: Counter(map(part, requests)) for group, requests in groups.items()}
    parts = sorted({name for counts in counted.values() for name in counts})
    return {name: {group: counts[name] for group, counts in counted.items()} for name in parts}


def _answers(period: Period) -> Figures:
    answered, late = period.answered, [period.days_late(one) for one in period.overdue]
    suspended = [one for one in period.requests if period.holds(one.suspended_on)]
    waited = [one.suspended_days for one in suspended]
    return {
        "days_to_answer": _days_to_answer(answered),
        "within": {
            "one_month": _share(one.answered_on <= one.due for one in answered),
            "three_months": _share(one.answered_on <= third_month(one) for one in answered),
        },
        "overdue": {
            "count": len(late),
            "median_days": nearest_rank(late, 50),
            "max_days": max(late, default=0),
        },
        "extended": {
            "count": len(period.extended),
            "of": period.open_before(period.start) + len(period.received),
            "reasons": _counts(reason for one in period.extended for reason in one.reasons),
            "letters_in_time": sum(one.extension_counts for one in period.extended),
        },
        "suspended": {
            "count": len(waited),
            "median_days": nearest_rank(waited, 50),
            "max_days": max(waited, default=0),
        },
    }


def _days_to_answer(answered: Sequence[Request]) -> Figures:
    days = [days_between(one.received_on, one.answered_on) for one in answered]
    in_time = Counter(d for d, one in zip(days, answered) if one.answered_on <= one.last_day)
    late = Counter(d for d, one in zip(days, answered) if one.answered_on > one.last_day)
    return {
        "count": len(days),
        "median": nearest_rank(days, 50),
        **{f"p{percent}": nearest_rank(days, percent) for percent in _PERCENTILES},
        "max": max(days, default=0),
        "days": [[day, in_time[day], late[day]] for day in sorted(set(days))],
    }


def _work(period: Period) -> Figures:
    search, erasure = period.tally("search"), period.tally("erasure")
    stores = {
        what: period.tally(f"store:{what}")
        for what in ("searched", "failed", "skipped", "compared")
    }
    aliases = sorted({alias for counted in stores.values() for alias in counted})
    return {
        "identity": {
            "tiers": _plain(period.tally("tier")),
            "methods": _plain(period.tally("method")),
            "requested": period.tally("identity")["requested"],
        },
        "search": {
            "completed": search["completed"],
            "failed": search["failed"],
            "stores": {
                alias: {what: counted[alias] for what, counted in stores.items()}
                for alias in aliases
            },
            "bands": _plain(period.tally("band")),
        },
        "erasure": {
            "stores": _plain(period.tally("erased")),
            "verified": erasure["verified"],
            "rechecks_failed": erasure["recheck_failed"],
            "backups_outstanding": sum(_in_backups(period, one) for one in period.requests),
        },
        "recipients": {"told": period.tally("recipients")["told"]},
        "letters": _plain(period.tally("letter")),
        "access": _plain(period.tally("access")),
        "cases_opened_by_staff": _opened(period),
    }


def _in_backups(period: Period, one: Request) -> bool:
    ended = one.backup_ended_on and one.backup_ended_on <= period.end
    return bool(one.backups_from and one.backups_from <= period.end and not ended)


def _opened(period: Period) -> int:
    scope = {one.chain for one in period.requests}
    chains = enumerate(period.book.chains)
    return sum(
        number in scope and any(map(period.holds, chain.seen_by_staff)) for number, chain in chains
    )


def _numbers(period: Period) -> Figures:
    """Give the first and last number of each year that the cases of the period bear."""
    given: dict[int, set[int]] = {}
    for one in period.received:
        chain = period.book.chains[one.chain]
        if chain.year is not None and chain.number is not None:
            given.setdefault(chain.year, set()).add(chain.number)
    return {
        str(year): {"first": min(numbers), "last": max(numbers), "count": len(numbers)}
        for year, numbers in sorted(given.items())
    }


def is_refused(request: Request) -> bool:
    """Say whether the person was told that nothing is done, and on which ground (Art. 12(4))."""
    return request.outcome in {"refused", "not_identified"}


def third_month(request: Request) -> str:
    """Give the end of three months: as recorded with an extension, else before any holiday."""
    return request.extended_to or later_by_months(request.received_on, _THREE_MONTHS)


def _share(hits: Iterable[bool]) -> Figures:
    listed = list(hits)
    return {"count": sum(listed), "of": len(listed)}


def _counts(words: Iterable[str]) -> Figures:
    return _plain(Counter(word for word in words if word))


def _plain(counted: Counter[str]) -> Figures:
    return {word: counted[word] for word in sorted(counted)}
