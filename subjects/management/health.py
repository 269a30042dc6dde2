"""Looks at every part the portal rests on, and says what to do about the ones that fail."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from celery import current_app
from celery.app.control import Control
from django.conf import settings
from django.db.models import Min
from django.utils import timezone

from subjects import vault
from subjects.actions.outstanding import JOB_OF
from subjects.audit import keys, sequencer
from subjects.errors import PortalError, ServerNeeded
from subjects.faces import encoder
from subjects.management import health_of_log, servers
from subjects.management.heartbeat import heartbeat
from subjects.models import Outbox, RightsRequest, Search
from subjects.stores import stores

LONGEST_WAIT: Final = timedelta(hours=24)
"""A machine's turn that lasts longer needs a person: the law's clock runs meanwhile."""
LONGEST_QUEUE: Final = timedelta(minutes=5)
"""A receipt is a matter of seconds: what waits longer for its number is stuck."""
MISSED_ROUNDS: Final = 6
"""Rounds that sweeper or sequencer may miss before they count as gone."""
LEAST_FREE: Final = 1024**3
"""Bytes on the disk of VAR_DIR below which pictures may soon not be taken any more."""


@dataclass(frozen=True)
class Finding:
    """What one look found: in words, and whether it is well."""

    name: str
    well: bool
    words: str


def examine() -> list[Finding]:
    """Look at every part, in the order in which one would mend them."""
    return [look(name, act) for name, act in looks().items()]


def looks() -> dict[str, Callable[[], str]]:
    """Return how to look at each part: words when it is well, an error when it is not."""
    return {
        "database": _database,
        "broker": _broker,
        "worker": _worker,
        "sweeper": _sweeper,
        "log": _log,
        "anchors": health_of_log.anchors,
        "jobs": _jobs,
        "vault": _vault,
        "encoder": _encoder,
        **{f"store {alias}": partial(_store, alias) for alias in stores},
        "disk": _disk,
    }


def look(name: str, act: Callable[[], str]) -> Finding:
    """Look at one part; nothing it raises goes further."""
    try:
        return Finding(name, well=True, words=act())
    except PortalError as error:
        return Finding(name, well=False, words=str(error))
    except Exception as error:  # noqa: BLE001 - one broken part must not hide the others
        # Only the kind: the text of a foreign error may quote a secret or a person.
        return Finding(name, well=False, words=f"{type(error).__name__} while looking at it.")


def _database() -> str:
    servers.check_database()
    servers.check_migrated()
    return "answers and has every migration"


def _broker() -> str:
    servers.check_broker()
    return "answers"


def _worker() -> str:
    servers.check_broker()
    control = Control(current_app)
    control.mailbox.producer_pool = None  # its connections wait for a dead broker for ever
    with current_app.connection(settings.CELERY_BROKER_URL) as connection:
        answers = control.ping(timeout=1.0, connection=connection)
    if not answers:
        message = (
            "No worker answers. Start one: `manage.py up`, or the worker line of the Procfile."
        )
        raise ServerNeeded(message)
    return f"{len(answers)} answering"


def _sweeper() -> str:
    start = "Start it: `manage.py sweep --forever`."
    try:
        age = time.time() - heartbeat().stat().st_mtime
    except FileNotFoundError:
        message = f"The sweeper has never gone round. {start}"
        raise ServerNeeded(message) from None
    if age > max(MISSED_ROUNDS * settings.SWEEP_SECONDS, 60):
        message = f"The sweeper last went round {spoken(timedelta(seconds=age))} ago. {start}"
        raise ServerNeeded(message)
    return f"went round {spoken(timedelta(seconds=age))} ago"


def _log() -> str:
    keys.log_keys()
    keys.export_key()
    published = sequencer.compare()
    count, since = sequencer.waiting()
    start = "Start it: `manage.py sequence --forever`, where PORTAL_LOG_DIR lies."
    try:
        age = time.time() - heartbeat("sequencer").stat().st_mtime
    except FileNotFoundError:
        message = f"The sequencer has never gone round. {start}"
        raise ServerNeeded(message) from None
    if age > max(MISSED_ROUNDS * settings.SEQUENCE_SECONDS, 60):
        message = f"The sequencer last went round {spoken(timedelta(seconds=age))} ago. {start}"
        raise ServerNeeded(message)
    words = f"{published} entries published"
    if since is None:
        return f"{words}, none waiting"
    words += f", {count} waiting, the oldest for {spoken(timezone.now() - since)}"
    if timezone.now() - since > LONGEST_QUEUE:
        message = f"{words}. Look at what the sequencer says."
        raise ServerNeeded(message)
    return words


def _jobs() -> str:
    waiting: list[tuple[int, datetime | None]] = []
    for rows, since in (
        (RightsRequest.objects.filter(state__in=list(JOB_OF)), "entered_at"),
        (Search.objects.filter(kind=Search.Kind.INTAKE, finished_at=None), "created_at"),
        (Outbox.objects.filter(sent_at=None), "created_at"),
    ):
        waiting.append((rows.count(), rows.aggregate(oldest=Min(since))["oldest"]))
    times = [oldest for _, oldest in waiting if oldest]
    if not times:
        return "none outstanding"
    age = timezone.now() - min(times)
    words = f"{sum(count for count, _ in waiting)} outstanding, the oldest for {spoken(age)}"
    if age > LONGEST_WAIT:
        message = f"{words}. Look at the log of the worker for what keeps failing."
        raise ServerNeeded(message)
    return words


def _vault() -> str:
    vault.check()
    return f"seals with key {vault.current_key_id()} and opens again"


def _encoder() -> str:
    encoder.check()
    return "models present, and they give the known numbers"


def _store(alias: str) -> str:
    census = stores[alias].census()
    return f"{census.count} face templates, {census.restricted} of them restricted"


def _disk() -> str:
    free = shutil.disk_usage(settings.VAR_DIR).free
    words = f"{free / LEAST_FREE:.1f} GB free"
    if free < LEAST_FREE:
        message = f"Only {words} in {settings.VAR_DIR}. Make room before filings are lost."
        raise ServerNeeded(message)
    return words


def spoken(age: timedelta) -> str:
    """Say how long in the largest unit that fits."""
    seconds = max(int(age.total_seconds()), 0)
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} seconds"
