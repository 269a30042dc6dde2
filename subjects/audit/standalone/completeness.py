"""Whether anything is missing: numbers of the year, daily censuses, heartbeats, blanked entries."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from subjects.audit.standalone.merkle import EMPTY_ROOT, leaf_hash
from subjects.audit.standalone.problems import Blank, Problem, parse_instant, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subjects.audit.standalone.chains import Chain, Links
    from subjects.audit.standalone.happenings import Facts

MOST_SILENCE: Final = 48 * 3600
"""A log that says nothing for longer than these seconds was stopped, or cut."""
_NUMBERS_NAMED: Final = 5
_FEW_HEADS: Final = 4096
_HEADS_AN_ENTRY: Final = 8


@dataclass(frozen=True)
class Silence:
    """A time without a heartbeat, and the entry that ends it (the size of the log at its end)."""

    start: str
    end: str
    index: int


class Completeness:
    """What the house's own entries say about all others, checked as they come."""

    def __init__(self, links: Links) -> None:
        self.links = links
        self.problems: list[Problem] = []
        self.censuses = self.uncounted = 0
        """How many censuses were counted again, and how many could not be."""
        self.beat = ""
        self.silences: list[Silence] = []
        self.numbers: dict[int, dict[int, list[int]]] = {}
        """Year, number, and the indexes at which it was first given."""
        self.unnumbered: list[int] = []
        self.spared = 0
        """How many were compared by their number of cases alone."""
        self._spared: tuple[int, dict[str, Any]] | None = None
        self._counted_at = 0
        self._sorted: list[bytes] = []
        self._hashed: dict[bytes, bytes] = {}

    def take(self, index: int, fields: dict[str, Any]) -> None:
        """Look at an entry of the house."""
        if fields["type"] == "heartbeat":
            self.heard(index, str(fields["t"]))
        elif fields["type"] == "census":
            self._count(index, fields)

    def heard(self, index: int, at: str) -> None:
        """Note that the log was alive at this instant."""
        if self.beat and parse_instant(at) - parse_instant(self.beat) > MOST_SILENCE:
            self.silences.append(Silence(self.beat, at, index))
        self.beat = max(at, self.beat)

    def take_number(self, index: int, fields: dict[str, Any], chain: Chain) -> None:
        """Note the number of a case: all its requests share one."""
        year, number = fields.get("year"), fields.get("number")
        if year is None or number is None:
            if self.numbers:
                self.unnumbered.append(index)
            return
        if chain.number is None:
            chain.year, chain.number = int(year), int(number)
            self.numbers.setdefault(int(year), {}).setdefault(int(number), []).append(index)
        elif (chain.year, chain.number) != (year, number):
            words = f"it bears the number {number} of {year}, and its case {chain.number}"
            self._blame(index, fields, words)

    def _count(self, index: int, fields: dict[str, Any]) -> None:
        """Count again what a census says of the first `entries` entries."""
        size = int(fields["entries"])
        if size > index:
            self._blame(index, fields, f"its census speaks of {size} entries before there are any")
            return
        if self.links.unplaced:
            self.uncounted += 1
            return
        cases = self.links.cases_before(size)
        if fields["count"] != cases:
            self.censuses += 1
            words = f"its census counts {fields['count']} cases, and {cases} stand before it"
            self._blame(index, fields, words)
            return
        self.spared += 1
        self._spared = index, fields
        # Over six years it would be all cases on each of two thousand days: so no more of that
        # work than comes with the entries. A case that was taken out contradicts each later one.
        heads = len(self.links.heads)
        if heads <= _FEW_HEADS or heads <= _HEADS_AN_ENTRY * (index - self._counted_at):
            self.settle()

    def settle(self) -> None:
        """Count the newest census again in full, if that was spared."""
        if self._spared is None:
            return
        (index, fields), self._spared = self._spared, None
        self.spared -= 1
        heads = self.links.heads_at(int(fields["entries"]))
        if heads is None:
            self.uncounted += 1
            return
        self.censuses += 1
        self._counted_at = index
        if fields["digest"] != self._root_over(heads).hex():
            self._blame(index, fields, "its census names other newest entries of the cases")

    def _root_over(self, heads: set[bytes]) -> bytes:
        """Give the RFC 6962 root over the heads as leaves, sorted; most are those of yesterday."""
        known = self._hashed
        ordered = [head for head in self._sorted if head in heads]
        for head in self._sorted if len(ordered) < len(self._sorted) else ():
            if head not in heads:
                del known[head]
        for head in heads.difference(ordered):
            known[head] = leaf_hash(head)
            ordered.append(head)
        ordered.sort()
        self._sorted = ordered
        return _root_by_level([known[head] for head in ordered])

    def _blame(self, index: int, fields: dict[str, Any], words: str) -> None:
        self.problems.append(Problem(index, place(index, fields["t"]), words))


def _root_by_level(level: list[bytes]) -> bytes:
    """Give the root over leaf hashes at hand: one without a neighbour moves up as it is."""
    while len(level) > 1:
        pairs = iter(level)
        odd = level[-1:] if len(level) % 2 else []
        level = [sha256(b"\1" + left + right).digest() for left, right in zip(pairs, pairs)] + odd
    return level[0] if level else EMPTY_ROOT


def end_checks(
    house: Completeness, facts: Facts, blanks: dict[int, Blank], blanked: dict[int, bytes]
) -> Iterator[tuple[int | None, str]]:
    """Judge what only the whole log shows: forks, silences, numbers, blanked entries."""
    restored = [(one.index, one.at, one.fields) for one in facts.kept.get("restored", [])]
    sizes = [int(fields["entries"]) for _, _, fields in restored if "entries" in fields]
    for fork in house.links.forks:
        if not any(fork.first < size <= fork.index for size in sizes):
            words = f"it follows the same step as entry {fork.first}, and no restore explains it"
            yield fork.index, words
    yield from _check_silences(house, [at for _, at, _ in restored])
    below = pruned_below(facts)
    mistakes = sorted(index for index in blanked if index >= below)
    yield from _check_numbers(house, facts, sizes, mistakes)
    yield from _check_blanks(facts, blanks, blanked)


def _check_silences(house: Completeness, restored: list[str]) -> Iterator[tuple[int | None, str]]:
    for silence in house.silences:
        silent, heard = parse_instant(silence.start), parse_instant(silence.end)
        if not any(silent < parse_instant(at) <= heard + MOST_SILENCE for at in restored):
            hours = (heard - silent) // 3600
            words = (
                f"the log was silent from {silence.start} to {silence.end}, {hours} hours without a"
                " heartbeat, and no restore explains it"
            )
            at_end = silence.index >= len(house.links.chain_of)
            yield (None if at_end else silence.index), words


def _check_numbers(
    house: Completeness, facts: Facts, sizes: list[int], mistakes: list[int]
) -> Iterator[tuple[int | None, str]]:
    for one in facts.kept.get("number.voided", []):
        numbers = house.numbers.setdefault(int(one.fields["year"]), {})
        numbers.setdefault(int(one.fields["number"]), []).append(one.index)
    for year, numbers in sorted(house.numbers.items()):
        cut = "pruned" in facts.kept and year == min(house.numbers)
        yield from _check_gaps(year, numbers, min(numbers) if cut else 1, mistakes)
        for number, given in sorted(numbers.items()):
            for again in given[1:]:
                if not any(given[0] < size <= again for size in sizes):
                    yield again, f"number {number} of {year} is that of entry {given[0]} too"
    for index in house.unnumbered:
        yield index, "a case was received without a number, though others before it have one"


def _check_gaps(
    year: int, numbers: dict[int, list[int]], first: int, mistakes: list[int]
) -> Iterator[tuple[int | None, str]]:
    """Name the numbers that nobody bears, unless entries blanked at their place may have."""
    wanted, before, named = first, -1, 0
    for number in sorted(numbers):
        here = numbers[number][0]
        blank = bisect_left(mistakes, here) - bisect_left(mistakes, before)
        for lost in range(wanted, number) if number - wanted > blank else ():
            if named == _NUMBERS_NAMED:
                yield None, f"further numbers of {year} are missing"
                return
            yield here, f"number {lost} of {year} is missing: no case and no void entry bears it"
            named += 1
        wanted, before = number + 1, here


def pruned_below(facts: Facts) -> int:
    """Give the index below which the log says that it was pruned; 0 where it does not."""
    return max((int(one.fields["entries"]) for one in facts.kept.get("pruned", [])), default=0)


def _check_blanks(
    facts: Facts, blanks: dict[int, Blank], blanked: dict[int, bytes]
) -> Iterator[tuple[int | None, str]]:
    """Accept a blanked entry only where the log itself says so, and the list too."""
    targets = {str(one.fields["target"]): one.index for one in facts.kept.get("redacted", [])}
    below = pruned_below(facts)
    for index, leaf in blanked.items():
        if index < below:
            continue
        if targets.get(leaf.hex(), -1) <= index:
            yield index, "it is blanked, and no later entry says that it was"
        elif index not in blanks:
            yield index, "it is blanked, and the list of blanked entries does not name it"
    for index in blanks:
        if index not in blanked:
            yield index, "the list of blanked entries names it, and it is not blanked"
