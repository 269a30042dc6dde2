"""Rows of a CSV file: RFC 4180, and no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_RISKY_SIGNS: Final = ('"', "=", "+", "@", "\t", "\r", "\n", ",-")
_QUOTED: Final = frozenset(',"\r\n')


def csv_cell(value: object) -> str:
    """Write one cell; what would begin like a formula gets an apostrophe before it (OWASP)."""
    text = str(value)
    if text.startswith(_FORMULA):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if not _QUOTED.isdisjoint(text) else text


def csv_row(cells: Iterable[object]) -> bytes:
    """Write one row, its line end (CR LF) included, in UTF-8."""
    texts = list(map(str, cells))
    row = ",".join(texts)
    # Nearly no row has a sign that CSV or a spreadsheet minds: one look at the whole row.
    if is_risky(row, len(texts)):
        row = ",".join(map(csv_cell, texts))
    return row.encode("utf-8", "backslashreplace") + b"\r\n"


def is_risky(row: str, cells: int) -> bool:
    """Say whether a row, cells joined by commas, may have a cell that is not to stay as it is."""
    if row.count(",") != cells - 1 or row.startswith("-"):
        return True
    for sign in _RISKY_SIGNS:  # noqa: SIM110 - twice as fast as any(), on every row
        if sign in row:
            return True
    return False
