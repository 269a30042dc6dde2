"""Which calendar a time limit ends by, and how a date is explained."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from importlib.metadata import version
from types import MappingProxyType

import holidays

from subjects.errors import UnknownCountry
from subjects.law.versions import Entry, Table, read_table

NO_CALENDAR = "none"


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


@lru_cache(maxsize=4096)
def national_holidays(country: str, year: int) -> Mapping[date, str]:
    """Map the public holidays of a whole country in one year to their English names.

    Raises UnknownCountry for anything but a state of the EEA. Source: Regulation 1182/71,
    Article 2(1); the decisions stand at the top of `calendars.toml`.
    """
    _check_country(country)
    set_aside = calendar().set_aside
    listed = holidays.country_holidays(country, years=year, language="en_US")
    named = {
        day: [name for name in listed.get_list(day) if not name.startswith(set_aside)]
        for day in sorted(listed)
    }
    return MappingProxyType({day: "; ".join(names) for day, names in named.items() if names})


@cache
def calendar_version(country: str) -> str:
    """Name the calendar a date is computed with, such as `holidays-0.109/FR`; "" gives `none`.

    A case keeps it, so that a later calendar can be told from the one that was used (R-021).
    """
    if not country:
        return NO_CALENDAR
    _check_country(country)
    return f"holidays-{version('holidays')}/{country}"


def _check_country(country: str) -> None:
    if country not in {state.code for state in countries()}:
        raise UnknownCountry(country)
