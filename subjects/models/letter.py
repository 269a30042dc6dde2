"""What goes out.

Letters, the mails that announce them, and the copies that wait to be collected.
"""

from typing import ClassVar
from uuid import uuid4

from django.db import models
from django.utils import timezone

from subjects import vault
from subjects.models.case import Case
from subjects.models.leased import Leased
from subjects.models.rights_request import RightsRequest
from subjects.models.sealed_blob import SealedBlob


class Letter(models.Model):
    """A letter as it was written: read on the case's page, announced by mail, never in the mail."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="letters")
    rights_request = models.ForeignKey(
        RightsRequest,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="letters",
    )
    kind = models.CharField(max_length=32)
    text_version = models.CharField(max_length=32)
    language = models.CharField(max_length=8)
    body_sealed = models.BinaryField()
    written_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["written_at", "id"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.case_id}"

    @property
    def body(self) -> str:
        """The text, opened."""
        return vault.unseal_text(bytes(self.body_sealed), context=f"letter:{self.pk.hex}")


class Outbox(Leased):
    """A mail that must go out.

    Written with the change it tells of, sent afterwards, sent again until it is.
    """

    class Kind(models.TextChoices):
        """Which text it has. None says what was found (rule: no result in a mail)."""

        ACKNOWLEDGED = "acknowledged"
        LINK = "link"
        COLLECT_CODE = "collect_code"
        NEWS = "news"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="outbox")
    letter = models.OneToOneField(
        Letter, models.CASCADE, null=True, blank=True, related_name="mail"
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "outbox"

    def __str__(self) -> str:
        return f"{self.kind} mail of {self.case_id}"


class Delivery(models.Model):
    """The copy of Article 15 at rest, until it is collected or its days have run out."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    rights_request = models.OneToOneField(RightsRequest, models.CASCADE, related_name="delivery")
    blob = models.OneToOneField(SealedBlob, models.PROTECT, related_name="delivery")
    pictures = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)
    available_until = models.DateField()
    collected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"delivery of {self.rights_request_id}"
