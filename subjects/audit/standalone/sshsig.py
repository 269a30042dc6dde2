"""The signature of a manifest: SSHSIG of OpenSSH (PROTOCOL.sshsig), Ed25519 only."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from hashlib import sha256, sha512
from typing import TYPE_CHECKING, Final, NamedTuple

from subjects.audit.standalone.ed25519 import KEY_BYTES, SIGNATURE_BYTES, verify

if TYPE_CHECKING:
    from collections.abc import Iterator

SSH_NAMESPACE: Final = "dsr-audit-export"
_SSH_MAGIC: Final = b"SSHSIG"
_SSH_KEY_TYPE: Final = b"ssh-ed25519"
_SSH_HASHES: Final = {b"sha256": sha256, b"sha512": sha512}
_ARMOUR: Final = re.compile(
    r"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)-----END SSH SIGNATURE-----\n?"
)


class SshRefused(ValueError):
    """A signature or a list of signers that is not written as it must be."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(f"Refused: the {part} {why}.")


class SshSignature(NamedTuple):
    """A signature taken apart; nothing is verified yet. `key` has 32 bytes, `signature` 64."""

    key: bytes
    namespace: str
    hashed_by: bytes
    signature: bytes


class Signer(NamedTuple):
    """Who may sign: a name, a key of 32 bytes, and for what (empty: anything)."""

    identity: str
    key: bytes
    namespaces: tuple[str, ...]


def parse_sshsig(armoured: str) -> SshSignature:
    """Take an armoured signature apart. Raises SshRefused."""
    found = _ARMOUR.fullmatch(armoured.replace("\r\n", "\n"))
    if found is None:
        raise SshRefused("signature", "is no armoured SSH signature")
    try:
        blob = b64decode(found[1].replace("\n", ""), validate=True)
    except ValueError as error:
        raise SshRefused("signature", "is not base64") from error
    if blob[:6] != _SSH_MAGIC or blob[6:10] != b"\0\0\0\1":
        raise SshRefused("signature", "is not SSHSIG of version 1")
    parts = list(_ssh_strings(blob[10:]))
    if len(parts) != 5:  # noqa: PLR2004 - as PROTOCOL.sshsig lists them
        raise SshRefused("signature", "has other parts than SSHSIG")
    key, namespace, _, hashed_by, signature = parts
    signed = list(_ssh_strings(signature))
    if [*map(len, signed)] != [len(_SSH_KEY_TYPE), SIGNATURE_BYTES] or signed[0] != _SSH_KEY_TYPE:
        raise SshRefused("signature", "is not Ed25519")
    return SshSignature(_ssh_key(key), namespace.decode("utf-8", "replace"), hashed_by, signed[1])


def verify_sshsig(message: bytes, signature: SshSignature) -> bool:
    """Say whether the key in the signature has signed `message` for its namespace."""
    hashed = _SSH_HASHES.get(signature.hashed_by)
    if hashed is None:
        return False
    parts = (signature.namespace.encode(), b"", signature.hashed_by, hashed(message).digest())
    signed = _SSH_MAGIC + b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return verify(signature.key, signed, signature.signature)


def parse_signers(text: str) -> list[Signer]:
    """Read a file of allowed signers, Ed25519 keys only. Raises SshRefused."""
    signers: list[Signer] = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if "ssh-ed25519" not in words[1:-1]:
            raise SshRefused("signers", "have a line without an Ed25519 key")
        at = words.index("ssh-ed25519")
        options = dict(word.partition("=")[::2] for word in words[1:at])
        named = options.get("namespaces", "").strip('"')
        namespaces = tuple(named.split(",")) if named else ()
        try:
            key = _ssh_key(b64decode(words[at + 1], validate=True))
        except ValueError as error:
            raise SshRefused("signers", "have a key that cannot be read") from error
        signers.append(Signer(words[0], key, namespaces))
    return signers


def ssh_fingerprint(key: bytes) -> str:
    """Give the fingerprint of a key as `ssh-keygen -l` shows it: `SHA256:…`."""
    parts = (_SSH_KEY_TYPE, key)
    blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return "SHA256:" + b64encode(sha256(blob).digest()).decode().rstrip("=")


def _ssh_key(blob: bytes) -> bytes:
    parts = list(_ssh_strings(blob))
    if [*map(len, parts)] != [len(_SSH_KEY_TYPE), KEY_BYTES] or parts[0] != _SSH_KEY_TYPE:
        raise SshRefused("key", "is not Ed25519")
    return parts[1]


def _ssh_strings(blob: bytes) -> Iterator[bytes]:
    """Give the strings of RFC 4251, section 5, one after the other."""
    at = 0
    while at < len(blob):
        start = at + 4
        at = start + int.from_bytes(blob[at:start], "big")
        if start > len(blob) or at > len(blob):
            raise SshRefused("signature", "is cut off")
        yield blob[start:at]
