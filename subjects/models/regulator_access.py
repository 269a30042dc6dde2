"""An authority's account: what it may see, until when, and what it looked at."""

import hmac
import secrets
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import uuid4

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from subjects import vault
from subjects.audit.events import Actor
from subjects.errors import AdmissionExpired, AdmissionRevoked, NotAdmitted

SECRET_BYTES: Final = 32
PSEUDONYM_BYTES: Final = 8


class RegulatorAccess(models.Model):
    """No account of the desk, and nothing that one could become: it only ever reads.

    The scope holds for requests: of these rights, from people in these countries, open at some
    time between the two days. An empty list stands for all.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    authority = models.CharField(max_length=120)
    person_sealed = models.BinaryField(
        help_text="Who got it in hand; read by the officer, written nowhere else."
    )
    name = models.CharField(max_length=40, unique=True, help_text="To sign in; drawn, not chosen.")
    password_hash = models.CharField(max_length=128)
    factor_sealed = models.BinaryField(help_text="The secret of the second factor (RFC 6238).")
    last_code = models.BigIntegerField(
        default=-1, help_text="Time step of the last code that was taken: none counts twice."
    )
    wrong_codes = models.PositiveIntegerField(default=0, help_text="In a row.")
    pseudonyms_sealed = models.BinaryField(help_text="Names cases: no two accounts read the same.")
    from_day = models.DateField()
    to_day = models.DateField()
    rights: Any = models.JSONField(default=list, help_text="As in the log: art15, art17.")
    countries: Any = models.JSONField(default=list, help_text="Two letters each.")
    packages = models.BooleanField(
        default=False, help_text="May order packages, which hold the whole log."
    )
    expires_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    purged_at = models.DateTimeField(
        null=True, blank=True, help_text="When who got it, and its secrets, were destroyed."
    )

    class Meta:
        verbose_name_plural = "regulator accesses"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="regulator_days_in_order",
                condition=models.Q(from_day__lte=models.F("to_day")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        """How the log knows it: a pseudonym that only this table resolves."""
        return Actor.staff("regulator", self.pk.hex[:16])

    @property
    def until(self) -> date:
        """The last day, in the controller's time zone."""
        return timezone.localdate(self.expires_at - timedelta(seconds=1))

    @property
    def person(self) -> str:
        """Who got it in hand, opened; nothing once that was destroyed."""
        return "" if self.purged_at else self._opened("person")

    @property
    def factor(self) -> bytes:
        """The secret of the second factor, opened."""
        return bytes.fromhex(self._opened("factor"))

    def seal(self, *, person: str, factor: bytes) -> None:
        """Put in what is secret, with a new secret for pseudonyms; does not save."""
        texts = {
            "person": person,
            "factor": factor.hex(),
            "pseudonyms": secrets.token_hex(SECRET_BYTES),
        }
        for what, text in texts.items():
            setattr(self, f"{what}_sealed", vault.seal_text(text, context=self.context(what)))

    def set_password(self, password: str) -> None:
        """Keep a hash of it; does not save."""
        self.password_hash = make_password(password)

    def context(self, what: str) -> str:
        """Bind a sealed value to this row."""
        return f"regulator-{what}:{self.pk.hex}"

    def shut(self, now: datetime) -> NotAdmitted | None:
        """Say why the door is shut for it, or None."""
        if self.revoked_at is not None:
            return AdmissionRevoked()
        return AdmissionExpired(self.until) if now >= self.expires_at else None

    def forget(self) -> None:
        """Blank who got it, and its secrets: nobody can say any more what its pseudonyms meant.

        Does not save.
        """
        self.person_sealed = self.factor_sealed = self.pseudonyms_sealed = b""
        self.password_hash = ""
        self.purged_at = timezone.now()

    def pseudonyms_of(self, chains: list[str]) -> dict[str, str]:
        """Name cases for this account alone: pseudonym (16 hex digits) -> chain.

        A chain is called by the hash of its first leaf, in hex.
        """
        key = bytes.fromhex(self._opened("pseudonyms"))
        return {
            hmac.digest(key, bytes.fromhex(chain), "sha256")[:PSEUDONYM_BYTES].hex(): chain
            for chain in chains
        }

    def _opened(self, what: str) -> str:
        sealed = bytes(getattr(self, f"{what}_sealed"))
        return vault.unseal_text(sealed, context=self.context(what))


class RegulatorVisit(models.Model):
    """A page that an account opened, or was refused, so that the officer can read it.

    The same stands in the log, without the name of a case.
    """

    class Page(models.TextChoices):
        """What can be opened at that door, in the words of the log."""

        SIGN_IN = "sign-in", _("Sign-in")
        START = "start", _("Start page")
        FIGURES = "figures", _("Figures")
        CASES = "cases", _("List of cases")
        CASE = "case", _("One case")
        DEADLINES = "deadlines", _("The dates of one case")
        PACKAGE = "package", _("Packages")
        ORDERS = "orders", _("List of orders")
        ORDER = "order", _("One order")
        ACCESSES = "accesses", _("Own accesses")
        TEXTS = "texts", _("Texts in force")
        GUIDE = "guide", _("How to check it")

    class Refusal(models.TextChoices):
        """Why something was not shown, in the words of the log."""

        WRONG_PASSWORD = "wrong-password", _("wrong password")
        WRONG_FACTOR = "wrong-factor", _("wrong code")
        RATE = "rate", _("too many wrong codes")
        EXPIRED = "expired", _("the access had ended")
        REVOKED = "revoked", _("the access was closed")
        OUT_OF_SCOPE = "out-of-scope", _("outside the scope")

    id = models.BigAutoField(primary_key=True)
    access = models.ForeignKey(RegulatorAccess, models.PROTECT, related_name="visits")
    page = models.CharField(max_length=16, choices=Page.choices)
    pseudonym = models.CharField(max_length=16, blank=True, help_text="Of the case, if it was one.")
    refused = models.CharField(
        max_length=32, choices=Refusal.choices, blank=True, help_text="Why; empty: it was shown."
    )
    event = models.UUIDField(help_text="The entry of the log that says so.")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return f"{self.page} at {self.at.isoformat()}"

    @property
    def title(self) -> str:
        """What was opened, or refused and why, in words."""
        page = str(self.get_page_display())
        if not self.refused:
            return page
        return gettext("Refused: %(page)s (%(why)s)") % {
            "page": page,
            "why": self.get_refused_display(),
        }
