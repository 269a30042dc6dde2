"""What the pages of a receipt and of a certificate show: the entry in words, its place, its key."""

import logging
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any, Final

import segno
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subjects import law
from subjects.actions.certify_erasure import Certificate, Searched
from subjects.actions.issue_receipt import Receipt, receipts_of
from subjects.audit.receipt_files import fingerprint
from subjects.audit.receipts import Proof, proof_of
from subjects.errors import AuditError
from subjects.lifecycle import Outcome
from subjects.models import Case, RightsRequest
from subjects.package.report import style
from subjects.portal.timeline import SENTENCES
from subjects.portal.words import OUTCOME_WORDS, Words

LATE: Final = timedelta(minutes=1)
"""A receipt follows within seconds; after this the page says that something stands still."""
QR_SCALE: Final = 4
_log = logging.getLogger(__name__)

Row = dict[str, Words]


def receipt_links(case: Case) -> list[dict[str, Any]]:
    """Return a link for each receipt of a case; `about` names the right where there are several."""
    several = case.rights_requests.count() > 1
    return [
        {
            "href": _address(case, receipt),
            "title": SENTENCES[receipt.type],
            "about": law.right(receipt.right).name if several and receipt.right else "",
            "at": receipt.at,
        }
        for receipt in receipts_of(case)
    ]


def certified(requests: Iterable[RightsRequest]) -> list[law.Right]:
    """Return the rights of a case whose erasure is verified and answered."""
    return [
        law.right(each.right)
        for each in requests
        if each.answered_at and each.erasure_items.filter(verified_at__isnull=False).exists()
    ]


def receipt_page(case: Case, receipt: Receipt) -> dict[str, Any]:
    """Return the context of the page of one receipt."""
    proof = published(receipt)
    return {
        "case": case,
        "receipt": receipt,
        "title": SENTENCES[receipt.type],
        "recorded": [_row(key, value) for key, value in _in_words(receipt)],
        "proof": proof,
        "late": proof is None and timezone.now() - receipt.at > LATE,
        "exact": proof.leaf.decode("ascii") if proof else "",
        **(shown_proof(proof) if proof else {}),
    }


def published(receipt: Receipt) -> Proof | None:
    """Return the proof of a receipt; None while there is none, or while the log cannot be read."""
    try:
        return proof_of(receipt.id)
    except (AuditError, OSError) as error:
        _log.warning("a proof cannot be read", extra={"error": type(error).__name__})
        return None


def shown_proof(proof: Proof) -> dict[str, Any]:
    """Return the facts of a proof: its place, its keys, and who else holds the checkpoint."""
    rows = [
        _row(_("Number in the log"), str(proof.index)),
        _row(_("Entries in the log then"), str(proof.size)),
        _row(_("Fingerprint of the entry"), proof.leaf_hash.hex()),
        _row(_("Fingerprint of the key"), fingerprint(proof)),
    ]
    rows += [_row(_("Time stamp of"), f"{each.name}, {_instant(each.at)}") for each in proof.stamps]
    rows += [_row(_("Witness"), f"{each.name}, {_instant(each.at)}") for each in proof.cosignatures]
    return {
        "proof_rows": rows,
        "checkpoint": proof.checkpoint,
        "code": qr_code(proof.checkpoint),
        "anchored": bool(proof.stamps or proof.cosignatures),
    }


def qr_code(text: str) -> SafeString:
    """Draw a text as a QR code in SVG, without style and script; four pixels a module."""
    name = _("The three lines above as a QR code")
    drawn = segno.make_qr(text, error="m").svg_inline(scale=QR_SCALE, title=name)
    return mark_safe(drawn)  # noqa: S308 - segno draws squares; the text is in none of them


def certificate_page(case: Case, certificate: Certificate) -> dict[str, Any]:
    """Return the context of a certificate, for the page and for the PDF."""
    proof = published(certificate.receipt)
    return {
        "case": case,
        "certificate": certificate,
        "facts": list(_certified(certificate)),
        "words": {
            "erased": _("Erased in each collection"),
            "erased_columns": [_("Collection"), _("Face codes"), _("How deep")],
            "searched": _("Searched again"),
            "searched_columns": [_("Collection"), _("Result")],
        },
        "erased": [[each.store, str(each.count), each.depth] for each in certificate.erased],
        "searched": [[each.store, _compared(each)] for each in certificate.searched],
        "recipients": ", ".join(certificate.recipients),
        "proof": proof,
        "receipt_href": _address(case, certificate.receipt),
        **(shown_proof(proof) if proof else {}),
    }


def print_style() -> SafeString:
    """Give the style sheet of the certificate on paper, as an element."""
    sheet = render_to_string("portal/certificate.css")
    return style() + mark_safe(f"<style>{sheet}</style>")  # noqa: S308 - a file of ours


def _certified(certificate: Certificate) -> Iterator[Row]:
    yield _row(_("Reference"), certificate.reference)
    yield _row(_("What was asked for"), law.right(certificate.right).name)
    yield _row(_("Received on"), _day(certificate.received_on))
    yield _row(_("Erased and verified"), _instant(certificate.verified_at))
    yield _row(_("Face codes erased, with their pictures"), str(certificate.total))
    if certificate.backups_end_on:
        yield _row(_("Backups end on"), _day(certificate.backups_end_on))
    if certificate.backups_ended_at:
        yield _row(_("Backups recorded as ended"), _instant(certificate.backups_ended_at))


def _compared(searched: Searched) -> str:
    if searched.compared is None:
        return _("Read again by number only: there was no picture left to search with")
    return ngettext(
        "%(count)s face code compared, none of them an erased one",
        "%(count)s face codes compared, none of them an erased one",
        searched.compared,
    ) % {"count": searched.compared}


def _in_words(receipt: Receipt) -> Iterator[tuple[Words, Words]]:
    """Say what the entry says, as far as it means something to a reader."""
    said = receipt.fields
    yield _("Recorded"), _instant(receipt.at)
    if receipt.right:
        yield _("What you asked for"), law.right(receipt.right).name
    for key, name in (
        ("local_date", _("Day")),
        ("due", _("Answer by")),
        ("extended_to", _("Answer now by")),
        ("due_b", _("With the days we waited for your proof")),
        ("until", _("Last day of the backups")),
    ):
        if key in said and not (key == "due_b" and said[key] == said.get("due")):
            yield name, _day(date.fromisoformat(said[key]))
    if "outcome" in said:
        yield _("How it ended"), OUTCOME_WORDS[Outcome(said["outcome"])]
    if "ground" in said:
        yield _("Ground"), said["ground"]
    if "erased" in said:
        yield _("Face codes erased"), str(said["erased"])


def _address(case: Case, receipt: Receipt) -> str:
    return reverse("portal:receipt", kwargs={"reference": case.reference, "receipt_id": receipt.id})


def _row(key: Words, value: Words) -> Row:
    return {"key": key, "value": value}


def _day(day: date) -> str:
    return date_format(day, "j F Y")


def _instant(at: Any) -> str:  # noqa: ANN401 - an aware datetime
    return date_format(timezone.localtime(at), "j F Y, H:i T")
