"""One line of an erasure's plan: which template in which store, and how far it has come."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from subjects.models.rights_request import RightsRequest
from subjects.models.search import FoundTemplate


class ErasureItem(models.Model):
    """Written before the first delete, approved, then worked off; never searched anew (Art 17)."""

    class State(models.TextChoices):
        """How far it has come."""

        PLANNED = "planned"
        RESTRICTED = "restricted"
        ERASED = "erased"
        VERIFIED = "verified"

    id = models.BigAutoField(primary_key=True)
    rights_request = models.ForeignKey(RightsRequest, models.PROTECT, related_name="erasure_items")
    found = models.ForeignKey(FoundTemplate, models.PROTECT, related_name="+")
    store = models.CharField(max_length=64)
    template_ref = models.CharField(max_length=128)
    progress = models.CharField(max_length=16, choices=State.choices, default=State.PLANNED)
    fence = models.PositiveIntegerField(
        default=0, help_text="The lease under which it was last changed."
    )
    depth = models.TextField(blank=True, help_text="What the store can prove about it.")
    recipients: Any = models.JSONField(default=list, help_text="Who was given it, kept for Art 19.")
    erased_at = models.DateTimeField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["store", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="planned_once",
                fields=["rights_request", "store", "template_ref"],
            ),
            models.CheckConstraint(
                name="erased_has_its_instant",
                condition=Q(progress__in=["planned", "restricted"]) | Q(erased_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.progress} in {self.store}"
