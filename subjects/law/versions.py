"""Reads the law's data: entries in TOML files, each with the days between which it holds."""

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import pairwise
from types import UnionType
from typing import Any, Generic, TypeVar, get_args, get_origin, get_type_hints

from subjects.errors import LawDataBroken, UnknownLawCode


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One rule of the law as it reads from `valid_from` to `valid_to`, both days included."""

    code: str
    valid_from: date
    valid_to: date | None = None

    def holds(self, on: date) -> bool:
        """Say whether the entry is in force on that day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


AnEntry = TypeVar("AnEntry", bound=Entry)


@dataclass(frozen=True)
class Table(Generic[AnEntry]):
    """All versions of one kind of entry, in the order of their file."""

    kind: str
    entries: tuple[AnEntry, ...]

    def on(self, day: date | None) -> tuple[AnEntry, ...]:
        """List the entries in force on that day; without a day, today in UTC."""
        wanted = day or today()
        return tuple(entry for entry in self.entries if entry.holds(wanted))

    def one(self, code: str, day: date | None) -> AnEntry:
        """Give the version of `code` in force on that day.

        Raises UnknownLawCode.
        """
        for entry in self.on(day):
            if entry.code == code:
                return entry
        raise UnknownLawCode(self.kind, code, day or today())


def today() -> date:
    """Name the current day in UTC: precise enough to choose a version of the law."""
    return datetime.now(tz=UTC).date()


def read_table(file: str, kind: str, entry_type: type[AnEntry]) -> Table[AnEntry]:
    """Read the `[[kind]]` entries of a file that lies beside this module.

    Keys under `[defaults]` fill what an entry leaves out. Raises LawDataBroken for an unknown,
    missing or wrongly typed key, an empty text, and for versions of one code that overlap or
    leave days between them.
    """
    content = _content(file)
    defaults = content.get("defaults", {})
    rows = content.get(kind, [])
    if not rows:
        raise LawDataBroken(file, f"it has no [[{kind}]]")
    entries = tuple(_entry(file, entry_type, {**defaults, **row}) for row in rows)
    _check_versions(file, entries)
    return Table(kind, entries)


@cache
def _content(file: str) -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(file).read_text("utf-8"))


def _entry(file: str, entry_type: type[AnEntry], row: Mapping[str, Any]) -> AnEntry:
    values: dict[str, Any] = {key: _frozen(value) for key, value in row.items()}
    where = f"entry {values.get('code', '?')!r}"
    hints = get_type_hints(entry_type)
    needed = {field.name for field in fields(entry_type) if field.default is MISSING}
    if odd := (needed - values.keys()) | (values.keys() - hints.keys()):
        raise LawDataBroken(file, f"{where} lacks or does not know {', '.join(sorted(odd))}")
    for key, value in values.items():
        if not _fits(value, hints[key]) or value == "":
            raise LawDataBroken(file, f"{where} has a wrong value for {key}")
    return entry_type(**values)


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(part) for part in value)
    return value.strip() if isinstance(value, str) else value


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401 - a type hint is any object
    if get_origin(hint) is UnionType:
        return any(_fits(value, part) for part in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_fits(part, get_args(hint)[0]) for part in value)
    return type(value) is hint


def _check_versions(file: str, entries: tuple[Entry, ...]) -> None:
    in_order = sorted(entries, key=lambda entry: (entry.code, entry.valid_from))
    for entry in in_order:
        if entry.valid_to is not None and entry.valid_to < entry.valid_from:
            raise LawDataBroken(file, f"{entry.code} ends before it begins")
    for earlier, later in pairwise(in_order):
        if earlier.code != later.code:
            continue
        if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
            raise LawDataBroken(file, f"two versions of {later.code} overlap")
        if earlier.valid_to + timedelta(days=1) < later.valid_from:
            raise LawDataBroken(file, f"no version of {later.code} between two others")
