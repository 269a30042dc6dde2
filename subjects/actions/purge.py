"""Our own copies go on their days.

Probes, deliveries, codes, letters and contacts, each dated in the log.
"""

import shutil
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from subjects import vault
from subjects.actions.move import lock_case
from subjects.audit.events import Actor, EventType
from subjects.audit.log import erase_payloads, record, record_system
from subjects.models import AuditPackage, Case, OneTimeCode, RightsRequest, SealedBlob
from subjects.models.audit_package import packages_folder

ACTOR: Final = Actor.system("purge")
ORPHAN_AGE: Final = timedelta(hours=1)
EVENT: Final = {
    SealedBlob.Purpose.PROBE: EventType.PROBE_PURGED,
    SealedBlob.Purpose.DELIVERY: EventType.DELIVERY_PURGED,
}


def purge() -> dict[str, int]:
    """Carry out every purge that is due; returns how many of each. Safe at any time, and twice."""
    return {
        "sealed files": _sealed_files(),
        "one-time codes": _codes(),
        "orphan files": _orphans(),
        "case files": _case_files(),
        "packages": _packages(),
    }


def purge_blob(blob: SealedBlob) -> bool:
    """Destroy one sealed file and its key now, with the entry; False where it was gone already."""
    with transaction.atomic():
        case = _case_of(blob)
        if case:
            lock_case(case.pk)
        done = blob.purge()
        if done and case:
            record(case.pk, EVENT[SealedBlob.Purpose(blob.purpose)], actor=ACTOR, count=1)
        elif done:
            record_system(EVENT[SealedBlob.Purpose(blob.purpose)], actor=ACTOR, count=1)
    return done


def _case_of(blob: SealedBlob) -> Case | None:
    return (
        Case.objects.filter(probes__blob=blob).first()
        or Case.objects.filter(
            rights_requests__delivery__blob=blob,
        ).first()
    )


def _sealed_files() -> int:
    due = SealedBlob.objects.filter(purged_at=None, purge_on__lte=timezone.localdate())
    return sum(purge_blob(blob) for blob in due)


def _codes() -> int:
    return OneTimeCode.objects.filter(expires_at__lt=timezone.now()).delete()[0]


def _orphans() -> int:
    """Remove files that no row names.

    Left by a crash between file and row, with no key anywhere.
    """
    known = {
        pk.hex for pk in SealedBlob.objects.filter(purged_at=None).values_list("pk", flat=True)
    }
    before = (timezone.now() - ORPHAN_AGE).timestamp()
    orphans = [
        path
        for path in vault.folder().glob("??/*")
        if path.stem not in known and path.stat().st_mtime < before
    ]
    for path in orphans:
        path.unlink(missing_ok=True)
    return len(orphans)


def _packages() -> int:
    """Remove packages whose days are over, and what was left of their building.

    The row stands: it says which cases the names in a package mean.
    """
    due = AuditPackage.objects.filter(purged_at=None, purge_on__lte=timezone.localdate())
    purged = 0
    for package in due:
        package.path.unlink(missing_ok=True)
        purged += AuditPackage.objects.filter(pk=package.pk, purged_at=None).update(
            purged_at=timezone.now()
        )
    kept = AuditPackage.objects.filter(made_at__isnull=False, purged_at=None)
    known = {package.path.name for package in kept}
    before = (timezone.now() - ORPHAN_AGE).timestamp()
    for path in packages_folder().iterdir():
        if path.name in known or path.stat().st_mtime > before:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return purged


def _case_files() -> int:
    """Blank what identifies the person when the case file's time has ended (R-127).

    The log stands.
    """
    ended = timezone.now() - timedelta(days=settings.CASE_FILE_DAYS)
    cases = Case.objects.filter(closed_at__lt=ended, purged_at=None)
    for case in cases:
        with transaction.atomic():
            lock_case(case.pk)
            for probe in case.probes.select_related("blob"):
                probe.blob.purge()
            case.letters.all().delete()
            case.codes.all().delete()
            RightsRequest.objects.filter(case=case).update(reasons_sealed=b"")
            case.contact_sealed = case.notes_sealed = b""
            case.contact_digest = case.passphrase_hash = ""
            case.purged_at = timezone.now()
            case.save()
            record(case.pk, EventType.CONTACT_PURGED, actor=ACTOR)
            erase_payloads(case.pk)
    return len(cases)
