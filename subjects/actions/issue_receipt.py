"""The person gets the proof of what was recorded about them, to keep and to check anywhere."""

import io
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from subjects.actions.move import lock_case
from subjects.audit.events import Actor, EventType
from subjects.audit.log import Entry, entries, record
from subjects.audit.receipt_files import files_of
from subjects.audit.receipts import Proof, indexes_of, proof_of
from subjects.audit.words import ARTICLES
from subjects.errors import NotYet
from subjects.models import Case, RightsRequest

EARNS: Final = frozenset(
    {
        EventType.REQUEST_RECEIVED,
        EventType.DEADLINE_EXTENDED,
        EventType.SUSPENSION_ENDED,
        EventType.ANSWERED,
        EventType.REFUSED,
        EventType.WITHDRAWN,
        EventType.ERASURE_VERIFIED,
        EventType.BACKUP_EXPIRED,
    }
)
"""Receipt, each change of a date, answer, erasure, and the end of the backups."""
AFTER_THE_ANSWER: Final = frozenset({EventType.ERASURE_VERIFIED, EventType.BACKUP_EXPIRED})
"""These exist only where the search found somebody, so nobody reads them before the answer."""
_RIGHT_OF: Final = {article: right for right, article in ARTICLES.items()}
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the ZIP: the same receipt is the same bytes."""
_MODE: Final = 0o100644 << 16
_UNIX: Final = 3


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry that earns a receipt. `index` is its place in the log; None: it has none yet.

    Of a blanked entry only its type, time and hash are left: no field, and no right.
    """

    id: UUID
    type: EventType
    at: datetime
    right: str
    leaf_hash: bytes
    fields: dict[str, Any]
    index: int | None

    @property
    def blanked(self) -> bool:
        """Say whether what the entry said was taken out of the log."""
        return not self.fields


def receipts_of(case: Case) -> list[Receipt]:
    """Return the receipts of a case, the newest first; those without a place follow in a moment."""
    requests = {each.right: each for each in case.rights_requests.all()}
    earned = [each for each in entries(case.pk) if _is_earned(each, requests)]
    places = indexes_of(each.id for each in earned)
    return [_receipt(each, places.get(each.id)) for each in reversed(earned)]


def receipt_of(case: Case, event: UUID) -> Receipt | None:
    """Return one receipt of a case; None for an entry that is not there or earns none."""
    return next((each for each in receipts_of(case) if each.id == event), None)


def issue(case: Case, event: UUID) -> bytes:
    """Return the receipt of an entry as a ZIP; at the first time the log says that it was given.

    Raises `NotYet` where there is none, or not yet; and whatever the log raises where it cannot
    be written or its published files are damaged.
    """
    receipt, proof = receipt_of(case, event), proof_of(event)
    if receipt is None or proof is None:
        message = "your receipt follows as soon as the log has given the entry its number"
        raise NotYet(message)
    request = case.rights_requests.filter(right=receipt.right).first()
    content = _packed(proof, case, request)
    with transaction.atomic():
        lock_case(case.pk)
        if not _was_issued(case, receipt):
            record(
                case.pk,
                EventType.RECEIPT_ISSUED,
                actor=Actor.person(),
                target=receipt.leaf_hash.hex(),
            )
    return content


def _is_earned(entry: Entry, requests: dict[str, RightsRequest]) -> bool:
    if entry.type not in EARNS:
        return False
    if entry.type not in AFTER_THE_ANSWER:
        return True
    # A blanked one may be about any request of the case: it waits for the last answer.
    about = [requests.get(_right(entry))] if entry.leaf else requests.values()
    return all(each is not None and each.answered_at is not None for each in about)


def _receipt(entry: Entry, index: int | None) -> Receipt:
    return Receipt(
        id=entry.id,
        type=entry.type,
        at=entry.at,
        right=_right(entry),
        leaf_hash=entry.leaf_hash,
        fields=entry.fields,
        index=index,
    )


def _right(entry: Entry) -> str:
    return _RIGHT_OF.get(str(entry.fields.get("right", "")), "")


def _was_issued(case: Case, receipt: Receipt) -> bool:
    return any(
        each.type is EventType.RECEIPT_ISSUED
        and each.fields.get("target") == receipt.leaf_hash.hex()
        for each in entries(case.pk)
    )


def _packed(proof: Proof, case: Case, request: RightsRequest | None) -> bytes:
    files = files_of(proof, case=case.pk, request=request.pk if request else None)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files.items():
            file = zipfile.ZipInfo(name, _EARLIEST)
            file.create_system, file.external_attr = _UNIX, _MODE
            file.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(file, content, compresslevel=9)
    return packed.getvalue()
