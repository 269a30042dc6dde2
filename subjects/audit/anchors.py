"""Who holds the log from outside the house: asked in turn; current, stale or missing."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings

from subjects.audit import outcomes, stamps, witnesses
from subjects.audit.asking import name_of
from subjects.audit.models import AuditAnchor, AuditCheckpoint
from subjects.audit.publish import published
from subjects.audit.witness_policy import Witness
from subjects.errors import AnchorError, TileMissing, WitnessAhead

STALE_AFTER: Final = {stamps.KIND: timedelta(days=2), witnesses.KIND: timedelta(hours=1)}
"""A stamp is wanted every day, a cosignature every minute while the log grows."""
_log = logging.getLogger(__name__)
_asked: Final[set[str]] = set()
"""Witnesses that this process has asked."""


class Condition(StrEnum):
    """How somebody outside holds the log."""

    CURRENT = "current"
    STALE = "stale"
    MISSING = "missing"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Standing:
    """One authority or witness: what it holds since when, and what went wrong at the last try."""

    kind: str
    name: str
    condition: Condition
    size: int | None
    at: datetime | None
    code: str
    words: str
    tried_at: datetime | None


def newest_checkpoint() -> AuditCheckpoint | None:
    """Give the newest checkpoint that is published, or None. Raises LogForked."""
    there = published()
    return AuditCheckpoint.objects.filter(size=there.size).first() if there else None


def stamp_daily(now: datetime) -> int:
    """Have each authority stamp the log once a day if it has grown; return how many did.

    Whoever failed is asked again later: at first after a minute, at last every hour.
    """
    checkpoint = newest_checkpoint()
    due = [url for url in settings.TIMESTAMP_URLS if checkpoint and _wants(url, checkpoint, now)]
    return sum(checkpoint is not None and _stamped(checkpoint, url, now) for url in due)


def stamp_at_once(size: int, now: datetime) -> int:
    """Have each authority stamp the checkpoint of this size now; return how many hold it then."""
    checkpoint = AuditCheckpoint.objects.filter(size=size).first()
    if checkpoint is None:
        return 0
    return sum(_stamped(checkpoint, url, now) for url in settings.TIMESTAMP_URLS)


def cosign_newest(now: datetime) -> int:
    """Have each witness sign the newest checkpoint; return how many hold it then.

    Raises WitnessPolicyBroken, and WitnessAhead where even the note of it cannot be written.
    """
    policy, checkpoint = witnesses.policy(), newest_checkpoint()
    if policy is None or checkpoint is None:
        return 0
    return sum(_cosigned(checkpoint, one, now) for one in policy.witnesses.values())


def standings(now: datetime) -> list[Standing]:
    """Say of each configured authority and witness how it holds the log.

    Raises WitnessPolicyBroken, LogForked.
    """
    size = checkpoint.size if (checkpoint := newest_checkpoint()) else 0
    policy = witnesses.policy()
    names = [(stamps.KIND, name_of(url)) for url in settings.TIMESTAMP_URLS]
    names += [(witnesses.KIND, name) for name in (policy.witnesses if policy else ())]
    return [_standing(kind, name, size, now) for kind, name in names]


def _standing(kind: str, name: str, size: int, now: datetime) -> Standing:
    held, last = _newest(kind, name), outcomes.outcome(kind, name)
    if last and last.ahead is not None:
        condition = Condition.AHEAD
    elif held is None:
        condition = Condition.MISSING
    elif held.size < size and now - held.at > STALE_AFTER[kind]:
        condition = Condition.STALE
    else:
        condition = Condition.CURRENT
    return Standing(
        kind,
        name,
        condition,
        held.size if held else None,
        held.at if held else None,
        last.code if last else "",
        last.words if last else "",
        last.tried_at if last else None,
    )


def _newest(kind: str, name: str) -> AuditAnchor | None:
    return AuditAnchor.objects.filter(kind=kind, name=name).order_by("-size").first()


def _wants(url: str, checkpoint: AuditCheckpoint, now: datetime) -> bool:
    name = name_of(url)
    held, last = _newest(stamps.KIND, name), outcomes.outcome(stamps.KIND, name)
    if held and held.size >= checkpoint.size:
        return False
    # By our clock too: an authority whose clock is days off must not be asked every minute.
    times = (held and held.at, last and last.held_at)
    if any(at and at.astimezone(UTC).date() == now.astimezone(UTC).date() for at in times):
        return False
    return not (last and last.rests(now))


def _stamped(checkpoint: AuditCheckpoint, url: str, now: datetime) -> bool:
    return _tried(stamps.KIND, name_of(url), now, lambda: stamps.stamp(checkpoint, url))


def _cosigned(checkpoint: AuditCheckpoint, witness: Witness, now: datetime) -> bool:
    held = _newest(witnesses.KIND, witness.name)
    last = outcomes.outcome(witnesses.KIND, witness.name)
    # Once in each process, also with nothing new: an older state put back shows before it grows.
    again = witness.name not in _asked or (last is not None and last.ahead is not None)
    if held and held.size == checkpoint.size and not again:
        return True
    if last and last.rests(now):
        return False
    _asked.add(witness.name)
    return _tried(
        witnesses.KIND,
        witness.name,
        now,
        lambda: witnesses.cosign(checkpoint, witness, again=again),
    )


def _tried(kind: str, name: str, now: datetime, act: Callable[[], AuditAnchor]) -> bool:
    """Ask somebody outside, and note how it went. Only WitnessAhead may come through."""
    try:
        act()
    except WitnessAhead as error:
        _log.error("a witness has seen a longer log", extra={"error": error.code})
        try:
            outcomes.went_wrong(kind, error, now)
        except OSError:
            raise error from None  # without the note nobody else would know that all must stop
        return False
    except AnchorError as error:
        _log.warning("somebody outside does not hold the log", extra={"error": error.code})
        outcomes.went_wrong(kind, error, now)
        return False
    except TileMissing as error:
        # Our own fault, and shown as such by the look at the log.
        _log.warning("the proof for a witness cannot be read", extra={"error": error.code})
        return False
    outcomes.went_well(kind, name, now)
    return True
