"""A finished package is handed out, and the log says so."""

from pathlib import Path

from django.db import transaction

from subjects.audit.events import Actor, EventType
from subjects.audit.log import record_system
from subjects.errors import NotYet, PackageGone
from subjects.models import AuditPackage


def fetch_package(package: AuditPackage, *, actor: Actor) -> Path:
    """Give the file of a package. The caller has checked that `actor` may have it.

    Raises NotYet while it is being built, PackageGone after its days or without its file.
    """
    if package.made_at is None:
        message = "this package is not ready"
        raise NotYet(message)
    if not package.is_ready or not package.path.is_file():
        raise PackageGone
    with transaction.atomic():
        record_system(EventType.ACCESS_VIEWED, actor=actor, page="package", order=package.order)
    return package.path
