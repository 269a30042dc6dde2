"""A search of a case over every store, what each store answered, and what was found."""

from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from subjects.models.case import Case
from subjects.models.leased import Leased


class Search(Leased):
    """One round over all stores. It belongs to the case: one search serves all its rights."""

    class Kind(models.TextChoices):
        """Why it was made."""

        INTAKE = "intake"
        VERIFY = "verify"

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, models.CASCADE, related_name="searches")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    within = models.FloatField(help_text="The outer radius (Euclidean distance).")
    model = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="search_number", fields=["case", "number"]),
        ]

    def __str__(self) -> str:
        return f"search {self.number} of {self.case_id}"


class StoreSearch(models.Model):
    """What one store answered in one search.

    Missing or failed: the search is not complete (R-060).
    """

    class Result(models.TextChoices):
        """How it went."""

        SEARCHED = "searched"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    search = models.ForeignKey(Search, models.CASCADE, related_name="stores")
    store = models.CharField(max_length=64, help_text="Alias in FACE_TEMPLATE_STORES.")
    result = models.CharField(max_length=16, choices=Result.choices)
    trouble = models.CharField(max_length=64, blank=True)
    total = models.PositiveBigIntegerField(default=0)
    compared = models.PositiveBigIntegerField(default=0)
    candidates = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["store"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_answer_a_store", fields=["search", "store"]),
            models.CheckConstraint(
                name="searched_means_all_compared",
                condition=~Q(result="searched") | Q(compared=F("total")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.store} in search {self.search_id}"


class Decision(models.TextChoices):
    """What a reviewer saw. No answer is a decision too early, so it is not among these."""

    SAME = "same", "Same person"
    DIFFERENT = "different", "Different person"
    CANNOT_TELL = "cannot_tell", "Cannot tell"


class FoundTemplate(models.Model):
    """A candidate of a case, and what was decided about it. A pointer, never a proof."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="found")
    search = models.ForeignKey(Search, models.PROTECT, related_name="found")
    store = models.CharField(max_length=64)
    template_ref = models.CharField(max_length=128)
    distance = models.FloatField(
        help_text="Smallest Euclidean distance to a probe. For staff only."
    )
    band = models.CharField(max_length=16)
    decision = models.CharField(max_length=16, choices=Decision.choices, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    second_decision = models.CharField(max_length=16, choices=Decision.choices, blank=True)
    second_decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    second_decided_at = models.DateTimeField(null=True, blank=True)
    restricting_at = models.DateTimeField(
        null=True, blank=True, help_text="When its store was first told to; set before it is told."
    )
    restricted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["distance", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="found_once",
                fields=["case", "store", "template_ref"],
            ),
            models.CheckConstraint(
                name="decided_by_somebody",
                condition=(Q(decision="") & Q(decided_by=None))
                | (~Q(decision="") & Q(decided_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="second_look_by_another",
                condition=(Q(second_decision="") & Q(second_decided_by=None))
                | (
                    ~Q(second_decision="")
                    & Q(decided_by__isnull=False)
                    & Q(second_decided_by__isnull=False)
                    & ~Q(second_decided_by=F("decided_by"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"candidate {self.id}"

    @property
    def needs_second_look(self) -> bool:
        """Say whether two reviewers must agree: the grey band (R-061)."""
        return self.band != "strong"

    @property
    def verdict(self) -> str:
        """What was decided in the end; empty while it is open.

        In the grey band two reviewers decide; where they disagree, nobody can tell.
        """
        if not self.needs_second_look or not self.decision:
            return self.decision
        if not self.second_decision:
            return ""
        if self.decision == self.second_decision:
            return self.decision
        return Decision.CANNOT_TELL
