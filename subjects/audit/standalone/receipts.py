"""A person's receipt: whether what it says stood in the log, under a state that the log signed."""

from __future__ import annotations

import hmac
import json
import re
from datetime import datetime, timezone
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Callable, Final, NamedTuple

from subjects.audit.standalone.merkle import leaf_hash, verify_inclusion
from subjects.audit.standalone.notes import (
    COSIGNATURE_KEY,
    NOTE_KEY,
    Checkpoint,
    Note,
    Vkey,
    cosigned_at,
    from_base64,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    verified_by,
)
from subjects.audit.standalone.proofs import TlogProof, read_proof

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ReceiptFinding = tuple[bool, str]
"""Whether it holds, and what, in words."""

KEY_FILE_HEAD: Final = bytes.fromhex("302a300506032b6570032100")
"""What stands before the 32 bytes of an Ed25519 key in a key file (RFC 8410)."""
RECEIPT_FILES: Final = (
    *("event.json", "event.tlog-proof", "opening.json", "checkpoint", "log.vkey", "log.pub.pem"),
    *("witness.vkey", "checkpoint.tsr", "tsa-ca.pem"),
)
"""The files of a receipt that a program reads."""
MOST_RECEIPT_BYTES: Final = 1_000_000
_GENERATED: Final = re.compile(rb"\x18[\x0d-\x17](\d{14})(?:\.\d+)?Z")
"""The time of a time stamp: a GeneralizedTime in its DER (RFC 3161)."""


class ReceiptRefused(ValueError):
    """A receipt in which something is missing or cannot be read."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} {why}.")


class _Receipt(NamedTuple):
    """A receipt taken apart, nothing of it verified yet."""

    files: Mapping[str, bytes]
    leaf: bytes
    fields: dict[str, Any]
    proof: TlogProof
    note: Note
    checkpoint: Checkpoint
    vkeys: Sequence[Vkey]


def check_receipt(files: Mapping[str, bytes], vkeys: Sequence[Vkey] = ()) -> list[ReceiptFinding]:
    """Check the files of one receipt, by their names; it holds when every finding holds.

    `vkeys` are keys of the log that the one who checks has from elsewhere; without any, the key
    that lies in the receipt is taken, and its fingerprint must be compared. Never raises: what
    cannot be read is a finding.
    """
    try:
        receipt = _taken_apart(files, vkeys)
    except ValueError as error:
        return [(False, str(error))]
    findings: list[ReceiptFinding] = []
    for check in (_place, _signature, _key_file, _case, _details, _witnesses, _stamp):
        findings += _found_by(check, receipt)
    return findings


def receipt_place(files: Mapping[str, bytes]) -> tuple[int, bytes, Checkpoint]:
    """Give index, leaf hash and checkpoint that a receipt speaks of; nothing is verified.

    Raises ValueError.
    """
    receipt = _taken_apart(files, ())
    return receipt.proof.index, leaf_hash(receipt.leaf), receipt.checkpoint


def key_fingerprint(vkey: Vkey) -> str:
    """Give the SHA-256 of a key as openssl writes it: `openssl pkey -pubin -outform DER`."""
    return sha256(KEY_FILE_HEAD + vkey.key).hexdigest()


def stamp_time(token: bytes) -> datetime | None:
    """Give the time that a time stamp bears, whoever signed it; None where it bears none."""
    found = _GENERATED.search(token)
    if found is None:
        return None
    try:
        read = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S")  # noqa: DTZ007 - UTC: see Z
    except ValueError:
        return None
    return read.replace(tzinfo=timezone.utc)


def read_vkeys(text: bytes) -> list[Vkey]:
    """Read keys, one a line, empty lines passed over. Raises ValueError."""
    return [parse_vkey(line) for line in text.decode("utf-8").splitlines() if line]


def signing_keys(files: Mapping[str, bytes]) -> list[Vkey]:
    """Give the keys in log.vkey that have signed: one that is only listed lends its good name."""
    try:
        note = parse_note(read_proof(files.get("event.tlog-proof", b"")).note)
        keys = read_vkeys(files.get("log.vkey", b""))
    except ValueError:
        return []
    return [one for one in keys if verified_by(note, [one])]


def shown_text(text: str) -> str:
    """Show a text as it is: no sign in it may move the cursor, hide words or turn them round."""
    return "".join(one if one.isprintable() or one == "\n" else "?" for one in text)


def _found_by(
    check: Callable[[_Receipt], Iterator[ReceiptFinding]], receipt: _Receipt
) -> list[ReceiptFinding]:
    try:
        return list(check(receipt))
    except (ValueError, ArithmeticError, OSError) as error:  # as a time beyond all years gives
        return [(False, str(error))]


def _taken_apart(files: Mapping[str, bytes], vkeys: Sequence[Vkey]) -> _Receipt:
    leaf = _file(files, "event.json")
    proof = read_proof(_file(files, "event.tlog-proof"))
    note = parse_note(proof.note)
    try:
        fields = json.loads(leaf)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise ReceiptRefused("event.json", "is no entry of the log: its text was changed")
    keys = vkeys or read_vkeys(_file(files, "log.vkey"))
    return _Receipt(files, leaf, fields, proof, note, parse_checkpoint(note.text), keys)


def _file(files: Mapping[str, bytes], name: str) -> bytes:
    if name not in files:
        raise ReceiptRefused(name, "is missing")
    return files[name]


def _place(receipt: _Receipt) -> Iterator[ReceiptFinding]:
    proof, tree = receipt.proof, receipt.checkpoint
    found = leaf_hash(receipt.leaf)
    where = "entry " + str(proof.index) + " of " + str(tree.size)
    if verify_inclusion(proof.index, tree.size, found, proof.proof, tree.root):
        yield True, "The log has exactly the text of event.json, as " + where + "."
    else:
        yield (
            False,
            "The log does not have the text of event.json as " + where + ": text or proof was"
            " changed.",
        )


def _signature(receipt: _Receipt) -> Iterator[ReceiptFinding]:
    """Check the signature in the proof, and that `checkpoint` is the same, signed as well."""
    origin = receipt.checkpoint.origin
    beside = parse_note(_file(receipt.files, "checkpoint"))
    known = [one for one in receipt.vkeys if (one.name, one.algorithm) == (origin, NOTE_KEY)]
    signed = verified_by(receipt.note, known) and verified_by(beside, known)
    if signed and beside.text == receipt.note.text:
        size = str(receipt.checkpoint.size)
        yield True, "The state of the log with " + size + " entries is signed by " + origin + "."
    else:
        yield False, "The checkpoint is not signed by " + origin + ": it or the key was changed."


def _key_file(receipt: _Receipt) -> Iterator[ReceiptFinding]:
    """Let nobody compare the fingerprint of one key and check with another."""
    pem = _file(receipt.files, "log.pub.pem").decode("ascii", "replace").strip()
    keys = read_vkeys(_file(receipt.files, "log.vkey"))
    begin, end = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"
    inside = from_base64("".join(pem.replace(begin, "").replace(end, "").split()))
    signers = signing_keys(receipt.files) or keys
    if inside not in {KEY_FILE_HEAD + one.key for one in signers}:
        yield False, "log.pub.pem and log.vkey are two different keys."


def _case(receipt: _Receipt) -> Iterator[ReceiptFinding]:
    """Check that the entry is about the case and the request that the person holds."""
    opening = _opening_of(receipt)
    for name in ("case", "request"):
        shown = receipt.fields.get(name)
        if shown is None:
            continue
        mine = _blinded(str(opening.get(name, "")), str(receipt.fields.get("n", "")))
        if mine == shown:
            yield True, "The entry is about the " + name + " that opening.json names."
        else:
            yield False, "The entry is not about the " + name + " that opening.json names."


def _blinded(identity: str, nonce: str) -> str:
    try:
        key, message = bytes.fromhex(identity), bytes.fromhex(nonce)
    except ValueError:
        return ""
    return hmac.new(key, message, "sha256").digest()[:16].hex()


def _details(receipt: _Receipt) -> Iterator[ReceiptFinding]:
    """Check the details behind the commitment; they may have been erased since."""
    promise, opening = receipt.fields.get("pc"), _opening_of(receipt)
    if promise is None or "salt" not in opening:
        return
    salt = bytes.fromhex(str(opening["salt"]))
    details = from_base64(str(opening.get("payload", "")))
    if "hmac-sha256:" + hmac.new(salt, details, "sha256").hexdigest() == promise:
        yield True, "The details in opening.json are those that the entry promises."
    else:
        yield False, "The details in opening.json are not those that the entry promises."


def _opening_of(receipt: _Receipt) -> dict[str, Any]:
    try:
        opening = json.loads(_file(receipt.files, "opening.json"))
    except RecursionError:
        opening = None
    if not isinstance(opening, dict):
        raise ReceiptRefused("opening.json", "cannot be read: it was changed")
    return opening


def _witnesses(receipt: _Receipt) -> Iterator[ReceiptFinding]:
    """Check the cosignatures of the witnesses whose keys lie in the receipt."""
    keys = read_vkeys(receipt.files.get("witness.vkey", b""))
    for witness in keys:
        at = cosigned_at(receipt.note, witness)
        if witness.algorithm != COSIGNATURE_KEY or not verified_by(receipt.note, [witness]):
            yield False, "The witness " + witness.name + " has not signed this checkpoint."
        elif at is not None:
            seen = datetime.fromtimestamp(at, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
            yield True, "The witness " + witness.name + " saw this checkpoint at " + seen + "."


def _stamp(receipt: _Receipt) -> Iterator[ReceiptFinding]:
    """Check what a time stamp was put on. Its signature is openssl's to check."""
    token = receipt.files.get("checkpoint.tsr")
    if token is None:
        return
    at = stamp_time(token)
    if at is None or sha256(_file(receipt.files, "checkpoint")).digest() not in token:
        yield False, "The time stamp is not of this checkpoint."
    else:
        seen = at.strftime("%Y-%m-%d %H:%M:%S UTC")
        yield True, "A time stamp says that this checkpoint existed at " + seen + "."
