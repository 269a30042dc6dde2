"""Entries by their place in the tree: what a page shows of them, and which case they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from subjects.audit import leaf as leaves
from subjects.audit.models import AuditCheckpoint, AuditEntry, AuditEvent

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its index. `leaf` is empty where it was blanked; its hash stands."""

    index: int
    leaf: bytes
    leaf_hash: bytes
    case: UUID
    """Under which the database keeps it; no page may show it."""

    @property
    def fields(self) -> dict[str, Any]:
        """What the leaf says, or nothing when it was blanked. Raises LeafRefused."""
        return leaves.thaw(self.leaf) if self.leaf else {}


def newest_size() -> int:
    """Give the number of entries under the newest checkpoint of the database."""
    newest = AuditCheckpoint.objects.order_by("-size").values_list("size", flat=True).first()
    return newest or 0


def placed(indexes: Sequence[int]) -> list[Placed]:
    """Give the entries at these places, in their order; what is not there is left out."""
    found: list[Placed] = []
    for start in range(0, len(indexes), _AT_ONCE):
        rows = AuditEntry.objects.filter(index__in=indexes[start : start + _AT_ONCE])
        index_of = {row.event: row.index for row in rows}
        events = AuditEvent.objects.filter(id__in=index_of)
        found += [
            Placed(index_of[event.id], bytes(event.leaf), bytes(event.leaf_hash), event.case)
            for event in events
        ]
    return sorted(found, key=lambda one: one.index)
