"""Seals probes, crops, deliveries and contacts.

A key for each, wrapped by a key outside the database.

AES-256-GCM (NIST SP 800-38D) with a fresh 256-bit data key for every sealed thing. The data key is
wrapped by a key-encryption key from `VAULT_KEYS`; the wrapped key names the one that wrapped it, so
that keys rotate without touching the sealed bytes. Both are bound to a context (what it is and
whose), so that two sealed files cannot be swapped. Whoever has the database but not the keys, or
the files but not the database, reads nothing; destroying the wrapped key destroys the content.
"""

import base64
import binascii
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from subjects.errors import BlobDamaged, BlobPurged, VaultKeyMissing

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12


@dataclass(frozen=True)
class Sealed:
    """A sealed thing in its two halves.

    Neither says anything without the other and the vault key.
    """

    wrapped_key: bytes
    ciphertext: bytes


def seal(plaintext: bytes, *, context: str) -> Sealed:
    """Seal `plaintext` under a new key. `context` must be given again to open it."""
    key = AESGCM.generate_key(bit_length=256)
    return Sealed(_wrap(key, context), _encrypt(key, plaintext, context))


def unseal(sealed: Sealed, *, context: str) -> bytes:
    """Open what `seal` sealed.

    Raises `BlobPurged` where the key was destroyed, `BlobDamaged` where bytes were changed or
    swapped, `VaultKeyMissing` where the key that wrapped it is not configured.
    """
    if not sealed.wrapped_key:
        raise BlobPurged
    return _decrypt(_unwrap(sealed.wrapped_key, context), sealed.ciphertext, context)


def seal_text(text: str, *, context: str) -> bytes:
    """Seal a short text into one value for a database column."""
    sealed = seal(text.encode(), context=context)
    return len(sealed.wrapped_key).to_bytes(2, "big") + sealed.wrapped_key + sealed.ciphertext


def unseal_text(value: bytes, *, context: str) -> str:
    """Open what `seal_text` sealed; the same errors as `unseal`."""
    return unseal(_halves(value), context=context).decode()


def rewrap(wrapped_key: bytes, *, context: str) -> bytes:
    """Wrap the same data key by the first of the vault keys."""
    return _wrap(_unwrap(wrapped_key, context), context)


def rewrap_text(value: bytes, *, context: str) -> bytes:
    """Do the same for a value of `seal_text`."""
    halves = _halves(value)
    wrapped_key = rewrap(halves.wrapped_key, context=context)
    return len(wrapped_key).to_bytes(2, "big") + wrapped_key + halves.ciphertext


def key_id(wrapped_key: bytes) -> str:
    """Return the id of the vault key that wrapped this."""
    return wrapped_key[1 : 1 + wrapped_key[0]].decode("ascii", "replace")


def text_key_id(value: bytes) -> str:
    """Return the id of the vault key of a value of `seal_text`."""
    return key_id(_halves(value).wrapped_key)


def current_key_id() -> str:
    """Return the id of the vault key that seals now."""
    return next(iter(_keys()))


def new_key() -> str:
    """Make an entry for `PORTAL_VAULT_KEYS`: `id:base64url of 32 random bytes`."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    return f"{secrets.token_hex(4)}:{key}"


def check() -> None:
    """Seal and open a few bytes, on disk as well; raises what is wrong."""
    name = UUID(bytes=secrets.token_bytes(16))
    sealed = seal(b"check", context="check")
    write_file(name, sealed.ciphertext)
    try:
        unseal(Sealed(sealed.wrapped_key, read_file(name)), context="check")
    finally:
        remove_file(name)


# --- Files ----------------------------------------------------------------------------------


def folder() -> Path:
    """Return where sealed files lie."""
    return Path(settings.VAR_DIR) / "vault"


def write_file(name: UUID, ciphertext: bytes) -> None:
    """Write a sealed file whole or not at all: a crash leaves no half file under its name."""
    path = _path(name)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as file:
            file.write(ciphertext)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def read_file(name: UUID) -> bytes:
    """Read a sealed file; `BlobDamaged` where it is missing."""
    try:
        return _path(name).read_bytes()
    except FileNotFoundError:
        raise BlobDamaged from None


def remove_file(name: UUID) -> None:
    """Remove a sealed file; no error where it is gone already."""
    _path(name).unlink(missing_ok=True)


def _path(name: UUID) -> Path:
    return folder() / name.hex[:2] / name.hex


# --- Keys -----------------------------------------------------------------------------------


def _keys() -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for entry in settings.VAULT_KEYS.split(","):
        name, _, value = entry.strip().partition(":")
        try:
            key = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        except binascii.Error:
            key = b""
        if not name or len(key) != KEY_BYTES:
            message = (
                "PORTAL_VAULT_KEYS needs entries id:base64url of 32 bytes;"
                " make one with new_vault_key."
            )
            raise ImproperlyConfigured(message)
        keys[name] = key
    return keys


def _wrap(key: bytes, context: str) -> bytes:
    name = current_key_id()
    return bytes([len(name)]) + name.encode("ascii") + _encrypt(_keys()[name], key, context)


def _unwrap(wrapped_key: bytes, context: str) -> bytes:
    name = key_id(wrapped_key)
    try:
        wrapping_key = _keys()[name]
    except KeyError:
        raise VaultKeyMissing(name) from None
    return _decrypt(wrapping_key, wrapped_key[1 + len(name) :], context)


def _encrypt(key: bytes, plaintext: bytes, context: str) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, context.encode())


def _decrypt(key: bytes, sealed: bytes, context: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError):
        raise BlobDamaged from None


def _halves(value: bytes) -> Sealed:
    if not value:
        raise BlobPurged
    end = 2 + int.from_bytes(value[:2], "big")
    return Sealed(bytes(value[2:end]), bytes(value[end:]))
