"""Read a log once, from its first entry to its last: what it tells, and what is wrong with it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from typing import TYPE_CHECKING, Callable, Final

from subjects.audit.standalone.canonical import is_canonical, read_leaf
from subjects.audit.standalone.chains import HOUSE_CASE, Chain, Links
from subjects.audit.standalone.completeness import Completeness, end_checks, pruned_below
from subjects.audit.standalone.happenings import HANDLERS, Facts, Fields, take_receipt
from subjects.audit.standalone.merkle import root_of
from subjects.audit.standalone.problems import Blank, Problem, place

if TYPE_CHECKING:
    from subjects.audit.standalone.requests import Request

Leaves = Iterable["tuple[int, bytes, bytes]"]
"""Index, leaf (b"" if it was blanked) and leaf hash of each entry, from 0 on."""
Watch = Callable[[int, Fields, Chain, bytes], None]
"""Is told index, fields, chain and leaf hash of each entry, in the order of the log."""

_INSTANT_FORM: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_HEAD_NAMES: Final = frozenset({"actor", "case", "id", "n", "prev", "step", "t", "type", "v"})
_KEEP_WAY_BACK: Final = 200_000
_EVERY: Final = 1 << 16


class Book:
    """What a log says. `problems` is empty for a log in which nothing contradicts anything."""

    def __init__(self, leaves: Leaves) -> None:
        self.leaves: Leaves | None = None if iter(leaves) is leaves else leaves
        """The same leaves once more, for views; None when they could be read only once."""
        self.links, self.facts = Links(), Facts()
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.blanked: dict[int, bytes] = {}
        """Index and leaf hash of each blanked entry."""
        self.first_at = self.last_at = ""
        """The instants of the first and the last entry."""
        self.days: list[tuple[int, str]] = []
        """Where the day (UTC) of the entries changes: index of the first entry, and its day."""
        self.censuses = self.spared = self.uncounted = 0
        """How many censuses were counted again, only by their cases, and how many could not be."""
        self._root: bytes | None = None

    @property
    def size(self) -> int:
        """The number of entries."""
        return len(self.links.chain_of)

    @property
    def chains(self) -> list[Chain]:
        """All chains in the order in which they begin; one of them is the house's."""
        return self.links.chains

    @property
    def requests(self) -> list[Request]:
        """All requests in the order in which they were received."""
        return self.facts.requests

    @property
    def pruned_below(self) -> int:
        """Below which index all entries were blanked at the end of their time; 0 if none were."""
        return pruned_below(self.facts)

    @property
    def root(self) -> bytes:
        """The root of the tree over all entries (RFC 6962): 32 bytes."""
        if self._root is None:
            self._root = root_of(self.links.all_hashes())
        return self._root

    def indexes_of(self, chain: int) -> list[int]:
        """List the entries of one chain, given by its number, in the order of the log."""
        return [index for index, number in enumerate(self.links.chain_of) if number == chain]

    def step_of(self, index: int) -> int | None:
        """Give the step of an entry in its case; nothing for the house's, and where it is lost."""
        chain_of = self.links.chain_of
        number = chain_of[index] if index < len(chain_of) else -1
        if number < 0 or self.chains[number].house:
            return None
        return sum(one == number for one in chain_of[: index + 1])

    def day_of(self, index: int) -> str:
        """Give the day (UTC) of an entry; "" before the first one that is not blanked."""
        at = bisect_right(self.days, (index, "~"))
        return self.days[at - 1][1] if at else ""

    def in_order(self) -> list[Problem]:
        """List the problems by the index of their entries, those of the whole log last."""
        return sorted(self.problems, key=lambda one: (one.index is None, one.index or 0))


def read_log(
    leaves: Leaves,
    *,
    blanks: dict[int, Blank] | None = None,
    watch: Watch | None = None,
    until: str = "",
) -> Book:
    """Read all entries and check everything that they must agree on.

    `blanks` is the list of blanked entries by index, `until` the instant up to which the log must
    show that it was alive (else its last entry). Nothing is raised: see `Book.problems`.
    """
    book = Book(leaves)
    reader = _Reader(book, blanks or {}, watch)
    for index, leaf, leaf_hash in leaves:
        reader.take(index, leaf, leaf_hash)
    reader.finish(until)
    return book


class _Reader:
    """The one pass over the log."""

    def __init__(self, book: Book, blanks: dict[int, Blank], watch: Watch | None) -> None:
        self.book, self.links, self.facts = book, book.links, book.facts
        self.blanks, self.watch = blanks, watch
        self.house = Completeness(book.links)
        self.day = ""

    def take(self, index: int, leaf: bytes, leaf_hash: bytes) -> None:
        """Read one entry."""
        if not leaf:
            self._blank(index, leaf_hash)
            return
        try:
            fields = read_leaf(leaf)
            if not is_canonical(leaf, fields):
                self._blame(index, fields, "its bytes are not in the one canonical form (RFC 8785)")
            self._enter(index, fields, leaf_hash)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            self._unreadable(index, leaf_hash, error)

    def _enter(self, index: int, fields: Fields, leaf_hash: bytes) -> None:
        _check_head(fields)
        case, at, kind = fields["case"], fields["t"], fields["type"]
        prev = bytes.fromhex(fields["prev"])
        house = case == HOUSE_CASE
        chain = self.links.add(index, leaf_hash, prev, fields["step"], house=house)
        if chain.house is not house:
            self._blame(index, fields, "a case and the house share a chain")
        if at[:10] != self.day:
            self._new_day(index, at)
        if at < chain.last or chain.back:
            self._clock(index, fields, chain)
        chain.last = at
        facts = self.facts
        facts.index, facts.fields, facts.chain = index, fields, chain
        facts.request = chain.requests.get(fields["right"]) if "right" in fields else None
        if kind == "request.received":
            take_receipt(facts, self.links.chain_of[index])
            self.house.take_number(index, fields, chain)
        elif kind in HANDLERS:
            HANDLERS[kind](facts)
        elif house:
            self.house.take(index, fields)
        if facts.request is not None:
            facts.request.last_index = index
            facts.request.stage = fields.get("state") or facts.request.stage
        if self.watch is not None:
            self.watch(index, fields, chain, leaf_hash)

    def _new_day(self, index: int, at: str) -> None:
        self.day = at[:10]
        self.book.days.append((index, self.day))
        if not self.book.first_at:
            self.book.first_at = self.house.beat = at
        if len(self.links.went) > _KEEP_WAY_BACK + _EVERY:
            self.links.forget(_KEEP_WAY_BACK)

    def _clock(self, index: int, fields: Fields, chain: Chain) -> None:
        """Let time go back only where the next entry of the chain owns up to it."""
        if chain.back is not None:
            back, chain.back = chain.back, None
            where = place(back[0], chain.last, back[1])
            if fields["type"] == "clock.regression":
                words = "its clock was behind that of the entry before, and the log says so"
                self.book.warnings.append(Problem(back[0], where, words))
                return
            words = (
                "it is earlier than the entry before it, and nothing says that a clock was wrong"
            )
            self.book.problems.append(Problem(back[0], where, words))
        if fields["t"] < chain.last:
            chain.back = (index, fields["step"])

    def _blank(self, index: int, leaf_hash: bytes) -> None:
        listed = self.blanks.get(index)
        self.book.blanked[index] = leaf_hash
        self.links.blank(leaf_hash, listed.prev if listed else None, listed.step if listed else 0)
        if listed is not None and listed.target != leaf_hash:
            words = "the list of blanked entries gives another hash for it"
            self.book.problems.append(Problem(index, place(index), words))

    def _unreadable(self, index: int, leaf_hash: bytes, error: Exception) -> None:
        if len(self.links.chain_of) == index:
            self.links.blank(leaf_hash, None, 0)
        why = f"its field {error} is missing" if isinstance(error, KeyError) else "it is no entry"
        words = f"it cannot be read: {why}"
        self.book.problems.append(Problem(index, place(index), words))

    def _blame(self, index: int, fields: Fields, words: str) -> None:
        where = place(index, fields.get("t"), fields.get("step"))
        self.book.problems.append(Problem(index, where, words))

    def finish(self, until: str) -> None:
        """Judge what can be judged only at the end."""
        book, links, facts = self.book, self.links, self.facts
        book.last_at = max((chain.last for chain in links.chains), default="")
        self.house.settle()
        book.censuses, book.spared = self.house.censuses, self.house.spared
        book.uncounted = self.house.uncounted
        if book.last_at:
            self.house.heard(book.size, max(until, book.last_at))
        book.problems += facts.problems + self.house.problems
        for index, step, due in links.bad_steps:
            words = f"its step is {step}, and it follows step {due - 1} of its case"
            self._blame_place(index, words, step)
        for stray in links.strays:
            words = "the entry that it names as the step before stands nowhere before it"
            self._blame_place(stray.index, words, stray.step)
        for found, words in end_checks(self.house, facts, self.blanks, book.blanked):
            self._blame_place(found, words)
        for chain in links.chains:
            if chain.back:
                words = "its clock was behind that of the entry before"
                where = place(chain.back[0], chain.last, chain.back[1])
                book.warnings.append(Problem(chain.back[0], where, words))
        book.problems = book.in_order()

    def _blame_place(self, index: int | None, words: str, step: int | None = None) -> None:
        day = "" if index is None else self.book.day_of(index)
        self.book.problems.append(Problem(index, place(index, day, step), words))


def _check_head(fields: Fields) -> None:
    """Raise KeyError or ValueError for an entry whose place cannot be told."""
    if not fields.keys() >= _HEAD_NAMES:
        raise KeyError(min(_HEAD_NAMES - fields.keys()))
    at, step = fields["t"], fields["step"]
    if fields["v"] != 1 or not _INSTANT_FORM.fullmatch(at) or type(step) is not int:
        raise ValueError(at)
