"""Which face templates an order is about, from what a store recorded of each.

The country is the one that the record names. Where it names none, the country-code domain of the
address speaks for it (`.fr`), except for those that are sold all over the world. Where neither
tells, and where an address or a day is missing that the scope asks for, it is undetermined.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from django.utils import timezone

from subjects.stores.base import Scope, ScopeCount

SOLD_EVERYWHERE: Final = frozenset(
    {
        *("ac", "ai", "as", "bz", "cc", "cd", "co", "dj", "eu", "fm", "gg", "gl", "im", "io"),
        *("la", "me", "ms", "nu", "sc", "sr", "st", "su", "tk", "to", "tv", "vc", "ws"),
    }
)
"""Country codes whose domains say nothing about a country; `eu` is none."""
CODES: Final = {"uk": "GB", "el": "GR"}
"""Where the domain and ISO 3166-1 differ."""
LETTERS: Final = 2


class Origin(NamedTuple):
    """What a store recorded of where and when one template was collected; empty: nothing."""

    country: str
    source_url: str
    collected_at: datetime | None


def counted(scope: Scope, origins: Iterable[Origin]) -> ScopeCount:
    """Count every template once: in the scope, undetermined, or outside."""
    total = in_scope = undetermined = 0
    for origin in origins:
        inside = in_the_scope(scope, origin)
        total += 1
        in_scope += inside is True
        undetermined += inside is None
    return ScopeCount(total, in_scope, undetermined)


def in_the_scope(scope: Scope, origin: Origin) -> bool | None:
    """Say whether a template is in the scope; None where the record does not tell."""
    answers = [
        *([_same_country(scope.country, origin)] if scope.country else []),
        *([_same_source(scope.source_suffix, origin)] if scope.source_suffix else []),
        *([_within_days(scope, origin)] if scope.collected_from or scope.collected_to else []),
    ]
    if False in answers:
        return False
    return None if None in answers else True


def country_of(origin: Origin) -> str:
    """Name the country of collection in two capital letters; empty where nothing tells."""
    if origin.country:
        return origin.country.upper()
    last = _host(origin.source_url).rpartition(".")[2]
    if len(last) != LETTERS or not last.isalpha() or last in SOLD_EVERYWHERE:
        return ""
    return CODES.get(last, last.upper())


def _same_country(country: str, origin: Origin) -> bool | None:
    found = country_of(origin)
    return found == country.upper() if found else None


def _same_source(suffix: str, origin: Origin) -> bool | None:
    host, end = _host(origin.source_url), suffix.lower().strip(".")
    return host == end or host.endswith(f".{end}") if host else None


def _within_days(scope: Scope, origin: Origin) -> bool | None:
    if origin.collected_at is None:
        return None
    day = timezone.localdate(origin.collected_at)
    return not (
        (scope.collected_from and day < scope.collected_from)
        or (scope.collected_to and day > scope.collected_to)
    )


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""
