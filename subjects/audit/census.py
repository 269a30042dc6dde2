"""How many chains and entries the log has at one moment, and one hash over the end of each.

Whoever takes a case out of the log later, with all its entries, contradicts every census since.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from django.db import connection

from subjects.audit.events import EventType
from subjects.audit.leaf import HOUSE
from subjects.audit.models import AuditEvent
from subjects.audit.standalone.merkle import CompactRange, leaf_hash

_MANY: Final = 4096

# One statement, so one moment: no lock is needed, and no writer waits. What still waits for its
# number ends a chain one step earlier. A chain that came back from the tree under another case id
# may be a branch of the house's, which only its leaf says.
_HEADS: Final = """
WITH waiting AS (
    SELECT "case" AS chain, MIN(step) AS step FROM audit_outbox GROUP BY "case"
), chains AS (
    SELECT "case" AS chain, MIN(step) AS first, MAX(step) AS last FROM audit_event GROUP BY "case"
)
SELECT
    head.leaf_hash,
    CASE WHEN chains.first > 1 OR chains.chain = %(house)s THEN 0
         WHEN NOT head.recovered THEN 1
         WHEN {position} > 0 THEN 0
         ELSE 1 END,
    (SELECT COALESCE(MAX("index"), -1) + 1 FROM audit_entry),
    EXISTS (
        SELECT 1 FROM audit_outbox AS late JOIN audit_event AS back ON back.id = late.event
        WHERE late."case" = %(house)s AND back.type = %(restored)s
    )
FROM chains
LEFT JOIN waiting ON waiting.chain = chains.chain
JOIN audit_event AS head
    ON head."case" = chains.chain AND head.step = COALESCE(waiting.step - 1, chains.last)
ORDER BY head.leaf_hash
"""
_POSITION: Final = {
    "sqlite": "instr(head.leaf, %(mark)s)",
    "postgresql": "position(%(mark)s IN head.leaf)",
}
_MARK: Final = f'"case":"{HOUSE.hex}"'.encode()


@dataclass(frozen=True, slots=True)
class Census:
    """The first `entries` of the log: its chains of cases, and the root over all their ends.

    `digest` is the root (RFC 6962) of a tree whose leaves are the leaf hashes of the newest entry
    of every chain, the house's too, in the order of their bytes.
    """

    entries: int
    count: int
    digest: bytes


def take_census() -> Census | None:
    """Count the log as it is numbered at this moment; None while a restored log settles.

    Reads an index and one row a chain, keeps nothing: 10 million entries cost time and no memory.
    """
    tree, count, entries, settling = CompactRange(), 0, 0, False
    rows = _rows()
    while part := list(islice(rows, _MANY)):
        tree.extend([leaf_hash(bytes(head)) for head, _, _, _ in part])
        count += sum(ours for _, ours, _, _ in part)
        _, _, entries, settling = part[-1]
    # Until what was written after the restore has its numbers, `prev` shows other ends than steps.
    if settling:
        return None
    return Census(entries, count, tree.root())


def _rows() -> Iterator[tuple[bytes, int, int, bool]]:
    case = AuditEvent._meta.get_field("case")  # noqa: SLF001 - Django's public name for it
    position = _POSITION[connection.vendor]
    values = {
        "house": case.get_db_prep_value(HOUSE, connection),
        "restored": str(EventType.RESTORED),
        "mark": _MARK,
    }
    # Read from the server bit by bit: millions of cases must not fill the memory.
    with connection.chunked_cursor() as cursor:
        cursor.execute(_HEADS.format(position=position), values)
        while part := cursor.fetchmany(_MANY):
            yield from part
