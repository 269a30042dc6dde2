"""Replace a key of the log, and say so in the log."""

from typing import Final, Literal

from django.db import transaction

from subjects.audit import keys
from subjects.audit.events import Actor, EventType
from subjects.audit.keys import KeyRecord, LogKey
from subjects.audit.log import record_system
from subjects.audit.sequencer import newest_size

SHOWN: Final = 16
"""Digits of a fingerprint in an entry."""


def rotate_log_key(purpose: Literal["log", "export"]) -> LogKey:
    """Put a new key in force; the log's old one signs beside it until `finish_rotation`.

    The entry comes after the key: a crash in between leaves a rotation that the history of keys
    tells of. Raises LogKeyMissing, LogKeyDamaged, LogKeyInPlace.
    """
    key = keys.rotate(purpose)
    with transaction.atomic():
        record_system(
            EventType.KEY_ROTATED,
            actor=Actor.system("rotate"),
            purpose=purpose,
            key=key.fingerprint[:SHOWN],
            entries=newest_size(),
        )
    return key


def finish_rotation() -> KeyRecord | None:
    """Let the old key sign no more and destroy it; None when no rotation runs."""
    return keys.finish()
