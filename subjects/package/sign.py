"""The signature of a manifest, as `ssh-keygen -Y verify` reads it: SSHSIG of OpenSSH.

Described in PROTOCOL.sshsig. Almost every machine can check it without anything of ours.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from textwrap import wrap
from typing import Final

NAMESPACE: Final = "dsr-audit-export"
MAGIC: Final = b"SSHSIG"
VERSION: Final = 1
KEY_TYPE: Final = b"ssh-ed25519"
HASH: Final = b"sha512"
LINE: Final = 70


def identity(origin: str) -> str:
    """Name who signs packages of the log `origin`: `export@` its host."""
    return f"export@{origin.partition('/')[0]}"


def allowed_signers(origin: str, public: bytes) -> bytes:
    """Write the file that says which key (32 bytes) may sign, for this namespace alone."""
    key = b64encode(_key(public)).decode()
    return f'{identity(origin)} namespaces="{NAMESPACE}" ssh-ed25519 {key}\n'.encode()


def sign(message: bytes, public: bytes, by: Callable[[bytes], bytes]) -> bytes:
    """Sign `message` with Ed25519 (`by` gives 64 bytes); give the armoured signature."""
    about = _text(NAMESPACE.encode()) + _text(b"") + _text(HASH)
    signed = MAGIC + about + _text(hashlib.sha512(message).digest())
    signature = _text(KEY_TYPE) + _text(by(signed))
    blob = MAGIC + VERSION.to_bytes(4, "big") + _text(_key(public)) + about + _text(signature)
    lines = "\n".join(wrap(b64encode(blob).decode(), LINE))
    return f"-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----\n".encode()


def _key(public: bytes) -> bytes:
    return _text(KEY_TYPE) + _text(public)


def _text(value: bytes) -> bytes:
    """Write a `string` of RFC 4251 section 5: a uint32 length and the bytes."""
    return len(value).to_bytes(4, "big") + value
