"""When the log was last verified, and whether it held: for those who look after it."""

import json
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils import timezone


class Checked(NamedTuple):
    """One check of the log in the database: when, how many entries, and whether all was right."""

    at: datetime
    entries: int
    holds: bool


def note_check(entries: int, *, holds: bool, whole: bool) -> None:
    """Note that the log was checked just now: as a `whole`, or since the check before."""
    told = {"at": timezone.now().isoformat(), "entries": entries, "holds": holds}
    new = _file(whole=whole).with_suffix(".new")
    new.write_text(json.dumps(told), "ascii")
    new.replace(_file(whole=whole))


def last_check(*, whole: bool) -> Checked | None:
    """Read what the last such check found; None before the first."""
    try:
        told = json.loads(_file(whole=whole).read_text("ascii"))
        return Checked(
            datetime.fromisoformat(told["at"]), int(told["entries"]), bool(told["holds"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _file(*, whole: bool) -> Path:
    return Path(settings.VAR_DIR) / ("checked-whole.json" if whole else "checked-since.json")
