"""A key that signs the log or its packages, and how strangers know its public half."""

import hashlib
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.standalone.notes import key_hash_of, vkey_text


@dataclass(frozen=True)
class LogKey:
    """A key that signs: its name in notes or signatures, and its public half (32 bytes)."""

    name: str
    public: bytes
    private: Ed25519PrivateKey = field(repr=False, compare=False)

    def sign(self, message: bytes) -> bytes:
        """Sign with Ed25519 (RFC 8032): 64 bytes, for the same message always the same."""
        return self.private.sign(message)

    @property
    def vkey(self) -> str:
        """The public half as verifiers of notes take it."""
        return vkey_text(self.name, self.public)

    @property
    def key_hash(self) -> bytes:
        """The 4 bytes by which a note names its key."""
        return key_hash_of(self.name, self.public)

    @property
    def pem(self) -> str:
        """The public half as openssl takes it."""
        public = self.private.public_key()
        return public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex, as of `openssl pkey -pubin -outform DER | sha256sum`."""
        public = self.private.public_key()
        return hashlib.sha256(
            public.public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        ).hexdigest()
