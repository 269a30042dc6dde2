"""A package for an authority: ordered, being built, ready for some days, gone."""

from pathlib import Path
from typing import ClassVar, Final
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from subjects.models.leased import Leased

SALT_BYTES: Final = 32


class AuditPackage(Leased):
    """Its row is its queue entry. The file lies in `VAR_DIR/packages`, for its owner alone."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    start = models.DateField()
    end = models.DateField()
    ordered_by = models.CharField(max_length=64, help_text="As the log names them: role and code.")
    owner = models.UUIDField(
        null=True, blank=True, help_text="The authority's account that ordered it; none: the desk."
    )
    order = models.UUIDField(null=True, blank=True, help_text="The authority's order it answers.")
    ordered_at = models.DateTimeField(default=timezone.now)
    step = models.CharField(max_length=16, blank=True, help_text="What the worker is at.")
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    export = models.CharField(max_length=32, blank=True, help_text="The id in its export.json.")
    salt = models.BinaryField(
        max_length=SALT_BYTES, default=bytes, help_text="Its pseudonyms are made with it."
    )
    entries = models.PositiveBigIntegerField(null=True, blank=True)
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of its manifest.")
    octets = models.PositiveBigIntegerField(default=0, help_text="Bytes of the ZIP.")
    made_at = models.DateTimeField(null=True, blank=True)
    given_up = models.BooleanField(default=False)
    purge_on = models.DateField(null=True, blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-ordered_at"]
        constraints: ClassVar = [
            # A second click finds the first one's package.
            models.UniqueConstraint(
                fields=["start", "end", "ordered_by"],
                condition=Q(made_at=None, given_up=False),
                name="one_package_under_way_for_each",
            ),
            models.CheckConstraint(condition=Q(start__lte=models.F("end")), name="package_period"),
        ]

    def __str__(self) -> str:
        return f"package {self.id}"

    @property
    def is_under_way(self) -> bool:
        """Say whether a worker has it, or will."""
        return self.made_at is None and not self.given_up

    @property
    def is_ready(self) -> bool:
        """Say whether it can be fetched."""
        return self.made_at is not None and self.purged_at is None

    @property
    def per_cent(self) -> int:
        """How much of the present step is done, in hundredths."""
        return min(100 * self.done // self.total, 100) if self.total else 0

    @property
    def name(self) -> str:
        """The name of the file that is handed out."""
        return f"rights-log-{self.start}-{self.end}-{self.export[:8]}.zip"

    @property
    def path(self) -> Path:
        """Where the ZIP lies."""
        return packages_folder() / f"{self.pk.hex}.zip"


def packages_folder() -> Path:
    """Give the folder of the files, made when it is not there."""
    folder = Path(settings.VAR_DIR) / "packages"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
