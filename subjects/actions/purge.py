"""Our own copies go on their days.

Probes, deliveries, codes, letters, contacts, and what authorities left, each dated in the log.
"""

import shutil
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from subjects import vault
from subjects.actions.move import lock_case
from subjects.audit.events import Actor, EventType
from subjects.audit.log import erase_payloads, record, record_system
from subjects.models import (
    AuditPackage,
    AuthorityOrder,
    Case,
    OneTimeCode,
    RegulatorAccess,
    RegulatorVisit,
    RightsRequest,
    SealedBlob,
)
from subjects.models.audit_package import packages_folder
from subjects.models.authority_order import orders_folder

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
        "authorities' accesses": _accesses(),
        "authorities' visits": _visits(),
        "authorities' orders": _orders(),
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
    _sweep(packages_folder(), {package.path.name for package in kept})
    return purged


def _sweep(folder: Path, known: Collection[str]) -> None:
    """Remove what a crash left there; what is young may be under way."""
    before = (timezone.now() - ORPHAN_AGE).timestamp()
    for path in folder.iterdir():
        if path.name in known or path.stat().st_mtime > before:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _accesses() -> int:
    """Blank who had an account of an authority, and its secrets, when its file's time has ended."""
    ended = timezone.now() - timedelta(days=settings.CASE_FILE_DAYS)
    over = RegulatorAccess.objects.filter(
        Q(expires_at__lt=ended) | Q(revoked_at__lt=ended), purged_at=None
    )
    with transaction.atomic():
        due = list(over.select_for_update(no_key=True).order_by("pk"))
        for access in due:
            access.forget()
            access.save()
        if due:
            which = {"accesses": [access.pk.hex for access in due]}
            record_system(EventType.CONTACT_PURGED, actor=ACTOR, count=len(due), payload=which)
    return len(due)


def _visits() -> int:
    """Remove what authorities opened, with the entries of the log that say the same."""
    ended = timezone.now() - timedelta(days=settings.LOG_DAYS)
    return RegulatorVisit.objects.filter(at__lt=ended).delete()[0]


def _orders() -> int:
    """Destroy pack and sealed texts of orders that were answered as long ago as a case file lasts.

    Before, a pack is evidence and stays as long as its order. The file goes last: one that is left
    by a crash has no order that names it, and is swept away.
    """
    ended = timezone.now() - timedelta(days=settings.CASE_FILE_DAYS)
    due = AuthorityOrder.objects.filter(answered_at__lt=ended, purged_at=None)
    purged = sum(_purge_order(order) for order in due)
    kept = AuthorityOrder.objects.filter(purged_at=None).exclude(proof_digest="")
    _sweep(orders_folder(), {order.path.name for order in kept})
    return purged


def _purge_order(order: AuthorityOrder) -> bool:
    had_pack = bool(order.proof_digest) and order.path.exists()
    with transaction.atomic():
        locked = AuthorityOrder.objects.select_for_update(no_key=True).get(pk=order.pk)
        if locked.purged_at:
            return False
        locked.forget()
        locked.save()
        record_system(EventType.DELIVERY_PURGED, actor=ACTOR, count=int(had_pack), order=order.pk)
    if had_pack:
        order.path.unlink(missing_ok=True)
    return True


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
