"""Follow the chain of each case, entry by entry, and name what does not fit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from subjects.audit.leaf import FIRST, HOUSE
from subjects.errors import AuditChainBroken

MISSING: Final = "the entry is missing"
OUT_OF_ORDER: Final = "it stands here twice or in the wrong order"
CHANGED: Final = "its text is not the one after which the next entry was written"
FITS_NEITHER: Final = "it fits neither the entry before nor the one after it"
NAMES_ONE_BEFORE: Final = "it is the first of its case and yet names one before it"


@dataclass(slots=True)
class _Head:
    """The newest entry of a chain so far."""

    step: int
    hash: str
    broken_link: bool = False
    """It does not follow from the one before: the next will tell which of the two is wrong."""


@dataclass
class Chains:
    """The heads of the chains that are being read, and every problem met."""

    heads: dict[str, _Head] = field(default_factory=dict)
    entries: int = 0
    problems: list[AuditChainBroken] = field(default_factory=list)
    _left: int = 0
    _before: dict[str, _Head] = field(default_factory=dict)
    _blamed: set[tuple[str, int]] = field(default_factory=set)

    @property
    def cases(self) -> int:
        """How many cases have a chain; the house's own chain is none."""
        return self._left + len(self.heads.keys() - {HOUSE.hex})

    def blame(self, case: str, step: int, why: str) -> None:
        """Note that the entry of `case` at `step` is not what was written; once is enough."""
        if (case, step) not in self._blamed:
            self._blamed.add((case, step))
            self.problems.append(AuditChainBroken(case, step, why))

    def begin(self, case: str, step: int, leaf_hash: str) -> None:
        """Go on behind an entry that is known from elsewhere, instead of at step 1."""
        self.heads[case] = _Head(step, leaf_hash)

    def follow(self, case: str, fields: Mapping[str, Any], leaf_hash: str) -> None:
        """Take an entry whose own bytes are in order, and look how it joins its chain."""
        step, prev = int(fields["step"]), fields["prev"]
        head, new = self.heads.get(case), _Head(step, leaf_hash)
        wanted = head.step + 1 if head else 1
        if step < wanted:
            self.blame(case, step, OUT_OF_ORDER)
            return
        if step > wanted:
            self.blame(case, wanted, MISSING)
        elif head is None:
            if prev != FIRST:
                self.blame(case, step, NAMES_ONE_BEFORE)
        elif prev != head.hash:
            if head.broken_link:
                self.blame(case, head.step, FITS_NEITHER)
                head.broken_link = False
            else:
                new.broken_link = True
        self._advance(case, new)

    def pass_over(self, case: str, step: int, leaf_hash: str, why: str = "") -> None:
        """Go on behind an entry that cannot be read, and blame it unless it may be blank."""
        head = self.heads.get(case)
        wanted = head.step + 1 if head else 1
        if step > wanted:
            self.blame(case, wanted, MISSING)
        if why:
            self.blame(case, step, why)
        if step >= wanted:
            self._advance(case, _Head(step, leaf_hash))

    def leave(self, case: str) -> None:
        """Settle a chain of which nothing more is read, and forget it."""
        self._settle(case)
        if self.heads.pop(case, None) and case != HOUSE.hex:
            self._left += 1

    def close(self) -> None:
        """Settle what no later entry can decide any more."""
        for case in list(self.heads):
            self._settle(case)

    def _advance(self, case: str, new: _Head) -> None:
        self._settle(case)
        if new.broken_link:
            self._before[case] = self.heads[case]
        self.heads[case] = new

    def _settle(self, case: str) -> None:
        """Blame the one before a head that did not follow from it and yet fits the next."""
        head, before = self.heads.get(case), self._before.pop(case, None)
        if head and before and head.broken_link:
            head.broken_link = False
            self.blame(case, before.step, CHANGED)
