"""Proofs as text: a receipt's C2SP tlog-proof, and what C2SP tlog-witness asks of a log."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final, NamedTuple

from subjects.audit.standalone.merkle import HASH_BYTES, leaf_hash, verify_inclusion
from subjects.audit.standalone.notes import (
    NOTE_KEY,
    Checkpoint,
    NoteRefused,
    Vkey,
    from_base64,
    parse_checkpoint,
    parse_note,
    read_number,
    verified_by,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PROOF_HEADER: Final = "c2sp.org/tlog-proof@v1"
MOST_HASHES: Final = 63
"""The height of a tree of 2**63 leaves."""
MOST_PROOF_BYTES: Final = 1_100_000


class ProofRefused(ValueError):
    """A proof that is not written as it must be, or proves nothing."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(f"Refused: the {part} {why}.")


class TlogProof(NamedTuple):
    """That one entry stands in one log: its index, the neighbours' hashes and a signed checkpoint.

    `extra` is whatever the writer added; nothing vouches for it.
    """

    index: int  # type: ignore[assignment]  # nobody asks these tuples for an index
    proof: tuple[bytes, ...]
    note: bytes
    extra: bytes = b""


def write_proof(index: int, proof: Sequence[bytes], note: bytes, extra: bytes = b"") -> bytes:
    """Write a proof as a file, `….tlog-proof`. Raises ProofRefused."""
    lines = [PROOF_HEADER, f"index {index}"]
    if extra:
        lines.insert(1, "extra " + b64encode(extra).decode())
    written = "\n".join(lines).encode() + b"\n" + hash_lines(proof) + b"\n" + note
    if read_proof(written) != (index, tuple(proof), note, extra):
        raise ProofRefused("proof", "would not be read back as it is")
    return written


def read_proof(written: bytes) -> TlogProof:
    """Take a proof apart; nothing is verified yet. Raises ProofRefused."""
    if len(written) > MOST_PROOF_BYTES:
        raise ProofRefused("proof", "is too large")
    head, gap, note = written.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
        extra = b""
        if lines.pop(0) != PROOF_HEADER or not gap or not lines:
            raise ProofRefused("proof", f"does not begin with {PROOF_HEADER}")
        if lines[0].startswith("extra "):
            extra = from_base64(lines.pop(0)[len("extra ") :])
            if not extra or not lines:
                raise ProofRefused("extra", "is empty")
        if not lines[0].startswith("index "):
            raise ProofRefused("proof", "names no index")
        index = read_number(lines[0][len("index ") :])
        proof = read_hash_lines(lines[1:])
        parse_note(note)
    except (NoteRefused, UnicodeDecodeError) as error:
        raise ProofRefused("proof", f"cannot be read: {error}") from error
    return TlogProof(index, proof, note, extra)


def check_proof(written: bytes, leaf: bytes, vkeys: Iterable[Vkey]) -> Checkpoint:
    """Check that `leaf` (its bytes) stands in the log that one of `vkeys` has signed.

    Gives the checkpoint that it stands under. A witness alone is not enough: the key must be the
    log's own, with the origin for its name. Raises ProofRefused.
    """
    read = read_proof(written)
    note = parse_note(read.note)
    try:
        checkpoint = parse_checkpoint(note.text)
    except NoteRefused as error:
        raise ProofRefused("proof", f"has no checkpoint: {error}") from error
    signed = verified_by(note, vkeys)
    if not any(one.algorithm == NOTE_KEY and one.name == checkpoint.origin for one in signed):
        raise ProofRefused("checkpoint", "is not signed by the log")
    found = leaf_hash(leaf)
    if not verify_inclusion(read.index, checkpoint.size, found, read.proof, checkpoint.root):
        raise ProofRefused("entry", "does not stand there in the log")
    return checkpoint


def hash_lines(proof: Iterable[bytes]) -> bytes:
    """Write the hashes of a proof in base64, one a line."""
    return b"".join(b64encode(one) + b"\n" for one in proof)


def read_hash_lines(lines: Sequence[str]) -> tuple[bytes, ...]:
    """Read the hashes of a proof back. Raises ProofRefused or NoteRefused."""
    proof = tuple(map(from_base64, lines))
    if len(proof) > MOST_HASHES or any(len(one) != HASH_BYTES for one in proof):
        raise ProofRefused("proof", "is not up to 63 hashes of 32 bytes")
    return proof
