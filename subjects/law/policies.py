"""The defaults where the law is silent, each shown as a policy and not as the law."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from subjects.law.versions import Entry, Table, read_table


@dataclass(frozen=True, kw_only=True)
class Policy(Entry):
    """A number of our own choice, in `unit`; `at_most` (0: none) bounds an installation's own."""

    value: int
    unit: str
    at_most: int
    text: str


@cache
def _table() -> Table[Policy]:
    return read_table("policies.toml", "policy", Policy)


def law_policies(on: date | None = None) -> tuple[Policy, ...]:
    """List all defaults."""
    return _table().on(on)


def law_policy(code: str, on: date | None = None) -> Policy:
    """Give one default, such as `law_policy("suspension-ask")`.

    Raises UnknownLawCode.
    """
    return _table().one(code, on)
