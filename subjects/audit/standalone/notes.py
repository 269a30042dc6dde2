"""Signed notes, checkpoints and cosignatures: C2SP signed-note, tlog-checkpoint, tlog-cosignature.

A note is a text, an empty line, and signature lines of an em dash, a name and base64. A checkpoint
is a note whose text is the origin, the size and the root of a log.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Callable, Final, NamedTuple
from unicodedata import category

from subjects.audit.standalone.ed25519 import KEY_BYTES, SIGNATURE_BYTES, verify
from subjects.audit.standalone.merkle import HASH_BYTES, MOST_LEAVES

if TYPE_CHECKING:
    from collections.abc import Iterable

NOTE_KEY: Final = 0x01
"""The algorithm of a log's key: Ed25519 over the text."""
COSIGNATURE_KEY: Final = 0x04
"""The algorithm of a witness's key: Ed25519 over the time and the text, `cosignature/v1`."""
MOST_NOTE_BYTES: Final = 1_000_000
MOST_SIGNATURES: Final = 64
KEY_HASH_BYTES: Final = 4
TIME_BYTES: Final = 8
_CHECKPOINT_LINES: Final = 3
_DASH: Final = "\N{EM DASH} "
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_KEY_HASH: Final = re.compile(r"[0-9a-f]{8}")

Sign = Callable[[bytes], bytes]
"""Signs a message with Ed25519: 64 bytes."""


class NoteRefused(ValueError):
    """A note, key or checkpoint that is not written as it must be."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(f"Refused: the {part} {why}.")


class Vkey(NamedTuple):
    """A public key as a verifier knows it; `key_hash` is the first 4 bytes of its key id."""

    name: str
    key_hash: bytes
    algorithm: int
    key: bytes


class NoteSignature(NamedTuple):
    """One signature line: who says to have signed, and the bytes after the key hash."""

    name: str
    key_hash: bytes
    signature: bytes

    def line(self) -> bytes:
        """Write the line, its newline included."""
        return signature_line(self.name, self.key_hash, self.signature)


class Note(NamedTuple):
    """A text, its last newline included, and its signature lines, not yet verified."""

    text: bytes
    signatures: tuple[NoteSignature, ...]


class Checkpoint(NamedTuple):
    """What a log was at one time: its origin, its number of entries and its root of 32 bytes."""

    origin: str
    size: int
    root: bytes


def key_hash_of(name: str, public: bytes, algorithm: int = NOTE_KEY) -> bytes:
    """Give the 4 bytes that tell keys apart: SHA-256 of name, newline, algorithm and key."""
    return sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:KEY_HASH_BYTES]


def vkey_text(name: str, public: bytes, algorithm: int = NOTE_KEY) -> str:
    """Write a public key (32 bytes) as `name+keyhash+base64`. Raises NoteRefused."""
    _check_name(name)
    if len(public) != KEY_BYTES:
        raise NoteRefused("key", "must have 32 bytes")
    key_hash = key_hash_of(name, public, algorithm).hex()
    return f"{name}+{key_hash}+{b64encode(bytes([algorithm]) + public).decode()}"


def parse_vkey(text: str) -> Vkey:
    """Read a key back and check its key hash. Raises NoteRefused."""
    name, _, rest = text.strip("\n").partition("+")
    key_hash, _, written = rest.partition("+")
    _check_name(name)
    key = from_base64(written)
    if not _KEY_HASH.fullmatch(key_hash) or len(key) != 1 + KEY_BYTES:
        raise NoteRefused("key", "is not written as name+8 hex digits+base64 of 33 bytes")
    if key[0] not in {NOTE_KEY, COSIGNATURE_KEY}:
        raise NoteRefused("key", f"has the algorithm {key[0]}, which cannot be used here")
    read = Vkey(name, bytes.fromhex(key_hash), key[0], key[1:])
    if key_hash_of(name, read.key, read.algorithm) != read.key_hash:
        raise NoteRefused("key", f"of {name} has the key hash of another key")
    return read


def parse_note(note: bytes) -> Note:
    """Take a note apart; nothing is verified yet. Raises NoteRefused.

    Refused are: more than 1 MB or 64 signatures, bytes that are not UTF-8, control characters,
    signature lines of another form, and two of one key.
    """
    text, gap, rest = _plain_text(note).rpartition("\n\n")
    if not gap or not text.strip("\n") or not rest.endswith("\n"):
        raise NoteRefused("note", "is not a text, an empty line and lines of signatures")
    lines = rest[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise NoteRefused("note", "has more than 64 signatures")
    signatures = tuple(map(parse_signature, lines))
    if len({(one.name, one.key_hash) for one in signatures}) != len(signatures):
        raise NoteRefused("note", "has two signatures of one key")
    return Note((text + "\n").encode(), signatures)


def parse_signature(line: str) -> NoteSignature:
    """Read one signature line, its newline left out. Raises NoteRefused."""
    name, _, written = line[len(_DASH) :].partition(" ")
    if not line.startswith(_DASH):
        raise NoteRefused("signature", "does not begin with an em dash and a space")
    _check_name(name)
    signature = from_base64(written)
    if len(signature) <= KEY_HASH_BYTES:
        raise NoteRefused("signature", "has no signature")
    return NoteSignature(name, signature[:KEY_HASH_BYTES], signature[KEY_HASH_BYTES:])


def write_note(text: bytes, *lines: bytes) -> bytes:
    """Put a text and its signature lines together. Raises NoteRefused when that makes no note."""
    note = text + b"\n" + b"".join(lines)
    if parse_note(note).text != text:
        raise NoteRefused("text", "must end with a newline")
    return note


def verified_by(note: Note, vkeys: Iterable[Vkey]) -> list[Vkey]:
    """Give those of `vkeys` that have signed the note, in their order.

    When a line carries the name and hash of one of `vkeys` and its signature is wrong, the whole
    note is not to be trusted: none is given.
    """
    lines = {(one.name, one.key_hash): one.signature for one in note.signatures}
    found: list[Vkey] = []
    for vkey in vkeys:
        signature = lines.get((vkey.name, vkey.key_hash))
        if signature is None:
            continue
        if not _has_signed(vkey, note.text, signature):
            return []
        found.append(vkey)
    return found


def cosigned_at(note: Note, vkey: Vkey) -> int | None:
    """Give when a witness says to have seen this note: seconds since 1970. Nothing is verified."""
    for one in note.signatures:
        if one[:2] == vkey[:2] and vkey.algorithm == COSIGNATURE_KEY:
            return int.from_bytes(one.signature[:TIME_BYTES], "big")
    return None


def sign_note(text: bytes, name: str, public: bytes, sign: Sign) -> bytes:
    """Sign a text as a log does; gives the signature line, its newline included."""
    return signature_line(name, key_hash_of(name, public), sign(text))


def sign_cosignature(text: bytes, name: str, public: bytes, at: int, sign: Sign) -> bytes:
    """Sign a checkpoint's text as a witness does, `at` in seconds since 1970; gives the line."""
    signature = at.to_bytes(TIME_BYTES, "big") + sign(cosigned_message(text, at))
    return signature_line(name, key_hash_of(name, public, COSIGNATURE_KEY), signature)


def cosigned_message(text: bytes, at: int) -> bytes:
    """Give the bytes that a witness signs: a header, the time, and the checkpoint's text."""
    return b"cosignature/v1\ntime " + str(at).encode() + b"\n" + text


def signature_line(name: str, key_hash: bytes, signature: bytes) -> bytes:
    """Write a signature line, its newline included. Raises NoteRefused."""
    _check_name(name)
    return f"{_DASH}{name} {b64encode(key_hash + signature).decode()}\n".encode()


def checkpoint_text(origin: str, size: int, root: bytes) -> bytes:
    """Write the text of a checkpoint: three lines, never more. Raises NoteRefused."""
    text = f"{origin}\n{size}\n{b64encode(root).decode()}\n".encode()
    if parse_checkpoint(text) != (origin, size, root):
        raise NoteRefused("checkpoint", "cannot have such an origin")
    return text


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Read the text of a checkpoint, lines of extensions passed over. Raises NoteRefused."""
    lines = _plain_text(text).split("\n")
    if lines.pop() or len(lines) < _CHECKPOINT_LINES or not all(lines):
        raise NoteRefused("checkpoint", "is not an origin, a size and a root, one a line")
    origin, size, root = lines[0], read_number(lines[1]), from_base64(lines[2])
    if len(root) != HASH_BYTES:
        raise NoteRefused("root", "must have 32 bytes")
    return Checkpoint(origin, size, root)


def read_number(text: str) -> int:
    """Read a size or an index: digits without leading zeros, below 2**63. Raises NoteRefused."""
    if not _NUMBER.fullmatch(text) or int(text) > MOST_LEAVES:
        raise NoteRefused("number", "has a leading zero, another sign or too many digits")
    return int(text)


def from_base64(text: str) -> bytes:
    """Read standard base64, in the one form that encoding gives. Raises NoteRefused."""
    try:
        read = b64decode(text.encode("ascii"), validate=True)
    except ValueError as error:
        raise NoteRefused("base64", "has other signs") from error
    if b64encode(read).decode() != text:
        raise NoteRefused("base64", "is not in its one form")
    return read


def _plain_text(written: bytes) -> str:
    """Read a note or a part of one: no other control characters than newlines."""
    if len(written) > MOST_NOTE_BYTES:
        raise NoteRefused("note", "has more than a million bytes")
    try:
        text = written.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NoteRefused("note", "is not UTF-8 text") from error
    if any(one != "\n" and category(one) in {"Cc", "Zl", "Zp"} for one in set(text)):
        raise NoteRefused("note", "has control characters that are no newlines")
    return text


def _check_name(name: str) -> None:
    if not name or "+" in name or any(one.isspace() or not one.isprintable() for one in name):
        raise NoteRefused("name", "is empty, or has a space or a plus sign")


def _has_signed(vkey: Vkey, text: bytes, signature: bytes) -> bool:
    if vkey.algorithm == NOTE_KEY:
        return verify(vkey.key, text, signature)
    if vkey.algorithm != COSIGNATURE_KEY or len(signature) != TIME_BYTES + SIGNATURE_BYTES:
        return False
    at = int.from_bytes(signature[:TIME_BYTES], "big")
    message = cosigned_message(text, at)
    return at <= MOST_LEAVES and verify(vkey.key, message, signature[TIME_BYTES:])
