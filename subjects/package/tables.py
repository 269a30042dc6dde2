"""The figures as tables, in the order in which an authority asks for them (law.md 5.2)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from subjects import law

RIGHTS: Final = {
    "art15": "Copy (Article 15)",
    "art16": "Correction (Article 16)",
    "art17": "Erasure (Article 17)",
    "art18": "Restriction (Article 18)",
    "art20": "Portability (Article 20)",
    "art21": "Objection (Article 21)",
}
GROUPED: Final = (
    ("received", "Received"),
    ("answered", "Answered"),
    ("within_one_month", "Within one month"),
    ("within_three_months", "Within three months"),
    ("extended", "Extended"),
    ("overdue", "Overdue"),
)
NONE: Final = "none"
Cell = str | int


class Table(NamedTuple):
    """One table; the first cell of a row names it."""

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def tables(figures: Mapping[str, Any]) -> list[Table]:
    """Put every figure that no plot shows into a table; one without rows is left out."""
    groups = [
        _grouped("By right", "Right", figures["by_right"], RIGHTS),
        _grouped("By country of residence", "Country", figures["by_country"], {}),
        _grouped("By channel of receipt", "Channel", figures["by_channel"], {}),
    ]
    counts = [
        _counted("Closed, by outcome", "Outcome", figures["outcomes"]),
        _counted("Identity settled, by tier", "Tier", figures["identity"]["tiers"]),
        _counted("Identity settled, by method", "Method", figures["identity"]["methods"]),
        _counted("Candidates found, by band", "Band", figures["search"]["bands"]),
        _counted("Letters sent, by kind", "Letter", figures["letters"]),
        _counted("Cases opened by staff, by role", "Role", figures["access"]),
    ]
    every = [*groups, _stores(figures), *counts, _numbers(figures)]
    return [table for table in every if table.rows]


def summary(figures: Mapping[str, Any]) -> Table:
    """Give the figures that are read first."""
    days, late, extended = (figures[key] for key in ("days_to_answer", "overdue", "extended"))
    suspended, erasure = figures["suspended"], figures["erasure"]
    rows: list[tuple[str, Cell]] = [
        ("Open at the start", figures["open_at_start"]),
        ("Received", figures["received"]),
        ("Closed", figures["closed"]),
        ("Open at the end (open at the start + received - closed)", figures["open_at_end"]),
        ("Answered or refused", days["count"]),
        ("Days to the answer: median", days["median"] if days["count"] else NONE),
        ("Days to the answer: 90 in 100 within", days["p90"] if days["count"] else NONE),
        ("Days to the answer: longest", days["max"] if days["count"] else NONE),
        ("Answered within one month", _share(figures["within"]["one_month"])),
        ("Answered within three months", _share(figures["within"]["three_months"])),
        ("Overdue", late["count"]),
        ("Overdue by, days: median, longest", _pair(late)),
        ("Extended", _share(extended)),
        ("Told of the extension within the first month", extended["letters_in_time"]),
        ("Suspended", suspended["count"]),
        ("Suspended for, days: median, longest", _pair(suspended)),
        ("More asked about who is asking", figures["identity"]["requested"]),
        ("Searches of all stores completed", figures["search"]["completed"]),
        ("Searches failed", figures["search"]["failed"]),
        ("Erasures verified by a second search", erasure["verified"]),
        ("Second searches that found something", erasure["rechecks_failed"]),
        ("Erasures whose last backup still stands", erasure["backups_outstanding"]),
        ("Recipients told (Article 19)", figures["recipients"]["told"]),
        ("Cases opened by staff", figures["cases_opened_by_staff"]),
    ]
    return Table("Figures of the period", ("Figure", "Number"), rows)


def _grouped(
    caption: str, name: str, groups: Mapping[str, Mapping[str, int]], words: Mapping[str, str]
) -> Table:
    head = (name, *(text for _, text in GROUPED))
    rows: list[tuple[Cell, ...]] = [
        (words.get(group, group), *(numbers[key] for key, _ in GROUPED))
        for group, numbers in sorted(groups.items())
    ]
    return Table(caption, head, rows)


def _counted(caption: str, name: str, counts: Mapping[str, int]) -> Table:
    rows = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return Table(caption, (name, "Number"), [(code, number) for code, number in rows])


def _stores(figures: Mapping[str, Any]) -> Table:
    head = ("Store", "Searched", "Failed", "Skipped", "Face codes compared")
    rows: list[tuple[Cell, ...]] = [
        (alias, *(store[key] for key in ("searched", "failed", "skipped", "compared")))
        for alias, store in sorted(figures["search"]["stores"].items())
    ]
    return Table("Searches, by store", head, rows)


def _numbers(figures: Mapping[str, Any]) -> Table:
    rows = [
        (year, *(held[key] for key in ("first", "last", "count")))
        for year, held in sorted(figures["numbers"].items())
    ]
    return Table("Numbers of cases, without a gap", ("Year", "First", "Last", "How many"), rows)


def grounds() -> Iterable[tuple[str, str, str]]:
    """Give the closed list of grounds of refusal: code, article, text."""
    return [(entry.code, entry.article, entry.text) for entry in law.refusals()]


def _share(share: Mapping[str, int]) -> str:
    """Write a share as both its numbers, and in hundredths where there are any to speak of."""
    count, of = share["count"], share["of"]
    return f"{count} of {of} ({count * 100 / of:.1f} %)" if of else f"{count} of {of}"


def _pair(days: Mapping[str, Any]) -> str:
    if not days["count"]:
        return NONE
    return f"{days['median_days']}, {days['max_days']}"
