"""What the answer to an access request must tell: Article 15."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from subjects.law.versions import Entry, Table, read_table


@dataclass(frozen=True, kw_only=True)
class Article15Item(Entry):
    """One thing the answer tells; `code` is the letter or number in Article 15, or our own."""

    article: str
    text: str


@cache
def _table() -> Table[Article15Item]:
    return read_table("article15.toml", "item", Article15Item)


def article15_items(on: date | None = None) -> tuple[Article15Item, ...]:
    """List the items in the order of the article, then those that a face store adds."""
    return _table().on(on)
