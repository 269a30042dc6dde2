"""A case is named to an authority that ordered it, and the log says so."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction

from subjects.actions.move import ARTICLE, lock_case
from subjects.audit.events import EventType
from subjects.audit.evidence import openings
from subjects.audit.log import record
from subjects.audit.publish import published
from subjects.errors import CaseUnknownToLog, NotYet, ReasonMissing
from subjects.models import AuditPackage, Case, Right
from subjects.package.disclosure import DisclosureOrder, Named, build_disclosure
from subjects.package.zipped import zip_package
from subjects.policies import actor_of, check_is_officer

LAW: Final = "Article 58(1)(e)"


@dataclass(frozen=True)
class Disclosure:
    """The restricted bag as a ZIP. Nothing of it is kept."""

    name: str
    content: bytes = field(repr=False)
    digest: str


def disclose_case(
    order: DisclosureOrder, case: Case, *, package: AuditPackage, by: User
) -> Disclosure:
    """Build the bag that names `case`, as it is called in `package`, for a recorded order.

    Only the officer may. The entry is written before anything is handed out. Raises
    PermissionDenied, ReasonMissing for an order without authority, reference or legal basis,
    NotYet for a package that is not made, CaseUnknownToLog where it holds no entry of the case.
    """
    check_is_officer(by)
    for what in ("authority", "reference", "legal_basis"):
        if not getattr(order, what).strip():
            missing = f"the order's {what.replace('_', ' ')}"
            raise ReasonMissing(missing, LAW)
    if package.made_at is None or package.entries is None:
        message = "the package in which the case has its pseudonym is not made"
        raise NotYet(message)
    named = _named(case, package)
    with tempfile.TemporaryDirectory(prefix="disclosure-") as place:
        folder = Path(place) / "bag"
        digest = build_disclosure(folder, order, named)
        file = Path(place) / "bag.zip"
        name = f"restricted-{named.pseudonym}"
        zip_package(folder, file, name=name, progress=lambda *_: None)
        content = file.read_bytes()
    with transaction.atomic():
        lock_case(case.pk)
        record(
            case.pk, EventType.DISCLOSURE_MADE, actor=actor_of(by), order=order.id, digest=digest
        )
    return Disclosure(f"{name}.zip", content, digest)


def _named(case: Case, package: AuditPackage) -> Named:
    checkpoint = published()
    found = openings(case.pk, checkpoint.size if checkpoint else 0)
    if not found or found[0].index >= (package.entries or 0):
        raise CaseUnknownToLog
    requests = case.rights_requests.values_list("pk", "right")
    return Named(
        case=case.pk,
        reference=case.reference,
        requests=[(pk, ARTICLE[Right(right)]) for pk, right in requests],
        export=package.export,
        salt=bytes(package.salt),
        openings=found,
    )
