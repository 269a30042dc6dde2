"""What the last try at each authority and witness brought. It steers and informs; no evidence.

One small file each, beside the database, so that the pages and the sequencer see the same, and so
that an older database put back does not forget that a witness was ahead of it.
"""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from django.conf import settings
from django.utils import timezone

from subjects.errors import AnchorError, WitnessAhead

LONGEST_REST: Final = timedelta(hours=1)
"""Between two tries at somebody who fails: one minute first, then twice as long each time."""
MOST_DOUBLINGS: Final = 6
_TIMES: Final = ("tried_at", "held_at")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The last try: when, how often it has failed since, why in words, and when it last went well.

    `ahead` is the size a witness has seen when that is more than ours.
    """

    kind: str
    name: str
    tried_at: datetime
    held_at: datetime | None = None
    failures: int = 0
    code: str = ""
    words: str = ""
    ahead: int | None = None

    def rests(self, now: datetime) -> bool:
        """Say whether it is too early to try again."""
        if not self.failures or self.ahead is not None:
            return False
        rest = timedelta(minutes=2 ** min(self.failures - 1, MOST_DOUBLINGS))
        return self.tried_at <= now < self.tried_at + min(rest, LONGEST_REST)


def outcome(kind: str, name: str) -> Outcome | None:
    """Read what the last try brought; None where nobody was asked, or the note is unreadable."""
    return _read(_file(kind, name))


def every(kind: str) -> list[Outcome]:
    """Read what every last try of this kind brought, also at those who are not asked any more."""
    found = map(_read, sorted(_folder().glob(f"{kind}-*.json")))
    return [one for one in found if one]


def went_well(kind: str, name: str, now: datetime | None = None) -> None:
    """Note that they hold the log; what went wrong before is forgotten."""
    at = now or timezone.now()
    _write(Outcome(kind, name, tried_at=at, held_at=at))


def went_wrong(kind: str, error: AnchorError, now: datetime | None = None) -> None:
    """Note why they do not hold the log, for the operator's page and for the next try."""
    before = outcome(kind, error.name)
    # Only an answer that goes well says that nobody is ahead any more.
    ahead = before.ahead if before else None
    if isinstance(error, WitnessAhead):
        ahead = error.theirs
    _write(
        Outcome(
            kind,
            error.name,
            tried_at=now or timezone.now(),
            held_at=before.held_at if before else None,
            failures=before.failures + 1 if before else 1,
            code=error.code,
            words=str(error),
            ahead=ahead,
        )
    )


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "anchors"


def _file(kind: str, name: str) -> Path:
    return _folder() / f"{kind}-{sha256(name.encode()).hexdigest()[:16]}.json"


def _read(file: Path) -> Outcome | None:
    try:
        read = json.loads(file.read_text("utf-8"))
        times = {name: datetime.fromisoformat(read[name]) for name in _TIMES if read[name]}
        return Outcome(**read | times)
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _write(noted: Outcome) -> None:
    _folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    plain = {
        field: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        for field, value in asdict(noted).items()
    }
    with NamedTemporaryFile("w", encoding="utf-8", dir=_folder(), delete=False) as part:
        json.dump(plain, part)
        part.flush()
        os.fsync(part.fileno())
    Path(part.name).replace(_file(noted.kind, noted.name))
