"""The rights a person can exercise, in plain words."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from subjects.law.versions import Entry, Table, read_table


@dataclass(frozen=True, kw_only=True)
class Right(Entry):
    """A right of Articles 15 to 21; `offered` ones stand in the form."""

    article: str
    name: str
    sentence: str
    offered: bool


@cache
def _table() -> Table[Right]:
    return read_table("rights.toml", "right", Right)


def rights(on: date | None = None) -> tuple[Right, ...]:
    """List the rights that can be filed, in the order of the form."""
    return tuple(right for right in _table().on(on) if right.offered)


def right(code: str, on: date | None = None) -> Right:
    """Give one right, such as `right("access")`, also one that is not in the form.

    Raises UnknownLawCode.
    """
    return _table().one(code, on)
