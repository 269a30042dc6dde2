"""What is packed, fixed once: the log up to one checkpoint, a period, and a salt of its own."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from django.utils import timezone

from subjects.audit.leaf import instant
from subjects.audit.publish import log_tiles, read_checkpoint
from subjects.errors import NothingToPack, PeriodRefused

Progress = Callable[[str, int, int], None]
"""Is told the step, one of `STEPS`, how much of it is done, and how much there is."""
STEPS: Final = ("log", "evidence", "entries", "tables", "report", "signature", "zip")
SALT_BYTES: Final = 32


@dataclass(frozen=True)
class Order:
    """A package to be made: whatever is published after its checkpoint is not in it."""

    start: date
    end: date
    size: int
    root: bytes
    note: bytes = field(repr=False)
    export: str
    salt: bytes = field(repr=False)
    made: str


@dataclass(frozen=True)
class Manifest:
    """A finished package: where it lies, how many entries, and the SHA-256 of its manifest."""

    folder: Path
    export: str
    salt: bytes = field(repr=False)
    size: int
    digest: str


def new_order(start: date, end: date, note: bytes | None = None) -> Order:
    """Take this checkpoint, or the newest published one.

    Raises PeriodRefused, NothingToPack, LogForked.
    """
    check_period(start, end)
    note = note or log_tiles().checkpoint()
    checkpoint = None if note is None else read_checkpoint(note)
    if note is None or checkpoint is None or checkpoint.size == 0:
        raise NothingToPack
    return Order(
        start=start,
        end=end,
        size=checkpoint.size,
        root=checkpoint.root,
        note=note,
        export=secrets.token_hex(16),
        salt=secrets.token_bytes(SALT_BYTES),
        made=instant(timezone.now()),
    )


def check_period(start: date, end: date) -> None:
    """Refuse a period that ends before it begins, or after today. Raises PeriodRefused."""
    if start > end:
        why = f"it ends on {end}, before it begins on {start}"
        raise PeriodRefused(why)
    if end > timezone.localdate():
        why = f"{end} is still to come, and today is {timezone.localdate()}"
        raise PeriodRefused(why)
