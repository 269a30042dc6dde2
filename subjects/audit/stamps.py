"""Time stamps of RFC 3161: somebody outside the house says when the log was what it was."""

from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography import x509
from django.conf import settings
from django.db import transaction
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimeStampRequest,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from subjects.audit.asking import NoAnswer, ask, name_of
from subjects.audit.events import Actor, EventType
from subjects.audit.log import record_system
from subjects.audit.models import AuditAnchor, AuditCheckpoint
from subjects.errors import StampRefused, StampUnavailable

KIND: Final = "rfc3161"
QUERY: Final = "application/timestamp-query"
REPLY: Final = "application/timestamp-reply"
SHA256: Final = "2.16.840.1.101.3.4.2.1"
GOOD_STATUS: Final = 200


def stamp(checkpoint: AuditCheckpoint, url: str) -> AuditAnchor:
    """Have the authority at `url` stamp the exact bytes of the signed note, and keep the stamp.

    Once for each checkpoint and authority; the entry `anchor.stamped` is written with it. What is
    kept is the whole response (DER), as `openssl ts -verify -in` reads it. Nothing is kept unless
    it verifies. Call it outside a transaction: it waits for a stranger.
    Raises StampUnavailable, StampRefused.
    """
    name = name_of(url)
    before = AuditAnchor.objects.filter(kind=KIND, size=checkpoint.size, name=name).first()
    if before:
        return before
    note = bytes(checkpoint.note)
    roots, others = _trusted(name)
    asked = (
        TimestampRequestBuilder()
        .data(note)
        .hash_algorithm(HashAlgorithm.SHA256)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    reply = _reply(asked, url, name)
    verifier = VerifierBuilder(roots=roots, intermediates=others, nonce=asked.nonce).build()
    response = _checked(reply, name)
    try:
        verifier.verify_message(response, note)
        at = response.tst_info.gen_time
    except (VerificationError, ValueError) as error:
        raise StampRefused(name, _why(error)) from None
    return _keep(checkpoint, name, reply, at)


def _keep(checkpoint: AuditCheckpoint, name: str, reply: bytes, at: datetime) -> AuditAnchor:
    with transaction.atomic():
        kept, new = AuditAnchor.objects.get_or_create(
            kind=KIND, size=checkpoint.size, name=name, defaults={"proof": reply, "at": at}
        )
        if new:
            record_system(
                EventType.ANCHOR_STAMPED,
                actor=Actor.system("log"),
                anchor=KIND,
                digest=sha256(bytes(checkpoint.note)).hexdigest(),
                entries=checkpoint.size,
            )
    return kept


def _reply(asked: TimeStampRequest, url: str, name: str) -> bytes:
    try:
        answer = ask(url, asked.as_bytes(), QUERY)
    except NoAnswer as none:
        raise StampUnavailable(name, str(none)) from None
    if answer.status != GOOD_STATUS:
        raise StampUnavailable(name, f"it answers with status {answer.status}")
    if answer.kind != REPLY:
        raise StampUnavailable(name, "it answers with something else than a time stamp")
    return answer.body


def _checked(reply: bytes, name: str) -> TimeStampResponse:
    """Read a response that was granted, over SHA-256. Whether it is true is not judged here."""
    try:
        response = decode_timestamp_response(reply)
        if response.status != PKIStatus.GRANTED:
            raise StampRefused(name, f"it does not grant the stamp (status {response.status})")
        algorithm = response.tst_info.message_imprint.hash_algorithm.dotted_string
    except ValueError:
        raise StampRefused(name, "its answer is not a time stamp in strict DER") from None
    if algorithm != SHA256:
        raise StampRefused(name, "its stamp is not over SHA-256")
    return response


def _trusted(name: str) -> tuple[list[x509.Certificate], list[x509.Certificate]]:
    """Read the authorities' certificates: those that sign themselves, and those between."""
    if not settings.TIMESTAMP_CA_FILE:
        raise StampRefused(name, "no stamp can be checked: set PORTAL_TIMESTAMP_CA_FILE")
    try:
        found = x509.load_pem_x509_certificates(Path(settings.TIMESTAMP_CA_FILE).read_bytes())
    except (OSError, ValueError):
        message = "PORTAL_TIMESTAMP_CA_FILE cannot be read as certificates (PEM)"
        raise StampRefused(name, message) from None
    roots = [one for one in found if one.issuer == one.subject]
    if not roots:
        raise StampRefused(name, "PORTAL_TIMESTAMP_CA_FILE holds no certificate of a root")
    return roots, [one for one in found if one not in roots]


def _why(error: Exception) -> str:
    """Say in our words which proof is missing."""
    text = str(error)
    for sign, words in (
        ("Nonce", "its stamp answers another question than ours"),
        ("Mismatch between messages", "its stamp is over something else than our checkpoint"),
        ("certificates", "its signature does not lead to PORTAL_TIMESTAMP_CA_FILE"),
        ("EKU", "its certificate is not made for time stamps"),
    ):
        if sign in text:
            return words
    return "its stamp does not verify"
