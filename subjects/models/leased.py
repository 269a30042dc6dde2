"""A row that is its own queue entry: who works on it, until when, how often it was tried."""

from datetime import timedelta
from typing import Any, Final, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from subjects.errors import Superseded

MAX_ATTEMPTS: Final = 3


Row = TypeVar("Row", bound="Leased")


def unclaimed(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """Return rows without a live lease whose next attempt is due, by the database's clock."""
    return rows.filter(
        Q(lease_until=None) | Q(lease_until__lt=Now()),
        Q(next_attempt_at=None) | Q(next_attempt_at__lte=Now()),
    )


def unnudged(rows: models.QuerySet[Row]) -> models.QuerySet[Row]:
    """Leave out rows for which a message went out a moment ago."""
    return rows.filter(Q(nudge_after=None) | Q(nudge_after__lte=Now()))


class Leased(models.Model):
    """Lease, fencing number and attempts, all in the row: a second worker is harmless.

    Each change made under a lease names the fencing number it was taken with. A worker that was
    paused past its lease finds another number there, changes nothing, and stops (`Superseded`).
    """

    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True, blank=True)
    nudges = models.PositiveSmallIntegerField(default=0)
    nudge_after = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=64, blank=True, help_text="Code of the last error.")

    class Meta:
        abstract = True

    def _rows(self) -> Any:  # noqa: ANN401 - a queryset of whichever model this is
        return type(self)._default_manager.filter(pk=self.pk)  # noqa: SLF001 - Django's public hook

    def claim(self, **still: object) -> bool:
        """Take the lease; False where somebody else holds it or it is not due.

        `still` are columns as they were read: where a twin has changed them, nothing is taken.
        """
        taken = unclaimed(self._rows().filter(**still)).update(
            lease_until=Now() + timedelta(seconds=settings.LEASE_SECONDS),
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
        )
        self.refresh_from_db()
        return bool(taken)

    def renew(self) -> None:
        """Hold the lease for another while; `Superseded` where it was lost."""
        held = self._rows().filter(fence=self.fence, lease_until__isnull=False)
        if not held.update(lease_until=Now() + timedelta(seconds=settings.LEASE_SECONDS)):
            raise Superseded

    def give_back(self, *, trouble: str = "", counts: bool = True) -> None:
        """End the lease and try again later; `counts=False` where it was not this row's fault.

        The pause grows with each attempt and each nudge, up to ten minutes.
        """
        pause = timedelta(seconds=min(5 * 2 ** min(self.nudges + self.attempts, 7), 600))
        self._rows().filter(fence=self.fence).update(
            lease_until=None,
            next_attempt_at=Now() + pause,
            nudges=F("nudges") + 1,
            attempts=F("attempts") if counts else F("attempts") - 1,
            trouble=trouble,
        )
        self.refresh_from_db()

    @property
    def exhausted(self) -> bool:
        """Say whether it has been tried often enough: then a human looks."""
        return self.attempts >= MAX_ATTEMPTS


RELEASED: Final[dict[str, Any]] = {
    "lease_until": None,
    "attempts": 0,
    "next_attempt_at": None,
    "nudges": 0,
    "nudge_after": None,
    "trouble": "",
}
"""What a row gets when its work is done and it moves on."""
