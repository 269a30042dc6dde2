"""The numbers of a year: each case has the next one, and none is left out (R-121)."""

from django.db import models
from django.db.models.functions import Greatest


class CaseNumber(models.Model):
    """The last number given in a year. Its row is the lock of the numbering."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.last} in {self.year}"

    @classmethod
    def take(cls, year: int) -> int:
        """Give the next number of `year`, inside the transaction that uses it.

        The others wait until that transaction ends: where it fails, the number was never given,
        and so no gap can arise (R-121, Art. 5(2) and 31). So take it as late as you can.
        """
        _begin(year)
        row = cls.objects.select_for_update().get(pk=year)
        row.last += 1
        row.save(update_fields=["last"])
        return row.last

    @classmethod
    def at_least(cls, year: int, last: int) -> None:
        """Give no number of `year` up to `last` any more: the log shows that they were given."""
        _begin(year)
        cls.objects.filter(pk=year).update(last=Greatest("last", last))


def _begin(year: int) -> None:
    CaseNumber.objects.bulk_create([CaseNumber(year=year)], ignore_conflicts=True)
