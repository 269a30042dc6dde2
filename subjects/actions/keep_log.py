"""Keeps the log alive and held: what it says once a day, and what is asked of those outside."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import DatabaseError
from django.utils import timezone

from subjects.actions.rotate_log_key import announce_keys
from subjects.audit import anchors
from subjects.audit.census import take_census
from subjects.audit.events import EventType
from subjects.audit.house import said_today, say_once_a_day, say_what_changed
from subjects.audit.places import newest_size
from subjects.audit.witnesses import is_ahead
from subjects.errors import PortalError, WitnessAhead
from subjects.lifecycle import State
from subjects.models import Case, RightsRequest
from subjects.package.texts import texts_digest

_log = logging.getLogger(__name__)
_published: Final[set[str]] = set()
"""Digests of texts that this process has seen in the log: each minute it need not look again."""


def keep_log(now: datetime | None = None) -> None:
    """Do whatever is due at `now`. For once a minute; safe at any time, and twice at once.

    Asks strangers, so it may take ten seconds for each who is silent; call it outside a
    transaction. What fails is logged, shown on the operator's page and tried again later. Raises
    only WitnessAhead, and only where nobody else could be told.
    """
    at = now or timezone.now()
    _guarded(_cosign, at)
    if is_ahead():
        return  # what was said now would have to be untangled after the recovery
    for step in (_beat, _count, _publish, _announce, _stamp):
        _guarded(step, at)


def stamp_checkpoint(size: int) -> int:
    """Have the checkpoint of `size` entries stamped now, for a package; return how many stamps.

    None of those who fail is an error: their faults stand on the operator's page. Waits up to ten
    seconds for each; call it outside a transaction.
    """
    return anchors.stamp_at_once(size, timezone.now())


def publish_texts() -> str:
    """Write into the log which texts are in force, if they have changed; return their digest."""
    digest = texts_digest()
    say_what_changed(EventType.TEXTS_PUBLISHED, digest)
    return digest


def _cosign(now: datetime) -> None:
    anchors.cosign_newest(now)


def _beat(now: datetime) -> None:
    """Say that the log lives: a silence of days is then seen as one."""
    if not said_today(EventType.HEARTBEAT, now):
        say_once_a_day(EventType.HEARTBEAT, now, entries=newest_size())


def _count(now: datetime) -> None:
    """Count the cases in the log beside the rows, so that neither loses one unseen."""
    if said_today(EventType.CENSUS, now) or (census := take_census()) is None:
        return
    say_once_a_day(
        EventType.CENSUS,
        now,
        entries=census.entries,
        count=census.count,
        digest=census.digest.hex(),
        cases=Case.objects.count(),
        open=RightsRequest.objects.exclude(state=State.CLOSED).count(),
    )


def _publish(_now: datetime) -> None:
    if texts_digest() not in _published:
        _published.add(publish_texts())


def _announce(_now: datetime) -> None:
    announce_keys()  # of a rotation that died before its entry


def _stamp(now: datetime) -> None:
    anchors.stamp_daily(now)


def _guarded(step: Callable[[datetime], None], now: datetime) -> None:
    """Run one step; what fails must not keep the others from running."""
    try:
        step(now)
    except WitnessAhead:
        raise
    except PortalError as error:
        _log.error("the log is not kept as it should be", extra={"error": error.code})
    except (DatabaseError, OSError):
        _log.exception("a step of keeping the log failed")
