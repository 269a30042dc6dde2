"""A package is built, and the log says so."""

import shutil
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from subjects.actions.keep_log import stamp_checkpoint
from subjects.audit.events import Actor, EventType
from subjects.audit.evidence import place_of_newest
from subjects.audit.house import say_what_changed
from subjects.audit.log import record_system
from subjects.audit.publish import log_tiles, published
from subjects.audit.sequencer import sequence
from subjects.errors import LogBusy, Superseded
from subjects.models import RELEASED, AuditPackage
from subjects.models.audit_package import packages_folder
from subjects.models.leased import MAX_ATTEMPTS
from subjects.package.collect import build_package
from subjects.package.orders import Manifest, Progress, check_period
from subjects.package.texts import texts_digest
from subjects.package.zipped import zip_package

TOLD_EVERY: Final = 2.0
"""Seconds between two notes of how far it is."""
PATIENCE: Final = 30.0
"""Seconds in which another sequencer may number what this package needs."""


def build_ordered(package: AuditPackage) -> None:
    """Build an ordered package and put its ZIP where it can be fetched.

    Safe to run again after a crash: what lies half built is thrown away. Raises what
    `build_package` raises, and Superseded where another worker has it now.
    """
    if not package.is_under_way or not package.claim(made_at=None, given_up=False):
        return
    if package.attempts > MAX_ATTEMPTS:
        AuditPackage.objects.filter(pk=package.pk).update(given_up=True, lease_until=None)
        return
    _throw_away(package)
    work, tell = packages_folder() / f"{package.pk.hex}-{package.fence}", _teller(package)
    name = f"rights-log-{package.start}-{package.end}"
    try:
        manifest = prepare_and_build(work, package.start, package.end, tell)
        octets = zip_package(work, package.path, name=name, progress=tell)
        with transaction.atomic():
            _finish(package, manifest, octets)
            record_made(manifest, actor=Actor(package.ordered_by), order=package.order)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def build_here(
    folder: Path, start: date, end: date, *, actor: Actor, progress: Progress
) -> Manifest:
    """Build a package in a folder of the operator's own, with its entry; no row keeps a file.

    Raises what `build_package` raises.
    """
    manifest = prepare_and_build(folder, start, end, progress)
    with transaction.atomic():
        now = timezone.now()
        AuditPackage.objects.create(
            start=start,
            end=end,
            ordered_by=str(actor),
            made_at=now,
            purged_at=now,
            **_facts_of(manifest),
        )
        record_made(manifest, actor=actor)
    return manifest


def prepare_and_build(folder: Path, start: date, end: date, progress: Progress) -> Manifest:
    """State the texts in force, number what waits, have it stamped, and build the bag."""
    check_period(start, end)
    note = _catch_up()
    return build_package(folder, start=start, end=end, progress=progress, note=note)


def record_made(manifest: Manifest, *, actor: Actor, order: UUID | None = None) -> None:
    """Write the entry: a package of so many entries was made, and what its manifest is."""
    record_system(
        EventType.PACKAGE_MADE,
        actor=actor,
        digest=manifest.digest,
        entries=manifest.size,
        order=order,
    )


def _catch_up() -> bytes:
    """Wait until the texts in force are in the published log; stamp its checkpoint and give it.

    Raises LogBusy where another sequencer does not get there, and what `sequence` raises.
    """
    say_what_changed(EventType.TEXTS_PUBLISHED, texts_digest())
    until = time.monotonic() + PATIENCE
    while True:
        while sequence():
            pass
        there, note = published(), log_tiles().checkpoint()
        if there and note and there.size > place_of_newest(EventType.TEXTS_PUBLISHED):
            stamp_checkpoint(there.size)
            return note
        if time.monotonic() > until:
            raise LogBusy
        time.sleep(min(settings.SEQUENCE_SECONDS, 1))


def _teller(package: AuditPackage) -> Progress:
    """Note in the row how far it is, now and then, and hold the lease with it."""
    told: dict[str, float] = {}

    def tell(step: str, done: int, total: int) -> None:
        if time.monotonic() - told.get(step, -TOLD_EVERY) < TOLD_EVERY:
            return
        told[step] = time.monotonic()
        package.renew()
        AuditPackage.objects.filter(pk=package.pk, fence=package.fence).update(
            step=step, done=done, total=total
        )

    return tell


def _finish(package: AuditPackage, manifest: Manifest, octets: int) -> None:
    now = timezone.now()
    mine = AuditPackage.objects.filter(pk=package.pk, fence=package.fence, made_at=None)
    done = mine.update(
        **RELEASED,
        **_facts_of(manifest),
        octets=octets,
        made_at=now,
        purge_on=timezone.localdate() + timedelta(days=settings.PACKAGE_DAYS),
        step="",
    )
    if not done:
        raise Superseded
    package.refresh_from_db()


def _facts_of(manifest: Manifest) -> dict[str, object]:
    """Keep what names cases in it: an order of an authority quotes such a name later."""
    return {
        "export": manifest.export,
        "salt": manifest.salt,
        "entries": manifest.size,
        "digest": manifest.digest,
    }


def _throw_away(package: AuditPackage) -> None:
    """Remove what a worker that died had begun."""
    for path in packages_folder().glob(f"{package.pk.hex}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
