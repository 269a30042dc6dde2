"""What each letter to the person must contain, and which reasons allow an extension."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from subjects.errors import ReasonMissing
from subjects.law.versions import Entry, Table, read_table


@dataclass(frozen=True, kw_only=True)
class LetterPart(Entry):
    """Something the law wants in a letter."""

    text: str
    article: str


@dataclass(frozen=True, kw_only=True)
class LetterKind(Entry):
    """A kind of letter: the codes of its parts, and by when it goes out."""

    parts: tuple[str, ...]
    limit: str


@dataclass(frozen=True, kw_only=True)
class ExtensionReason(Entry):
    """A reason for more time; one that is not `enough` is refused when it stands alone."""

    text: str
    enough: bool


@cache
def _parts() -> Table[LetterPart]:
    return read_table("letters.toml", "part", LetterPart)


@cache
def _letters() -> Table[LetterKind]:
    table = read_table("letters.toml", "letter", LetterKind)
    for entry in table.entries:
        for code in entry.parts:
            _parts().one(code, entry.valid_from)
    return table


@cache
def _reasons() -> Table[ExtensionReason]:
    return read_table("letters.toml", "extension_reason", ExtensionReason)


def letter_kinds(on: date | None = None) -> tuple[LetterKind, ...]:
    """List the kinds of letters, each with its parts and its limit."""
    return _letters().on(on)


def letter_parts(kind: str, on: date | None = None) -> tuple[LetterPart, ...]:
    """List what a letter of this kind must contain.

    Raises UnknownLawCode.
    """
    return tuple(_parts().one(code, on) for code in _letters().one(kind, on).parts)


def check_letter(kind: str, parts: Mapping[str, str], on: date | None = None) -> None:
    """Refuse a letter that lacks a part: `parts` maps codes of parts to their text (R-110).

    Raises ReasonMissing for the first missing or blank one.
    """
    for part in letter_parts(kind, on):
        if not parts.get(part.code, "").strip():
            raise ReasonMissing(part.text, part.article)


def extension_reasons(on: date | None = None) -> tuple[ExtensionReason, ...]:
    """List the reasons a reviewer can choose from, also those that are not enough alone."""
    return _reasons().on(on)


def check_extension_reasons(codes: Collection[str], text: str, on: date | None = None) -> None:
    """Refuse an extension without a reason that counts, or without words about this case.

    Source: Article 12(3); R-025, R-026. Raises ReasonMissing, and UnknownLawCode.
    """
    chosen = [_reasons().one(code, on) for code in codes]
    if not any(reason.enough for reason in chosen):
        accepted = " or ".join(reason.code for reason in extension_reasons(on) if reason.enough)
        what = f"a reason that the law accepts: {accepted}"
        raise ReasonMissing(what, "Article 12(3)")
    if not text.strip():
        what = "the reasons of this case in your own words"
        raise ReasonMissing(what, "Article 12(3)")
