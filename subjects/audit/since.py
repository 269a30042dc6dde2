"""Entries of some types since an instant, with their places: what a proof to an authority lists."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from subjects.audit.events import EventType
from subjects.audit.models import AuditEntry, AuditEvent
from subjects.audit.places import Placed, placed

_AT_ONCE: Final = 500


def entries_since(types: Collection[EventType], at: datetime, size: int) -> list[Placed]:
    """Give the entries of these types written at `at` or later, among the first `size`."""
    rows = AuditEvent.objects.filter(type__in=[str(one) for one in types], created__gte=at)
    return _places(list(rows.values_list("pk", flat=True)), size)


def _places(events: list[UUID], size: int) -> list[Placed]:
    indexes: list[int] = []
    for start in range(0, len(events), _AT_ONCE):
        rows = AuditEntry.objects.filter(event__in=events[start : start + _AT_ONCE])
        indexes += rows.filter(index__lt=size).values_list("index", flat=True)
    return placed(sorted(indexes))
