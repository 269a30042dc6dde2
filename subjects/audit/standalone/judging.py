"""The log judged as a whole: its tree, its older states, its entries; where it goes wrong first."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from subjects.audit.standalone.anchors import check_stamp, openssl_says
from subjects.audit.standalone.logfolder import LogFolder
from subjects.audit.standalone.problems import place
from subjects.audit.standalone.reading import read_log
from subjects.audit.standalone.receipts import (
    check_receipt,
    key_fingerprint,
    receipt_place,
    signing_keys,
)
from subjects.audit.standalone.tables import EventsCheck

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from subjects.audit.standalone.findings import Report
    from subjects.audit.standalone.notes import Vkey
    from subjects.audit.standalone.package import Package, Seen
    from subjects.audit.standalone.reading import Book

MOST_CANDIDATES: Final = 5
_NARROWED: Final = (
    "the first {} entries are unchanged; the first change lies between entry {} and entry {} ({})"
)


class Judgement:
    """One log, read once: `book` says what it tells, `folder` how its tree looks."""

    def __init__(
        self, package: Package, seen: Sequence[Seen], stops: Sequence[int], report: Report
    ) -> None:
        self.package, self.report = package, report
        self.seen = sorted(seen, key=lambda one: one.checkpoint.size)
        sizes = [*stops, *(one.checkpoint.size for one in seen)]
        self.folder = LogFolder(
            package.log, package.newest.checkpoint.size, sizes, package.pruned_below()
        )
        events = EventsCheck(package) if package.about else None
        try:
            self.book: Book = read_log(
                self.folder,
                blanks=package.blanks(),
                watch=events.watch if events else None,
                until=str(package.about.get("made", "")),
            )
        finally:
            self.rows = events.close() if events else ["data/export.json says nothing"]
            """What is wrong with the rows of events.csv."""
        self.first = self.book.problems[0].where if self.book.problems else ""
        """Where the log first goes wrong, as far as it can be told."""

    def check_tree(self) -> None:
        """Check entries and hashes against each other, and the root against the checkpoint."""
        newest = self.package.newest.checkpoint
        if self.folder.problems:
            problem = min(self.folder.problems, key=lambda one: (one.index is None, one.index or 0))
            self.first = self._named(problem.index, problem.words)
        self.report.says(
            f"all {self.folder.count} entries are those of the tree of hashes",
            "entries and the tree of hashes do not agree",
            [
                *(self._named(problem.index, problem.words) for problem in self.folder.problems),
                *self.folder.shapes,
            ],
        )
        if self.folder.roots.get(newest.size) == newest.root and not self.folder.problems:
            self.report.holds(f"the root over all {newest.size} entries is the one that was signed")
            return
        if self.folder.roots.get(newest.size) != newest.root:
            lines = self._where()
            self.first = (lines[1:] or lines or [self.first])[0] if lines else self.first
            self.report.fails(
                f"the entries do not give the root that was signed for {newest.size} entries",
                *lines,
            )

    def check_older(self) -> None:
        """Check that every older state is the beginning of this log: nothing was rewritten."""
        newest = self.package.newest.checkpoint.size
        problems = []
        for one in self.seen:
            size = one.checkpoint.size
            if size > newest:
                problems.append(
                    f"{one.name} is of {size} entries, and this log ends at {newest}:"
                    f" {size - newest} entries are missing, an older checkpoint was put back"
                )
            elif self.folder.roots.get(size) != one.checkpoint.root:
                problems.append(f"{one.name}, of {size} entries, has another root than this log")
        others = sum(one is not self.package.newest for one in self.seen)
        if others or problems:
            self.report.says(
                f"{others} older checkpoints are beginnings of this log",
                "older states are not beginnings of this log",
                problems,
            )

    def check_entries(self) -> None:
        """Tell what the entries contradict: chains, numbers, censuses, silence, four eyes."""
        book = self.book
        cases = sum(not chain.house for chain in book.chains)
        self.report.says(
            f"the chains of {cases} cases have no gap, and {len(book.requests)} requests and"
            f" {book.censuses} daily counts agree with each other",
            "entries contradict each other",
            [str(problem) for problem in book.problems],
        )
        if book.pruned_below:
            self.report.note(
                f"the first {book.pruned_below} entries were pruned at the end of their time:"
                " only their hashes are left"
            )
        if mistakes := sum(index >= book.pruned_below for index in book.blanked):
            self.report.note(f"{mistakes} entries were blanked, because they were a mistake")
        if book.warnings:
            self.report.note("clocks went back, and the log says so", *book.warnings)
        if book.spared:
            self.report.note(
                f"of {book.spared} further daily counts only the number of cases was compared:"
                " each later one covers the same cases"
            )
        if book.uncounted:
            self.report.note(f"{book.uncounted} daily counts could not be counted again")
        if book.facts.zones_missing:
            self.report.note("some days were taken in UTC: this machine knows no time zones")

    def check_receipts(
        self, receipts: Mapping[str, Mapping[str, bytes]], vkeys: Sequence[Vkey]
    ) -> None:
        """Check receipts that people hold, each by itself and against this log."""
        for name, files in receipts.items():
            report_receipt(name, files, vkeys, self.report)
            try:
                index, leaf, checkpoint = receipt_place(files)
            except ValueError:
                continue
            if index >= self.book.size:
                self.report.fails(
                    f"{name} speaks of entry {index}, and this log ends at {self.book.size}:"
                    " it was cut, or the package is older than the receipt"
                )
            elif self.book.links.hash_at(index) != leaf:
                where = place(index, self.book.day_of(index))
                self.report.fails(f"{name} has another entry than this log", where)
            elif self.folder.roots.get(checkpoint.size) not in {checkpoint.root, None}:
                self.report.fails(f"{name} was issued by a log with another root at its size")
            else:
                self.report.holds(f"{name} has entry {index} as this log has it")

    def _where(self) -> list[str]:
        """Narrow down where the first change is, from older checkpoints and from the chains."""
        if self.folder.problems:
            return []
        good, bad = 0, self.package.newest.checkpoint.size
        for one in self.seen:
            size = one.checkpoint.size
            if size <= self.folder.count and self.folder.roots.get(size) == one.checkpoint.root:
                good = max(good, size)
        for one in self.seen:
            if one.checkpoint.size > good:
                bad = min(bad, one.checkpoint.size)
        last = max(bad - 1, good)
        lines = [_NARROWED.format(good, good, last, self._days(good, bad))]
        lines += self._candidates(good, bad)
        if self.folder.count < self.package.newest.checkpoint.size:
            lines.append(f"only {self.folder.count} entries are there")
        return lines

    def _candidates(self, good: int, bad: int) -> list[str]:
        """Name the entries that another one should follow, and that nothing follows."""
        found: list[str] = []
        for stray in self.book.links.strays[:MOST_CANDIDATES]:
            ends = self.book.links.ends(stray.step - 1, good, min(bad, stray.index))
            follower = place(stray.index, self.book.day_of(stray.index), stray.step)
            if len(ends) == 1:
                words = f"it was changed: {follower}, follows another entry than this one"
                found.append(str(self._named(ends[0], words, stray.step - 1)))
            else:
                found.append(f"the entry before {follower} was changed or taken out")
        return found

    def _named(self, index: int | None, words: str, step: int | None = None) -> str:
        if index is None:
            return f"{place(None)}: {words}"
        return f"{place(index, self.book.day_of(index), step or self.book.step_of(index))}: {words}"

    def _days(self, start: int, end: int) -> str:
        first, last = self.book.day_of(start), self.book.day_of(max(end - 1, start))
        return first if first == last else f"{first} to {last}"


def receipt_size(files: Mapping[str, bytes]) -> int:
    """Give the size of the log that a receipt was issued for; 0 where it cannot be read."""
    try:
        return receipt_place(files)[2].size
    except ValueError:
        return 0


def report_receipt(
    name: str, files: Mapping[str, bytes], vkeys: Sequence[Vkey], report: Report
) -> None:
    """Check one receipt by itself."""
    findings = check_receipt(files, vkeys)
    problems = [words for holds, words in findings if not holds]
    if "checkpoint.tsr" in files and not problems:
        problems += _stamp_problems(name, files, report)
    report.says(f"{name} is good", f"{name} is not good", problems)
    if not vkeys:
        report.note(
            f"{name} was signed with this; compare the fingerprint (SHA-256) with the privacy"
            " notice, or ask the authority: else anybody could have made it",
            *map(key_fingerprint, signing_keys(files)),
        )


def _stamp_problems(name: str, files: Mapping[str, bytes], report: Report) -> list[str]:
    """Let openssl check who signed the time stamp of a receipt."""
    stamp, wrong = check_stamp(files["checkpoint.tsr"], files["checkpoint"])
    if wrong or stamp is None:
        return [wrong]
    with TemporaryDirectory() as folder:
        authority = Path(folder) / "tsa-ca.pem"
        authority.write_bytes(files.get("tsa-ca.pem", b""))
        try:
            said = openssl_says(files["checkpoint.tsr"], files["checkpoint"], authority, stamp.at)
        except OSError:
            report.note(f"who signed the time stamp of {name} was not checked: no openssl")
            return []
    return [f"the time stamp is not of the authority in tsa-ca.pem: {said}"] if said else []
