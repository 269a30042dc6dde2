"""Replace a key of the log, and say so in the log."""

from itertools import groupby
from operator import attrgetter
from typing import Final, Literal

from subjects.audit import keys
from subjects.audit.events import Actor, EventType
from subjects.audit.house import Said, say_unless_said
from subjects.audit.keys import KeyRecord
from subjects.audit.leaf import instant
from subjects.audit.log_key import LogKey

SHOWN: Final = 16
"""Digits of a fingerprint in an entry."""
_ACTOR: Final = Actor.system("rotate")
_announced: Final[set[str]] = set()
"""Fingerprints that this process has seen in the log: each minute it need not look again."""


def rotate_log_key(purpose: Literal["log", "export"]) -> LogKey:
    """Put a new key in force; the log's old one signs beside it until `finish_rotation`.

    The entry comes after the key: where a crash comes in between, the next `announce_keys` writes
    it. Raises LogKeyMissing, LogKeyDamaged, LogKeyInPlace.
    """
    announce_keys()
    key = keys.rotate(purpose)
    announce_keys()
    return key


def finish_rotation() -> KeyRecord | None:
    """Let the old key sign no more and destroy it; None when no rotation runs.

    Raises LogKeyMissing, LogKeyDamaged, LogKeyInPlace where the new key has signed nothing yet.
    """
    announce_keys()
    return keys.finish()


def announce_keys() -> None:
    """Say of every key that followed another one that it came, unless the log says so already."""
    records = sorted(keys.history(), key=attrgetter("purpose"))
    for _, same in groupby(records, attrgetter("purpose")):
        for record in list(same)[1:]:
            if record.fingerprint not in _announced:
                _announce(record)
                _announced.add(record.fingerprint)


def _announce(record: KeyRecord) -> None:
    key = record.fingerprint[:SHOWN]

    def is_it(said: Said) -> bool:
        if not said.fields:  # pruned: it may have been this one
            return instant(said.at) >= record.since
        return said.fields.get("key") == key and said.fields.get("purpose") == record.purpose

    say_unless_said(
        EventType.KEY_ROTATED,
        is_it,
        actor=_ACTOR,
        purpose=record.purpose,
        key=key,
        entries=record.from_size,
    )
