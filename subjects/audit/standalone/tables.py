"""The tables and texts of a package against the log: made again, byte for byte, or by digest."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from subjects.audit.standalone.bagit import file_sum
from subjects.audit.standalone.deadlines import NOT_COMPUTED, Holidays, check_deadlines, due_days
from subjects.audit.standalone.figures import balance
from subjects.audit.standalone.views import Events, small_views

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path

    from subjects.audit.standalone.chains import Chain
    from subjects.audit.standalone.findings import Report
    from subjects.audit.standalone.package import Package
    from subjects.audit.standalone.problems import Problem
    from subjects.audit.standalone.reading import Book

EVENTS_FILE: Final = "views/events.csv"
_ROWS_AT_ONCE: Final = 256
_MOST_ROW_BYTES: Final = 1 << 20
"""No row is longer: an entry has at most 65,535 bytes."""
_MOST_SHOWN: Final = 90


class EventsCheck:
    """Makes events.csv again while the log is read, and compares it row by row."""

    def __init__(self, package: Package) -> None:
        about = package.about
        self.events = Events(bytes.fromhex(about["salt"]), about["from"], about["to"])
        self.problems: list[str] = []
        self._waiting: list[tuple[int, bytes]] = []
        self._file: BufferedReader | None = None
        if package.path(EVENTS_FILE).is_file():
            self._file = package.path(EVENTS_FILE).open("rb")
            self._compare(self.events.head(), "the head of data/views/events.csv")
        else:
            self.problems.append("data/views/events.csv is missing")

    def watch(self, index: int, fields: dict[str, Any], chain: Chain, leaf_hash: bytes) -> None:
        """Compare the row of one entry; many rows at a time, while they are as they should be."""
        row = self.events.row(index, fields, chain, leaf_hash)
        if row:
            self._waiting.append((index, row))
            if len(self._waiting) == _ROWS_AT_ONCE:
                self._compare_many()

    def close(self) -> list[str]:
        """Give what is wrong, once the log is read."""
        self._compare_many()
        if self._file is not None:
            if not self.problems and self._file.read(1):
                self.problems.append("data/views/events.csv has rows that no entry gives")
            self._file.close()
        return self.problems

    def _compare_many(self) -> None:
        waiting, self._waiting = self._waiting, []
        if self._file is None or self.problems:
            return
        rows = b"".join([row for _, row in waiting])
        start = self._file.tell()
        if self._file.read(len(rows)) != rows:
            self._file.seek(start)
            for index, row in waiting:
                self._compare(row, f"the row of entry {index}")

    def _compare(self, row: bytes, what: str) -> None:
        if self._file is None or self.problems:
            return
        found = self._file.readline(_MOST_ROW_BYTES)
        while found.count(b'"') % 2 and len(found) < _MOST_ROW_BYTES:
            more = self._file.readline(_MOST_ROW_BYTES)
            found += more
            if not more:
                break
        if found != row:
            self.problems.append(f"{what} is not what the entry gives: {_difference(found, row)}")


def check_views(package: Package, book: Book, report: Report) -> None:
    """Make every table but events.csv again, and name what differs: of figures each key."""
    about = package.about
    salt = bytes.fromhex(about["salt"])
    start, end = about["from"], about["to"]
    made = small_views(book, salt=salt, start=start, end=end, calendar=package.calendar())
    problems: list[str] = []
    for name, content in made.items():
        if not package.has(f"views/{name}"):
            problems.append(f"data/views/{name} is missing")
            continue
        found = package.read(f"views/{name}")
        if found == content:
            continue
        if name.endswith(".json"):
            problems += [f"data/views/{name}: {one}" for one in _differing(found, content)]
        else:
            problems.append(f"data/views/{name}: {_first_row(found, content)}")
    wrong = balance(json.loads(made["figures.json"]))
    problems += [f"the balance of open requests does not hold: {wrong}"] if wrong else []
    report.says(
        f"tables and figures for {start} to {end} are those that the entries give",
        "tables or figures are not those that the entries give",
        problems,
    )


def check_last_days(package: Package, book: Book, report: Report) -> None:
    """Compute every last day again with the calendar of the package."""
    holidays = Holidays(package.calendar())
    problems: list[Problem] = check_deadlines(book, holidays)
    unknown = sum(
        day.agrees == NOT_COMPUTED for one in book.requests for day in due_days(one, holidays)
    )
    report.says(
        f"the last days of {len(book.requests)} requests are those that the calendar gives",
        "last days in the log are not those that the calendar gives",
        [str(problem) for problem in problems],
    )
    if unknown:
        report.note(f"{unknown} last days were not computed: the calendar does not reach them")


def check_texts(package: Package, book: Book, report: Report) -> None:
    """Check law, letters and policies against their list, and the list against the log."""
    if not package.has("policies/texts.sha256"):
        report.fails("data/policies/texts.sha256 is missing: no text can be checked")
        return
    raw = package.read("policies/texts.sha256")
    folder = package.path("policies")
    problems: list[str] = []
    listed: dict[str, str] = {}
    for line in raw.decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        listed[name] = digest
    there = {path.relative_to(folder).as_posix() for path in _files(folder)} - {"texts.sha256"}
    problems += [f"data/policies/{name} is missing" for name in sorted(listed.keys() - there)]
    problems += [f"data/policies/{name} is not listed" for name in sorted(there - listed.keys())]
    for name in sorted(there & listed.keys()):
        if file_sum(folder / name)[0] != listed[name]:
            problems.append(f"data/policies/{name} is not the text of the list: it was changed")
    published = book.facts.kept.get("texts.published", [])
    if not published:
        report.note("the log does not say yet which law, policies and letters are in force")
    elif published[-1].fields["digest"] != sha256(raw).hexdigest():
        newest = published[-1]
        problems.append(
            f"entry {newest.index}, {newest.at}, published other texts than those in data/policies:"
            " a law, a policy or a letter was changed since"
        )
    report.says(
        f"{len(listed)} laws, policies and letters are those of their list"
        + (", which the log published" if published else ""),
        "laws, policies or letters are not those that were published",
        problems,
    )


def check_about(package: Package, report: Report) -> None:
    """Check that the package speaks of the same log as its checkpoint."""
    newest, about = package.newest.checkpoint, package.about
    problems = [
        f"data/export.json gives {name} as {about.get(name)}, and the checkpoint {value}"
        for name, value in (
            ("size", newest.size),
            ("root", newest.root.hex()),
            ("origin", newest.origin),
        )
        if about.get(name) != value
    ]
    report.says(
        "data/export.json names the checkpoint of the log",
        "the checkpoint is not the one that the package was made for: another was put there",
        problems,
    )


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _differing(found: bytes, made: bytes) -> list[str]:
    """Name every figure that differs, by its key."""
    try:
        shown = json.loads(found)
    except (ValueError, RecursionError):
        return ["it is not JSON"]
    pairs = list(_pairs(shown, json.loads(made), ""))
    return pairs or ["the same figures are written in another form"]


def _pairs(shown: Any, counted: Any, key: str) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(shown, dict) and isinstance(counted, dict):
        for name in sorted(shown.keys() | counted.keys()):
            inner = f"{key}.{name}" if key else str(name)
            yield from _pairs(shown.get(name), counted.get(name), inner)
    elif isinstance(shown, list) and isinstance(counted, list) and len(shown) == len(counted):
        for at, (one, other) in enumerate(zip(shown, counted)):
            yield from _pairs(one, other, f"{key}[{at}]")
    elif shown != counted or type(shown) is not type(counted):
        yield f"{key} is given as {_short(shown)}, and the entries give {_short(counted)}"


def _first_row(found: bytes, made: bytes) -> str:
    rows, wanted = found.split(b"\r\n"), made.split(b"\r\n")
    for number, (row, want) in enumerate(zip(rows, wanted), 1):
        if row != want:
            return f"row {number} is not what the entries give: {_difference(row, want)}"
    return f"it has {len(rows) - 1} rows, and the entries give {len(wanted) - 1}"


def _difference(found: bytes, made: bytes) -> str:
    """Show the first cell that differs."""
    cells, wanted = found.decode("utf-8", "replace").split(","), made.decode("utf-8").split(",")
    for cell, want in zip(cells, wanted):
        if cell != want:
            return f"{_short(cell.strip())} instead of {_short(want.strip())}"
    return "the row is missing" if not found else "it has other cells"


def _short(value: object) -> str:
    text = json.dumps(value, sort_keys=True)
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
