"""The files of a receipt: the entry, its proof, its opening, keys, and two programs that check."""

import json
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from textwrap import fill
from typing import Final
from uuid import UUID

from django.conf import settings

from subjects.audit.leaf import thaw
from subjects.audit.receipts import Proof
from subjects.audit.shorten import shortened
from subjects.audit.standalone.assemble import FOLDER, assemble
from subjects.audit.standalone.notes import Vkey, parse_note, verified_by, vkey_text
from subjects.audit.standalone.proofs import write_proof
from subjects.audit.standalone.receipts import KEY_FILE_HEAD, key_fingerprint
from subjects.audit.witnesses import policy
from subjects.errors import WitnessPolicyBroken

MODULES: Final = ("ed25519", "merkle", "notes", "proofs", "receipts", "receipt_main")
ABOUT: Final = (
    "This opens the entry of the log in event.json. The log hides behind another number at each"
    " entry which case and which request it is about. With these two numbers anybody can compute"
    " that this one is about yours: HMAC-SHA256 with the number as key over n, first 16 bytes."
)


def files_of(proof: Proof, *, case: UUID, request: UUID | None) -> dict[str, bytes]:
    """Give the files of a receipt by their names; the same proof gives the same bytes.

    `case` and `request` are the ids that the entry hides.
    """
    lines = b"".join(each.proof.rstrip(b"\n") + b"\n" for each in proof.cosignatures)
    files = {
        "VERIFY.txt": (FOLDER / "receipt.txt").read_bytes(),
        "event.json": proof.leaf,
        "event.tlog-proof": write_proof(proof.index, proof.hashes, proof.note + lines),
        "opening.json": _opening(proof, case=case, request=request),
        "checkpoint": proof.note,
        "log.vkey": _vkeys(proof.vkeys),
        "log.pub.pem": pem(proof.vkeys[0]),
        "verify.sh": (FOLDER / "receipt.sh").read_bytes(),
        "verify.py": verifier().encode(),
    }
    return {**files, **_stamp(proof), **_witnesses(proof, lines)}


def fingerprint(proof: Proof) -> str:
    """Give the fingerprint of the log's key in force then: SHA-256 in hex."""
    return key_fingerprint(proof.vkeys[0])


@cache
def verifier() -> str:
    """Give the text of `verify.py`: it needs Python 3.9 or newer and nothing else."""
    return shortened(assemble(MODULES))


def pem(vkey: Vkey) -> bytes:
    """Write a public key as openssl reads it (RFC 8410)."""
    written = fill(b64encode(KEY_FILE_HEAD + vkey.key).decode(), 64)
    return f"-----BEGIN PUBLIC KEY-----\n{written}\n-----END PUBLIC KEY-----\n".encode()


def _opening(proof: Proof, *, case: UUID, request: UUID | None) -> bytes:
    opening = {"about": ABOUT, "case": case.hex, "n": thaw(proof.leaf)["n"]}
    if request:
        opening["request"] = request.hex
    if proof.opening:
        opening["payload"] = b64encode(proof.opening.payload).decode()
        opening["salt"] = proof.opening.salt.hex()
    return (json.dumps(opening, indent=1) + "\n").encode()


def _vkeys(vkeys: tuple[Vkey, ...]) -> bytes:
    lines = [vkey_text(one.name, one.key, one.algorithm) + "\n" for one in vkeys]
    return "".join(lines).encode()


def _stamp(proof: Proof) -> Mapping[str, bytes]:
    """Give the first time stamp of the checkpoint, its time (seconds since 1970), and the CA."""
    ca_file = settings.TIMESTAMP_CA_FILE
    if not proof.stamps or not ca_file or not Path(ca_file).exists():
        return {}
    first = proof.stamps[0]
    return {
        "checkpoint.tsr": first.proof,
        "checkpoint.tsr.time": f"{int(first.at.timestamp())}\n".encode(),
        "tsa-ca.pem": Path(ca_file).read_bytes(),
    }


def _witnesses(proof: Proof, lines: bytes) -> Mapping[str, bytes]:
    """Give the keys of those witnesses of the policy who have signed, and the policy."""
    try:
        known = policy()
    except WitnessPolicyBroken:
        return {}
    if not known or not lines:
        return {}
    note = parse_note(proof.note + lines)
    keys = [each.vkey for each in known.witnesses.values()]
    signed = tuple(key for key in keys if verified_by(note, [key]))
    if not signed:
        return {}
    files = {
        "policy": Path(settings.WITNESS_POLICY_FILE).read_bytes(),
        "witness.vkey": _vkeys(signed),
    }
    for number, key in enumerate(signed, start=1):
        suffix = f"-{number}" if number > 1 else ""
        files[f"witness{suffix}.pub.pem"] = pem(key)
    return files
