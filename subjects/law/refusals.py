"""What can stand against a request: a closed list, each ground with the rights it applies to."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from subjects.errors import ReasonMissing, RefusalNotAvailable
from subjects.law.rights import right as right_by_code
from subjects.law.versions import Entry, Table, read_table


@dataclass(frozen=True, kw_only=True)
class Refusal(Entry):
    """A ground of refusal or limitation, and what the controller must show to use it."""

    article: str
    text: str
    applies_to: tuple[str, ...]
    must_show: tuple[str, ...]
    not_evidence: tuple[str, ...]
    whole: bool
    two_people: bool
    officer_only: bool
    direct_marketing: bool
    least_characters: int

    def available(self, right: str, *, direct_marketing: bool = False) -> bool:
        """Say whether it exists for this right; few exist against direct marketing objections."""
        return right in self.applies_to and (self.direct_marketing or not direct_marketing)


@cache
def _table() -> Table[Refusal]:
    table = read_table("refusals.toml", "refusal", Refusal)
    for entry in table.entries:
        for code in entry.applies_to:
            right_by_code(code, entry.valid_from)
    return table


def refusals(on: date | None = None) -> tuple[Refusal, ...]:
    """List every code, also `F-N`, which refuses nothing."""
    return _table().on(on)


def refusal(code: str, on: date | None = None) -> Refusal:
    """Give one ground, such as `refusal("F-17-3-e")`.

    Raises UnknownLawCode.
    """
    return _table().one(code, on)


def refusals_for(
    right: str, on: date | None = None, *, direct_marketing: bool = False
) -> tuple[Refusal, ...]:
    """List the grounds that exist for this right on that day."""
    return tuple(
        entry
        for entry in _table().on(on)
        if entry.available(right, direct_marketing=direct_marketing)
    )


def check_refusal(
    right: str, code: str, on: date | None = None, *, direct_marketing: bool = False
) -> None:
    """Refuse a ground that does not exist for this right.

    Raises RefusalNotAvailable, and UnknownLawCode for a code or right outside the lists.
    """
    name = right_by_code(right, on).code
    if not refusal(code, on).available(name, direct_marketing=direct_marketing):
        raise RefusalNotAvailable(code, name)


def check_refusal_reasons(code: str, reasons: str, on: date | None = None) -> None:
    """Refuse reasons that are missing or too short to be about one case (R-102, R-110).

    Raises ReasonMissing.
    """
    entry = refusal(code, on)
    if len(reasons.strip()) < entry.least_characters:
        what = "the reasons of this case"
        if entry.least_characters > 1:
            what += f", at least {entry.least_characters} characters"
        raise ReasonMissing(what, entry.article)
