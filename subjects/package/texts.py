"""What was in force: the law's data, the policies of this installation, letters and calendars.

Their digest stands in the log (`texts.published`), so that a letter changed afterwards shows.
"""

import hashlib
import json
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from subjects import law
from subjects.faces.values import MODEL
from subjects.package.bag import lines_of

LIST: Final = "texts.sha256"
POLICIES: Final = (
    "HOLD_DAYS",
    "PROBE_DAYS",
    "DELIVERY_DAYS",
    "BACKUP_DAYS",
    "CASE_FILE_DAYS",
    "LOG_DAYS",
    "PACKAGE_DAYS",
    "SUSPENSION_ASK_DAYS",
    "SEARCH_RADIUS",
    "STRONG_RADIUS",
    "FILINGS_BEFORE_SLOW_LANE",
    "UPLOAD_BYTES",
    "CONTROLLER_COUNTRY",
    "CONTROLLER_TIME_ZONE",
)
"""Settings that are policies, by name: none of them is a secret, an address or a person."""
IDENTITY: Final = {"access": "T2", "other rights": "T1", "refusals": "T0"}
"""The tier that an answer needs (R-031); a test holds it against `subjects.policies`."""


def texts() -> dict[str, bytes]:
    """Give every text in force, by its path below `data/policies/`."""
    return {
        **{f"law/{path.name}": path.read_bytes() for path in _files_of_law()},
        **{f"letters/{path.name}": path.read_bytes() for path in _letters()},
        "policies.json": _json(_policies()),
        "calendar.json": _json(calendar()),
    }


def list_of(published: dict[str, bytes]) -> bytes:
    """Write the sums of the texts, one a line, sorted by path."""
    return lines_of({path: hashlib.sha256(text).hexdigest() for path, text in published.items()})


def texts_digest() -> str:
    """Give the SHA-256 of the list of texts in hex: what `texts.published` states."""
    return hashlib.sha256(list_of(texts())).hexdigest()


def calendar() -> dict[str, dict[str, str]]:
    """Map each state of the EEA to its public holidays: day to English name.

    From the oldest year that the log keeps to the year after this one.
    """
    this_year = timezone.localdate().year
    first = this_year - settings.LOG_DAYS // 365 - 1
    return _holidays(first, this_year + 1)


@cache
def _holidays(first: int, last: int) -> dict[str, dict[str, str]]:
    return {
        country.code: {
            day.isoformat(): name
            for year in range(first, last + 1)
            for day, name in law.national_holidays(country.code, year).items()
        }
        for country in law.countries()
    }


def _files_of_law() -> list[Path]:
    folder = Path(str(resources.files("subjects.law")))
    return sorted(folder.glob("*.toml"))


def _letters() -> list[Path]:
    return sorted((Path(settings.BASE_DIR) / "templates" / "letters").glob("*.txt"))


def _policies() -> dict[str, Any]:
    return {
        **{name.lower(): getattr(settings, name) for name in POLICIES},
        "identity_tiers": IDENTITY,
        "face_codes": MODEL,
        "stores": sorted(settings.FACE_TEMPLATE_STORES),
        "calendars": {
            country.code: law.calendar_version(country.code) for country in law.countries()
        },
    }


def _json(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
