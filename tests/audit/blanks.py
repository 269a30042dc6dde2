"""What the tests of blanked entries share: old logs, and how they are read."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from django.conf import settings as configured
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from subjects.actions.prune_log import prune_log
from subjects.audit import guards
from subjects.audit.events import EventType
from subjects.audit.house import say_once_a_day
from subjects.audit.models import AuditCheckpoint, AuditEntry, AuditEvent
from subjects.audit.sequencer import drain
from subjects.audit.standalone import main as standalone
from subjects.audit.verify import verify
from subjects.models import Case, Right, RightsRequest
from tests.audit.entries import chain, write
from tests.cases import file


def files() -> dict[str, bytes]:
    """Give the published log, without what only its writer needs."""
    folder = Path(configured.LOG_DIR)
    found = [path for path in folder.rglob("*") if path.is_file() and path.name[0] != "."]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def holds(place: Path | None = None) -> bool:
    """Check database, published log and package as everybody else does."""
    assert not verify().problems
    return standalone.main([str(place or configured.LOG_DIR)]) == 0


def packed(folder: Path) -> Path:
    today = timezone.localdate().isoformat()
    call_command("audit_package", start=f"{today[:4]}-01-01", end=today, out=folder, verbosity=0)
    return folder


def index_of(case: UUID, step: int) -> int:
    event = AuditEvent.objects.get(case=case, step=step)
    return AuditEntry.objects.get(event=event.pk).index


def prune_all() -> None:
    prune_log(timezone.now() + timedelta(minutes=1), lambda *_: None)


def close(case: Case) -> None:
    RightsRequest.objects.filter(case=case).update(
        state="closed", outcome="withdrawn", closed_at=timezone.now(), answered_at=timezone.now()
    )


def old_log(closed: int = 700) -> Case:
    """Give an open case that begins behind entry 700, and a few cases that nobody works on."""
    with transaction.atomic():
        say_once_a_day(EventType.HEARTBEAT, timezone.now(), entries=0)
    chain(closed - 1)
    opened = file(Right.ERASURE, picture=b"")
    chain(400)
    drain()
    return opened


def age_the_checkpoints() -> None:
    """Let the log be older than it has to be kept."""
    long_ago = timezone.now() - timedelta(days=configured.LOG_DAYS + 2)
    with guards.lifted(connection):
        AuditCheckpoint.objects.update(created=long_ago)
    write(uuid4())
