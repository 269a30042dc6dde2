"""The chains that entries form by `prev`: one a case, and the house's own; and where one forks."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from subjects.audit.standalone.merkle import HASH_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from subjects.audit.standalone.requests import Request

NO_PREV: Final = bytes(HASH_BYTES)
"""`prev` of the first step of a chain."""
HOUSE_CASE: Final = "0" * 32
"""`case` of what belongs to no case."""
UNKNOWN_CHAIN: Final = -1
_STEP_BITS: Final = 40
_STEP_MASK: Final = (1 << _STEP_BITS) - 1
_KEY: Final = 18
"""So many bytes of a hash are compared where it only matters whether there is such an entry."""
_MOST_LOOKED_FOR: Final = 500
"""So many entries without a step before are looked for in the whole log; each takes a moment."""


class Chain:
    """The entries of one case, or of the house. Its name in a view is made from `first`."""

    __slots__ = (
        "back",
        "country",
        "first",
        "house",
        "index",
        "last",
        "number",
        "requests",
        "rights",
        "seen_by_staff",
        "year",
    )

    def __init__(self, first: bytes, index: int, *, house: bool) -> None:
        self.first = first
        """The leaf hash of its first entry."""
        self.index = index
        """Where that entry stands in the log."""
        self.house = house
        self.last = ""
        """The instant of its newest entry."""
        self.back: tuple[int, int] | None = None
        """Index and step of an entry earlier than the one before, until that is owned up to."""
        self.year: int | None = None
        self.number: int | None = None
        self.country = ""
        self.rights = ""
        """Its rights in order, as in `art15+art17`."""
        self.requests: dict[str, Request] = {}
        self.seen_by_staff: list[str] = []
        """The days on which somebody of the staff opened it."""


@dataclass(frozen=True)
class Fork:
    """Two entries that follow the same one: lawful only around a restore."""

    index: int
    step: int
    first: int
    """The index of the other branch."""


@dataclass(frozen=True)
class Stray:
    """An entry whose step before is nowhere in the log before it."""

    index: int
    step: int
    prev: bytes


class Links:
    """Follows every chain by its newest entry. 36 bytes an entry and about 200 a chain."""

    def __init__(self) -> None:
        self.chains: list[Chain] = []
        self.heads: dict[bytes, int] = {}
        """Leaf hash of each entry that nothing follows yet: number of its chain, and its step."""
        self.hashes = bytearray()
        """All leaf hashes, 32 bytes each."""
        self.chain_of = array("i")
        """The number of the chain of each entry; -1 where a blanked entry does not tell."""
        self.house: int | None = None
        self.forks: list[Fork] = []
        self.strays: list[Stray] = []
        self.bad_steps: list[tuple[int, int, int]] = []
        """Index, step, and the step that it should be."""
        self._unplaced: dict[bytes, bytearray] = {}
        """Hashes of entries that were blanked and stand on no known chain, by their first bytes."""
        self.unplaced = 0
        """How many blanked entries stand on no known chain: then no census can be counted."""
        self.went: list[bytes] = []
        """For each entry the head that it took the place of, or b"": the census looks back."""

    def add(self, index: int, leaf_hash: bytes, prev: bytes, step: int, *, house: bool) -> Chain:
        """Put the next entry onto its chain."""
        self.hashes += leaf_hash
        place = self.heads.pop(prev, None)
        if place is not None:
            number, before = place >> _STEP_BITS, place & _STEP_MASK
            self.went.append(prev)
        else:
            number, before = self._begin(index, leaf_hash, prev, step, house=house)
            self.went.append(b"")
        if step != before + 1:
            self.bad_steps.append((index, step, before + 1))
        self.heads[leaf_hash] = number << _STEP_BITS | step
        self.chain_of.append(number)
        return self.chains[number]

    def blank(self, leaf_hash: bytes, prev: bytes | None, step: int) -> None:
        """Put a blanked entry in its place; `prev` is what the list of blanked entries says."""
        if prev == NO_PREV:
            self.add(len(self.chain_of), leaf_hash, prev, step, house=False)
            return
        self.hashes += leaf_hash
        place = self.heads.pop(prev, None) if prev else None
        if place is None or prev is None:
            self.went.append(b"")
            self.chain_of.append(UNKNOWN_CHAIN)
            self.unplaced += 1
            self._unplaced.setdefault(leaf_hash[:2], bytearray()).extend(leaf_hash[2:_KEY])
            return
        number = place >> _STEP_BITS
        self.went.append(prev)
        self.heads[leaf_hash] = number << _STEP_BITS | step
        self.chain_of.append(number)

    def find(self, leaf_hash: bytes) -> int | None:
        """Give the index of the entry with this leaf hash, or nothing."""
        at = self.hashes.find(leaf_hash)
        while at > 0 and at % HASH_BYTES:
            at = self.hashes.find(leaf_hash, at + 1)
        return None if at < 0 else at // HASH_BYTES

    def hash_at(self, index: int) -> bytes:
        """Give the leaf hash of an entry."""
        return bytes(self.hashes[index * HASH_BYTES : (index + 1) * HASH_BYTES])

    def all_hashes(self) -> Iterator[bytes]:
        """Give every leaf hash in the order of the log."""
        whole = bytes(self.hashes)
        return (whole[at : at + HASH_BYTES] for at in range(0, len(whole), HASH_BYTES))

    def heads_at(self, size: int) -> set[bytes] | None:
        """Give the heads of the first `size` entries, or nothing when that is too long ago."""
        if size < len(self.chain_of) - len(self.went):
            return None
        heads = set(self.heads)
        for ago in range(1, len(self.chain_of) - size + 1):
            heads.discard(self.hash_at(len(self.chain_of) - ago))
            if self.went[-ago]:
                heads.add(self.went[-ago])
        return heads

    def cases_before(self, size: int) -> int:
        """Count the chains of cases that begin among the first `size` entries."""
        later = 0
        while later < len(self.chains) and self.chains[-1 - later].index >= size:
            later += 1
        begun = len(self.chains) - later
        return begun - (self.house is not None and self.house < begun)

    def forget(self, most: int) -> None:
        """Keep the way back for the last `most` entries only."""
        del self.went[:-most]

    def ends(self, step: int, start: int, end: int) -> list[int]:
        """List the entries from `start` up to `end` with this step that nothing follows."""
        return sorted(
            index
            for leaf_hash, place in self.heads.items()
            if place & _STEP_MASK == step
            for index in [self.find(leaf_hash)]
            if index is not None and start <= index < end
        )

    def _begin(
        self, index: int, leaf_hash: bytes, prev: bytes, step: int, *, house: bool
    ) -> tuple[int, int]:
        """Give chain and step before of an entry that follows no newest entry."""
        if prev == NO_PREV and not (house and self.house is not None):
            return self._new_chain(leaf_hash, index, house=house), 0
        if self._is_unplaced(prev):
            return self._number_of(leaf_hash, index, house=house), step - 1
        at = None
        if len(self.strays) + len(self.forks) < _MOST_LOOKED_FOR:
            at = self.find(prev)
        if at is None or at == index:
            self.strays.append(Stray(index, step, prev))
            return self._number_of(leaf_hash, index, house=house), step - 1
        number = self.chain_of[at]
        if number != UNKNOWN_CHAIN:
            other = next((i for i in range(at + 1, index) if self.chain_of[i] == number), at)
            self.forks.append(Fork(index, step, other))
            return number, step - 1
        return self._number_of(leaf_hash, index, house=house), step - 1

    def _is_unplaced(self, leaf_hash: bytes) -> bool:
        """Say whether this is a blanked entry: after a pruning whole chains go on from one."""
        known, wanted = self._unplaced.get(leaf_hash[:2], b""), leaf_hash[2:_KEY]
        at = known.find(wanted)
        while at > 0 and at % len(wanted):
            at = known.find(wanted, at + 1)
        return at >= 0

    def _number_of(self, leaf_hash: bytes, index: int, *, house: bool) -> int:
        """Go on with the house's chain where it is lost; begin another one for a case."""
        if house and self.house is not None:
            for head in [h for h, place in self.heads.items() if place >> _STEP_BITS == self.house]:
                del self.heads[head]
            return self.house
        return self._new_chain(leaf_hash, index, house=house)

    def _new_chain(self, leaf_hash: bytes, index: int, *, house: bool) -> int:
        self.chains.append(Chain(leaf_hash, index, house=house))
        number = len(self.chains) - 1
        if house:
            self.house = number
        return number
