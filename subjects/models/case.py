"""A case: what one person files in one go."""

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.utils import timezone

from subjects import vault
from subjects.models.sealed_blob import SealedBlob


class Case(models.Model):
    """One filing: how to reach the person, when it was received, and what the clock runs by."""

    class Channel(models.TextChoices):
        """How it reached the controller (R-002)."""

        WEB = "web"
        EMAIL = "email"
        POST = "post"
        PHONE = "phone"
        IN_PERSON = "in_person"

    class Tier(models.TextChoices):
        """How sure we are of who asks (R-031)."""

        NONE = "", "not settled"
        T0 = "T0", "contact confirmed"
        T1 = "T1", "picture and contact"
        T2 = "T2", "the person in the picture"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    reference = models.CharField(max_length=12, unique=True)
    year = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of filing, in the controller's zone."
    )
    number = models.PositiveIntegerField(
        null=True, blank=True, help_text="Within that year, without a gap (R-121)."
    )
    idempotency_key = models.UUIDField(
        unique=True, help_text="The form it came from: a double click is one case."
    )
    channel = models.CharField(max_length=16, choices=Channel.choices, default=Channel.WEB)
    country = models.CharField(max_length=2, help_text="Where the person lives (ISO 3166-1).")
    language = models.CharField(max_length=8, default="en")
    received_at = models.DateTimeField(help_text="The instant of receipt (UTC).")
    zone = models.CharField(max_length=64, help_text="The controller's time zone (IANA).")
    received_on = models.DateField(help_text="The day of receipt in that zone.")
    contact_sealed = models.BinaryField(blank=True, default=b"")
    contact_digest = models.CharField(max_length=64, blank=True, db_index=True)
    contact_confirmed_at = models.DateTimeField(null=True, blank=True)
    notes_sealed = models.BinaryField(blank=True, default=b"")
    passphrase_hash = models.CharField(max_length=128, blank=True)
    identity_tier = models.CharField(max_length=2, choices=Tier.choices, blank=True, default="")
    identity_method = models.CharField(max_length=32, blank=True)
    consent_version = models.CharField(max_length=32, blank=True)
    consented_at = models.DateTimeField(null=True, blank=True)
    slow_lane = models.BooleanField(
        default=False, help_text="Over the rate limit: accepted, looked at by hand."
    )
    closed_at = models.DateTimeField(null=True, blank=True, db_index=True)
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="consent_has_a_version",
                condition=models.Q(consented_at=None) | ~models.Q(consent_version=""),
            ),
            models.UniqueConstraint(name="a_number_is_given_once", fields=["year", "number"]),
            models.CheckConstraint(
                name="a_number_belongs_to_a_year",
                condition=models.Q(year=None, number=None)
                | models.Q(year__isnull=False, number__isnull=False, number__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def contact(self) -> str:
        """The e-mail or postal address, opened."""
        return vault.unseal_text(bytes(self.contact_sealed), context=f"contact:{self.pk.hex}")

    @property
    def notes(self) -> str:
        """What the person wrote, opened."""
        if not self.notes_sealed:
            return ""
        return vault.unseal_text(bytes(self.notes_sealed), context=f"notes:{self.pk.hex}")

    def seal_contact(self, contact: str) -> None:
        """Put the address in, sealed; does not save."""
        self.contact_sealed = vault.seal_text(contact, context=f"contact:{self.pk.hex}")
        self.contact_digest = keyed_digest(contact.strip().casefold())

    def seal_notes(self, notes: str) -> None:
        """Put the notes in, sealed; does not save."""
        self.notes_sealed = vault.seal_text(notes, context=f"notes:{self.pk.hex}") if notes else b""


class Probe(models.Model):
    """A picture the person gave for the search. Searched, never enrolled (R-052)."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="probes")
    blob = models.OneToOneField(SealedBlob, models.PROTECT, related_name="probe")
    position = models.PositiveSmallIntegerField()
    cleaned = models.BooleanField(
        default=False, help_text="Re-encoded by the sandbox, without metadata."
    )
    chosen_face = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="From the left, 0 first."
    )
    faces_found = models.PositiveSmallIntegerField(null=True, blank=True)
    refusal = models.CharField(
        max_length=32, blank=True, help_text="Code of the error; empty: usable."
    )
    quality: Any = models.JSONField(null=True, blank=True)
    box: Any = models.JSONField(
        null=True, blank=True, help_text="Of the face: top, right, bottom, left."
    )
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="probe_position", fields=["case", "position"]),
        ]

    def __str__(self) -> str:
        return f"probe {self.position} of {self.case_id}"


class OneTimeCode(models.Model):
    """A link's secret and a short code from the same mail; either opens once.

    Kept as digests only.
    """

    class Purpose(models.TextChoices):
        """What it opens."""

        OPEN = "open", "the case's page"
        COLLECT = "collect", "the delivery"

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="codes")
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    secret_digest = models.CharField(max_length=64)
    code_digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries_left = models.PositiveSmallIntegerField(default=5)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} code of {self.case_id}"

    @classmethod
    def make(cls, case: Case, purpose: str, *, lives: timedelta) -> tuple[str, str]:
        """Make one; returns (256-bit secret for a link, six digits), which are kept nowhere."""
        secret = secrets.token_urlsafe(32)
        code = f"{secrets.randbelow(10**6):06d}"
        cls.objects.create(
            case=case,
            purpose=purpose,
            secret_digest=keyed_digest(secret),
            code_digest=keyed_digest(code),
            expires_at=timezone.now() + lives,
        )
        return secret, code


def keyed_digest(text: str) -> str:
    """HMAC-SHA256 under the installation's secret.

    A stolen database cannot be searched by guessing.
    """
    return hmac.new(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hexdigest()
