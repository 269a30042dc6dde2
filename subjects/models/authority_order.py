"""An inquiry or an order of an authority: what it asks, by when, what was counted and answered."""

from datetime import date
from pathlib import Path
from typing import Any, ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from subjects import vault
from subjects.models.penalty import Penalty
from subjects.stores.base import Scope


class _Register(models.QuerySet["AuthorityOrder"]):
    def waiting_first(self) -> "_Register":
        """Put what waits for an answer first, by the day it is due; then what was answered."""
        rows = self.alias(done=Q(answered_at__isnull=False))
        return rows.order_by("done", "due_on", "created_at")


class AuthorityOrder(models.Model):
    """The register of Articles 31 and 58. The due day is the authority's: nothing computes it."""

    class Kind(models.TextChoices):
        """What is wanted, in the words of the log."""

        INQUIRY = "inquiry", _("Inquiry: an answer")
        ORDER = "order", _("Order: an act, and proof of it")
        DISCLOSURE = "disclosure", _("Disclosure: the name behind a pseudonym")

    id = models.UUIDField(
        primary_key=True,
        default=uuid4,
        editable=False,
        help_text="From the form it came in: a double click is one order.",
    )
    authority = models.CharField(max_length=120)
    reference = models.CharField(max_length=120, help_text="The authority's own file number.")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    legal_basis = models.CharField(max_length=200)
    received_on = models.DateField()
    due_on = models.DateField(db_index=True)
    country = models.CharField(max_length=2, blank=True, help_text="Of collection.")
    source_suffix = models.CharField(max_length=100, blank=True)
    collected_from = models.DateField(null=True, blank=True)
    collected_to = models.DateField(null=True, blank=True)
    asked_sealed = models.BinaryField(blank=True, default=b"")
    penalty_from = models.DateField(null=True, blank=True)
    penalty_a_day = models.PositiveBigIntegerField(null=True, blank=True, help_text="Whole euro.")
    penalty_most = models.PositiveBigIntegerField(null=True, blank=True, help_text="Whole euro.")
    method_sealed = models.BinaryField(blank=True, default=b"")
    proof_digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the manifest of the pack."
    )
    proof_made_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True, help_text="When it was recorded.")
    sent_on = models.DateField(null=True, blank=True)
    reason_sealed = models.BinaryField(
        blank=True, default=b"", help_text="Why it was answered without a count."
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    event = models.UUIDField(help_text="Its entry in the log.")
    answered_event = models.UUIDField(null=True, blank=True)
    purged_at = models.DateTimeField(
        null=True, blank=True, help_text="When its sealed texts and its pack were destroyed."
    )

    objects = _Register.as_manager()

    class Meta:
        ordering: ClassVar = ["due_on", "created_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="order_due_after_receipt", condition=Q(due_on__gte=F("received_on"))
            ),
            models.CheckConstraint(
                name="order_days_in_order",
                condition=Q(collected_from=None)
                | Q(collected_to=None)
                | Q(collected_from__lte=F("collected_to")),
            ),
            models.CheckConstraint(
                name="order_answered_on_a_day",
                condition=Q(answered_at=None, sent_on=None, answered_event=None)
                | Q(
                    answered_at__isnull=False,
                    sent_on__isnull=False,
                    sent_on__gte=F("received_on"),
                    answered_event__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="order_penalty_whole",
                condition=Q(penalty_a_day=None, penalty_from=None, penalty_most=None)
                | Q(penalty_a_day__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"order {self.id}"

    @property
    def scope(self) -> Scope:
        """What is counted."""
        return Scope(self.country, self.source_suffix, self.collected_from, self.collected_to)

    @property
    def asked(self) -> str:
        """What is asked, opened."""
        return self._opened("asked")

    @property
    def method(self) -> str:
        """How it was carried out, opened."""
        return self._opened("method")

    @property
    def reason(self) -> str:
        """Why it was answered without a count, opened."""
        return self._opened("reason")

    @property
    def pack_name(self) -> str:
        """The name of the pack that is handed out, without its ending."""
        return f"order-{self.pk.hex[:8]}-{self.proof_digest[:8]}"

    @property
    def path(self) -> Path:
        """Where the pack lies, for its owner alone: each digest has a file of its own."""
        return orders_folder() / f"{self.pk.hex}-{self.proof_digest[:16]}.zip"

    def context(self, what: str) -> str:
        """Bind a sealed value to this row."""
        return f"order-{what}:{self.pk.hex}"

    def seal(self, **texts: str) -> None:
        """Put in `asked`, `method` or `reason`, sealed; does not save."""
        for what, text in texts.items():
            sealed = vault.seal_text(text, context=self.context(what)) if text else b""
            setattr(self, f"{what}_sealed", sealed)

    def forget(self) -> None:
        """Blank what was asked, done and said; days, counts and digests stay. Does not save."""
        self.asked_sealed = self.method_sealed = self.reason_sealed = b""
        self.purged_at = timezone.now()

    def days_left(self, today: date) -> int:
        """Count the days to the last one; below nothing: days late."""
        return (self.due_on - (self.sent_on or today)).days

    def penalty(self, today: date) -> Penalty | None:
        """Give the clock of its penalty, or None where the authority set none.

        Without a day of its own it runs from the last day for the answer.
        """
        if self.penalty_a_day is None:
            return None
        return Penalty(
            runs_from=self.penalty_from or self.due_on,
            through=self.sent_on or today,
            a_day=self.penalty_a_day,
            most=self.penalty_most,
            answered=self.sent_on is not None,
        )

    def _opened(self, what: str) -> str:
        sealed: Any = bytes(getattr(self, f"{what}_sealed"))
        return vault.unseal_text(sealed, context=self.context(what)) if sealed else ""


class OrderCount(models.Model):
    """What one store answered when an order was counted; all stores of one count share `round`."""

    class Moment(models.TextChoices):
        """When, as seen from what the order asks for."""

        BEFORE = "before", _("Before it was carried out")
        BETWEEN = "between", _("In between")
        AFTER = "after", _("After it was carried out")

    id = models.BigAutoField(primary_key=True)
    order = models.ForeignKey(AuthorityOrder, models.PROTECT, related_name="counts")
    round = models.UUIDField(help_text="From the form: a double click is one count.")
    moment = models.CharField(max_length=16, choices=Moment.choices)
    store = models.CharField(max_length=100)
    total = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Held; nothing: the store cannot count."
    )
    counted = models.PositiveBigIntegerField(null=True, blank=True, help_text="In the scope.")
    undetermined = models.PositiveBigIntegerField(null=True, blank=True)
    counted_at = models.DateTimeField()
    event = models.UUIDField(help_text="The entry in the log, one for each count.")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "store"], name="each_store_once_in_a_count"),
            models.CheckConstraint(
                name="a_store_counts_whole_or_not",
                condition=Q(total=None, counted=None, undetermined=None)
                | Q(
                    total__isnull=False,
                    total__gte=F("counted") + F("undetermined"),
                    counted__isnull=False,
                    undetermined__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} {self.moment} of {self.order_id}"


def orders_folder() -> Path:
    """Give the folder of the packs, made when it is not there."""
    folder = Path(settings.VAR_DIR) / "orders"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
