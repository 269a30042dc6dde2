"""What each field of an entry may hold: too narrow for a name, an address or a face code."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from functools import cache
from typing import Final, NamedTuple
from zoneinfo import available_timezones

from subjects.audit import words
from subjects.audit.events import EventType


class Field(NamedTuple):
    """Whether a field takes a value, and what it asks for: no message ever repeats the value.

    `schema` says the same to other programs (JSON Schema), as far as that language can.
    """

    takes: Callable[[object], bool]
    wants: str
    schema: Mapping[str, object]


def _pattern(pattern: str, wants: str) -> Field:
    fits = re.compile(pattern, re.ASCII).fullmatch
    schema = {"type": "string", "pattern": f"^(?:{pattern})$"}
    return Field(lambda value: type(value) is str and fits(value) is not None, wants, schema)


def _one_of(choices: Collection[str]) -> Field:
    known = frozenset(choices)
    schema = {"enum": list(choices)}
    return Field(
        lambda value: type(value) is str and value in known, "one of its listed words", schema
    )


def _count(most: int, least: int = 0) -> Field:
    wants = f"a whole number from {least}" if least else f"a whole number up to {most}"
    # A bool is an int to Python, and `true` would be another leaf than `1`.
    return Field(
        lambda value: type(value) is int and least <= value <= most,
        wants,
        {"type": "integer", "minimum": least, "maximum": most},
    )


def _is_day(value: object) -> bool:
    if type(value) is not str or re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) is None:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def is_instant(value: object) -> bool:
    """Whether `value` is UTC to the second, as in `2026-11-23T04:40:00Z`."""
    if (
        type(value) is not str
        or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value, re.ASCII) is None
    ):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _is_zone(value: object) -> bool:
    return type(value) is str and value in _zones()


def _is_table(value: object, needed: Mapping[str, Field], more: Mapping[str, Field]) -> bool:
    return (
        type(value) is dict
        and needed.keys() <= value.keys() <= needed.keys() | more.keys()
        and all((needed.get(key) or more[key]).takes(held) for key, held in value.items())
    )


MOST_STORES: Final = 64
LARGEST: Final = 2**53 - 1  # what every JSON reader keeps exactly (RFC 8785)
_ALIAS: Final = _pattern(r"[a-z0-9-]{1,32}", "the alias of a store")
_REASON: Final = _one_of(words.REASONS)
_DAY: Final = Field(_is_day, "a day such as 2026-12-23", {"type": "string", "format": "date"})
_INSTANT: Final = Field(
    is_instant,
    "an instant such as 2026-11-23T04:40:00Z",
    {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"},
)
_HASH: Final = _pattern(r"[0-9a-f]{64}", "a SHA-256 in hex")
_RANDOM: Final = _pattern(r"[0-9a-f]{32}", "128 bits in hex")
_DISTANCE: Final = _pattern(r"[0-9]\.[0-9]{1,4}", "a distance as text, such as 0.6")
_MODEL_PART: Final = r"[a-z][a-z0-9_-]{1,30}-v?[0-9]{1,3}(?:\.[0-9]{1,3}){0,2}"
_TEXTS: Final = "before-capture|full|notice|consent|letter|policy|rights|software"
_VERSION: Final = rf"(?:(?:{_TEXTS})-)?(?:[a-z]{{2}}-)?v?[0-9]{{1,4}}(?:[.-][0-9]{{1,4}}){{0,2}}"
# Three numbers at most: four would let an Internet address in.

_STORE_NEEDS: Final = {"alias": _ALIAS, "result": _one_of(words.STORE_RESULTS)}
_STORE_MAY: Final = {
    "total": _count(LARGEST),
    "compared": _count(LARGEST),
    "count": _count(LARGEST),
    "reason": _REASON,
}
_BANDS: Final = {band: _count(10**9) for band in words.BANDS}


def _table_schema(needed: Mapping[str, Field], more: Mapping[str, Field]) -> dict[str, object]:
    return {
        "type": "object",
        "properties": {name: field.schema for name, field in {**needed, **more}.items()},
        "required": sorted(needed),
        "additionalProperties": False,
    }


def _is_stores(value: object) -> bool:
    if type(value) is not list or not 1 <= len(value) <= MOST_STORES:
        return False
    if not all(_is_table(store, _STORE_NEEDS, _STORE_MAY) for store in value):
        return False
    # "Searched" without its counts would be a claim that nobody can check.
    counted = all(
        {"total", "compared"} <= store.keys() for store in value if store["result"] == "searched"
    )
    return counted and len({store["alias"] for store in value}) == len(value)


def _is_reasons(value: object) -> bool:
    return (
        type(value) is list
        and 1 <= len(value) <= len(words.REASONS)
        and all(map(_REASON.takes, value))
        and len(set(value)) == len(value)
    )


HEAD: Final[Mapping[str, Field]] = {
    "v": Field(lambda value: type(value) is int and value == 1, "1", {"const": 1}),
    "id": _pattern(
        r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "a UUID"
    ),
    "n": _RANDOM,
    "t": _INSTANT,
    "type": _one_of(tuple(map(str, EventType))),
    "case": _RANDOM,
    "step": _count(LARGEST, least=1),
    "prev": _HASH,
    "actor": _pattern(words.ACTOR.pattern, "person, system:job or role:…"),
}
"""Every entry has these. `prev` is the leaf hash of the step before; 64 zeros at step 1."""

BODY: Final[Mapping[str, Field]] = {
    "request": _RANDOM,
    "right": _one_of(words.ARTICLES.values()),
    "state": _one_of(words.STATES),
    "outcome": _one_of(words.OUTCOMES),
    "ground": _one_of(words.GROUNDS),
    "basis": _pattern(r"art[1-9][0-9]?(?:-[1-9][0-9]?)?(?:-[a-j])?", "an article such as art12-3"),
    "reason": _REASON,
    "reasons": Field(
        _is_reasons,
        "a list of different listed reasons",
        {"type": "array", "items": _REASON.schema, "minItems": 1, "uniqueItems": True},
    ),
    "decision": _one_of(words.DECISIONS),
    "channel": _one_of(words.CHANNELS),
    "tier": _one_of(words.TIERS),
    "method": _one_of(words.METHODS),
    "letter": _one_of(words.LETTERS),
    "version": _pattern(_VERSION, "a version such as 2026-11-01 or letter-1.2"),
    "language": _pattern(r"[a-z]{2}(?:-[A-Z]{2})?", "a language such as fr"),
    "country": _pattern(r"[A-Z]{2}", "a country in two letters"),
    "received": _INSTANT,
    "local_date": _DAY,
    "tz": Field(_is_zone, "a zone such as Europe/Madrid", {"type": "string"}),
    "calendar": _pattern(
        r"none|holidays-[0-9]{1,3}(?:\.[0-9]{1,4}){0,2}/[A-Z]{2}", "a version of a calendar"
    ),
    "due": _DAY,
    "due_b": _DAY,
    "extended_to": _DAY,
    "until": _DAY,
    "suspended_days": _count(3660),
    "sys": _ALIAS,
    "stores": Field(
        _is_stores,
        "a list of stores with what each one did",
        {
            "type": "array",
            "items": _table_schema(_STORE_NEEDS, _STORE_MAY),
            "minItems": 1,
            "maxItems": MOST_STORES,
        },
    ),
    "model": _pattern(rf"{_MODEL_PART}(?:/{_MODEL_PART})?", "a model with its version"),
    "radius": _DISTANCE,
    "strong_radius": _DISTANCE,
    "bands": Field(
        lambda value: _is_table(value, _BANDS, {}),
        "a count for each band",
        _table_schema(_BANDS, {}),
    ),
    "total": _count(LARGEST),
    "compared": _count(LARGEST),
    "count": _count(10**9),
    "restricted": _count(10**9),
    "erased": _count(10**9),
    "attempt": _count(10**4),
    "seconds": _count(LARGEST),
    "entries": _count(LARGEST),
    "key": _pattern(r"[0-9a-f]{16}", "the first 16 hex digits of a key's digest"),
    "cases": _count(LARGEST),
    "open": _count(LARGEST),
    "year": _count(9999),
    "number": _count(10**9),
    "purpose": _one_of(words.PURPOSES),
    "anchor": _one_of(words.ANCHORS),
    "page": _one_of(words.PAGES),
    "kind": _one_of(words.ORDERS),
    "order": _RANDOM,
    "target": _HASH,
    "digest": _HASH,
    "pc": _pattern(r"hmac-sha256:[0-9a-f]{64}", "a commitment"),
}
"""What an entry may add; `shapes` says which type takes which."""
