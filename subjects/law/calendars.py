"""Which calendar a time limit ends by, and how a date is explained."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from subjects.law.versions import Entry, Table, read_table


@dataclass(frozen=True, kw_only=True)
class Calendar(Entry):
    """The source of the holidays; names that begin with one of `set_aside` are none."""

    library: str
    library_version: str
    subdivision: str
    set_aside: tuple[str, ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class Country(Entry):
    """A state of the EEA by its two letters; `note` says what is particular about its holidays."""

    name: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Rule(Entry):
    """One step in the computation of a date, in words."""

    text: str
    note: str


@cache
def _calendars() -> Table[Calendar]:
    return read_table("calendars.toml", "calendar", Calendar)


@cache
def _countries() -> Table[Country]:
    return read_table("calendars.toml", "country", Country)


@cache
def _rules() -> Table[Rule]:
    return read_table("calendars.toml", "rule", Rule)


def calendar(on: date | None = None) -> Calendar:
    """Give the calendar policy in force."""
    return _calendars().one("national-public-holidays", on)


def countries(on: date | None = None) -> tuple[Country, ...]:
    """List the 30 states of the EEA, by their English names."""
    return _countries().on(on)


def deadline_rule(code: str, on: date | None = None) -> Rule:
    """Give the words of one step of a deadline, such as `deadline_rule("last-day")`.

    Raises UnknownLawCode.
    """
    return _rules().one(code, on)
