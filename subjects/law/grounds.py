"""The grounds on which data must be erased: Article 17(1)."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from subjects.law.versions import Entry, Table, read_table


@dataclass(frozen=True, kw_only=True)
class Ground(Entry):
    """One of the grounds (a) to (f)."""

    article: str
    text: str


@cache
def _table() -> Table[Ground]:
    return read_table("grounds.toml", "ground", Ground)


def grounds(on: date | None = None) -> tuple[Ground, ...]:
    """List the grounds for an erasure; each decision names one (R-091)."""
    return _table().on(on)


def ground(code: str, on: date | None = None) -> Ground:
    """Give one ground, such as `ground("E-d")`.

    Raises UnknownLawCode.
    """
    return _table().one(code, on)
