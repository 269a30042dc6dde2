"""A sealed file: its wrapped key stands here, its bytes in the vault's folder."""

from datetime import date
from typing import Self
from uuid import uuid4

from django.db import models
from django.utils import timezone

from subjects import vault
from subjects.errors import BlobPurged
from subjects.vault import Sealed


class SealedBlob(models.Model):
    """A probe or a delivery at rest. Purging destroys the key here and the file there."""

    class Purpose(models.TextChoices):
        """What it is; part of the context that it is sealed with."""

        PROBE = "probe"
        DELIVERY = "delivery"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    wrapped_key = models.BinaryField()
    size = models.PositiveBigIntegerField(help_text="Bytes before sealing.")
    created_at = models.DateTimeField(default=timezone.now)
    purge_on = models.DateField(null=True, blank=True, db_index=True)
    purged_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.id}"

    @property
    def context(self) -> str:
        """What binds the bytes to this row."""
        return f"{self.purpose}:{self.pk.hex}"

    @classmethod
    def put(cls, plaintext: bytes, purpose: str, *, purge_on: date | None = None) -> Self:
        """Seal and keep `plaintext`. The file is written first: a row never lacks its file."""
        blob = cls(purpose=purpose, size=len(plaintext), purge_on=purge_on)
        sealed = vault.seal(plaintext, context=blob.context)
        blob.wrapped_key = sealed.wrapped_key
        vault.write_file(blob.pk, sealed.ciphertext)
        blob.save(force_insert=True)
        return blob

    def read(self) -> bytes:
        """Open it; raises `BlobPurged`, `BlobDamaged` or `VaultKeyMissing`."""
        if self.purged_at:
            raise BlobPurged
        sealed = Sealed(bytes(self.wrapped_key), vault.read_file(self.pk))
        return vault.unseal(sealed, context=self.context)

    def purge(self) -> bool:
        """Destroy key and file; says whether this call was the one that did it."""
        done = self.destroy_key()
        vault.remove_file(self.pk)
        return done

    def destroy_key(self) -> bool:
        """Destroy the key alone: nobody can open the file any more, and the next sweep removes it.

        For a transaction that may still fail; says whether this call was the one that did it.
        """
        unpurged = type(self).objects.filter(pk=self.pk, purged_at=None)
        return bool(unpurged.update(wrapped_key=b"", purged_at=timezone.now()))
