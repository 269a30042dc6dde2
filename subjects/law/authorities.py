"""The data protection authorities that a person can complain to: Article 77(1)."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from subjects.errors import UnknownCountry
from subjects.law.versions import Entry, Table, read_table


@dataclass(frozen=True, kw_only=True)
class Authority(Entry):
    """One authority; `code` is a country or a German Land such as `DE-HH`.

    `checked_on` is the day on which somebody last looked whether the entry still holds.
    """

    country: str
    where: str
    name: str
    website: str
    eea: bool
    checked_on: date


@cache
def _table() -> Table[Authority]:
    return read_table("authorities.toml", "authority", Authority)


def authorities(country: str = "", on: date | None = None) -> tuple[Authority, ...]:
    """List all authorities, or those of one country: Germany has one for each Land besides."""
    return tuple(entry for entry in _table().on(on) if country in ("", entry.country))


def authority(code: str, on: date | None = None) -> Authority:
    """Give the authority of a country of the EEA, a Land, `EU`, `GB` or `CH`.

    Raises UnknownCountry.
    """
    for entry in _table().on(on):
        if entry.code == code:
            return entry
    raise UnknownCountry(code)
