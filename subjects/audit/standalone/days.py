"""Days as text, such as `2026-12-23`, and the little arithmetic that figures need."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def later_by_months(day: str, number: int) -> str:
    """Give the same date so many months later, or that month's last day (Reg. 1182/71, Art. 3)."""
    years, month = divmod(int(day[5:7]) - 1 + number, 12)
    year = int(day[:4]) + years
    last = monthrange(year, month + 1)[1]
    return f"{year:04d}-{month + 1:02d}-{min(int(day[8:]), last):02d}"


def months(start: str, end: str) -> list[str]:
    """List the months that a period touches, as `2026-11`."""
    found = [start[:7]]
    while found[-1] < end[:7]:
        found.append(later_by_months(found[-1] + "-01", 1)[:7])
    return found


def days_between(start: str, end: str) -> int:
    """Count the calendar days from one day to another."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days


def nearest_rank(values: Iterable[int], percent: int) -> int:
    """Give a percentile by nearest rank: always one of the values; 0 when there are none."""
    ordered = sorted(values)
    return ordered[max(-(-len(ordered) * percent // 100), 1) - 1] if ordered else 0
