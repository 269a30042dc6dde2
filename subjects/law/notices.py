"""What a person reads and agrees to before a picture is taken, by version."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from hashlib import sha256
from string import Formatter

from subjects.errors import ReasonMissing
from subjects.law.versions import Entry, Table, read_table


@dataclass(frozen=True, kw_only=True)
class LegalNotice(Entry):
    """A text with named gaps; `version` is what the log keeps as the proof of what was read."""

    version: str
    language: str
    text: str

    @property
    def gaps(self) -> frozenset[str]:
        """Name what must be filled in, such as `controller`."""
        return frozenset(name for _, name, _, _ in Formatter().parse(self.text) if name)

    @property
    def digest(self) -> str:
        """Give the SHA-256 of the unfilled text, in hex: two texts never share a version."""
        return sha256(self.text.encode()).hexdigest()

    def fill(self, **values: str) -> str:
        """Fill the gaps; values that the text does not ask for are ignored.

        Raises ReasonMissing for a gap without words: Article 13 wants each of them.
        """
        for gap in sorted(self.gaps):
            if not values.get(gap, "").strip():
                what = f"the {gap.replace('_', ' ')} for the notice"
                raise ReasonMissing(what, "Article 13")
        return self.text.format_map(values)


@cache
def _table(language: str) -> Table[LegalNotice]:
    return read_table(_FILES[language], "notice", LegalNotice)


_FILES = {"en": "notices.toml"}


def legal_notice(code: str, on: date | None = None, *, language: str = "en") -> LegalNotice:
    """Give `before-capture` (R-050, at most 150 words), `full` or `consent` (R-051).

    Falls back to English for a language without its own text. Raises UnknownLawCode.
    """
    return _table(language if language in _FILES else "en").one(code, on)


def legal_notices(on: date | None = None, *, language: str = "en") -> tuple[LegalNotice, ...]:
    """List the notices of one language."""
    return _table(language if language in _FILES else "en").on(on)
