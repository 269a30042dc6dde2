"""Rows of a CSV file: RFC 4180, and no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_QUOTED: Final = frozenset(',"\r\n')


def csv_cell(value: object) -> str:
    """Write one cell; what would begin like a formula gets an apostrophe before it (OWASP)."""
    text = str(value)
    if text.startswith(_FORMULA):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"' if not _QUOTED.isdisjoint(text) else text


def csv_row(cells: Iterable[object]) -> bytes:
    """Write one row, its line end (CR LF) included, in UTF-8."""
    return (",".join(map(csv_cell, cells)) + "\r\n").encode("utf-8", "backslashreplace")
