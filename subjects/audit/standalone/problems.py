"""What is wrong with a log, and how an entry is named to a person."""

from __future__ import annotations

from calendar import timegm
from dataclasses import dataclass
from time import strptime
from typing import NamedTuple


@dataclass(frozen=True)
class Problem:
    """What is wrong: the index of the entry (None: the log as a whole), where, in which words."""

    index: int | None
    where: str
    words: str

    def __str__(self) -> str:
        """Say it in one sentence."""
        return f"{self.where}: {self.words}"


class Blank(NamedTuple):
    """What the list of blanked entries says of one; `prev` and `step` tell its old place."""

    target: bytes
    reason: str
    prev: bytes | None = None
    step: int = 0


def place(index: int | None, at: object = "", step: object = None) -> str:
    """Name an entry: `entry 4711, 2026-03-02T09:15:00Z, step 3 of its case`."""
    if index is None:
        return "the log"
    named = f"entry {index}" + (f", {at}" if at else "")
    return named + (f", step {step} of its case" if step else "")


def parse_instant(at: str) -> int:
    """Give an instant such as `2026-11-23T04:40:00Z` in seconds since 1970. Raises ValueError."""
    return timegm(strptime(at, "%Y-%m-%dT%H:%M:%SZ"))
