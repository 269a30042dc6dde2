"""Check the whole log in the database, and name the first entry that is not right."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from subjects.audit import guards
from subjects.audit.chains import Chains
from subjects.audit.leaf import HOUSE, blind, commitment, instant, leaf_hash, thaw
from subjects.audit.models import (
    AuditEntry,
    AuditEvent,
    AuditOutbox,
    AuditPayload,
    AuditPruning,
    AuditRedaction,
)
from subjects.audit.places import newest_size
from subjects.audit.verify_tree import Tree, Verified
from subjects.errors import AuditChainBroken, AuditTreeBroken, LeafRefused

_CHUNK: Final = 2000


@dataclass(frozen=True)
class VerifyReport:
    """What was checked, and everything that is wrong: by case and step, then by number."""

    cases: int
    entries: int
    problems: tuple[AuditChainBroken | AuditTreeBroken, ...]
    guards_missing: tuple[str, ...] = ()
    verified: Verified | None = None
    """How far the tree was found right; None where anything is wrong, or nothing has a number."""

    @property
    def first_bad(self) -> AuditChainBroken | AuditTreeBroken | None:
        """The first entry that is not what was written."""
        return self.problems[0] if self.problems else None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and not self.guards_missing


def verify(since: Verified | None = None) -> VerifyReport:
    """Check the log in the database: all of it, or what was written since an earlier check.

    Each chain runs from step 1 without a gap, each entry follows from the one before, its bytes
    are canonical, in the vocabulary and hashed rightly, its row says what they say, what is left
    of the payloads opens the commitments. Each entry is queued or has a number, by the hash that
    it has; only what was redacted or pruned is blank. The numbers have no gap, and every
    checkpoint is the root over them, signed by a key of ours. The triggers are on.

    With `since`, rows that were checked then are not read again; only that their number of
    entries still has the same root. Safe beside a running portal.
    """
    upto = newest_size()  # what gets its number meanwhile is left to the next time
    check = _Check(since)
    for rows in check.events():
        check.follow(rows)
    check.chains.close()
    check.payloads()
    check.queue()
    tree = Tree(since, upto, check.chains.blame)
    tree.check()
    found = sorted(check.chains.problems, key=lambda one: (one.case, one.step))
    problems: tuple[AuditChainBroken | AuditTreeBroken, ...] = (*found, *tree.problems)
    missing = tuple(guards.missing(connection))
    return VerifyReport(
        check.chains.cases,
        check.chains.entries,
        problems,
        missing,
        None if problems or missing else tree.verified,
    )


def latest_states() -> dict[tuple[str, str], str]:
    """Give the state of each rights request by the newest entry that tells one.

    The key is its case (id in hex) and its right as the log spells it: `art17`. A door can hold
    the rows against it: a state written by hand has no entry. Blank entries tell none, and cases
    that were lost with their database have no rows to be held against it.
    """
    states: dict[tuple[str, str], str] = {}
    rows = AuditEvent.objects.filter(recovered=False).order_by("case", "step")
    for case, leaf in rows.values_list("case", "leaf").iterator(_CHUNK):
        fields = json.loads(bytes(leaf) or b"{}")
        if "right" in fields and "state" in fields:
            states[case.hex, fields["right"]] = fields["state"]
    return states


class _Check:
    """One reading of the entries, the payloads and the queue."""

    def __init__(self, since: Verified | None) -> None:
        self.size = since.size if since else 0
        self.chains = Chains()
        self._below = 0

    def events(self) -> Sequence[QuerySet[Any]]:
        """Give the rows to read, each set ordered by chain: with `since`, only the newer ones."""
        numbers = AuditEntry.objects.filter(event=OuterRef("pk"))
        rows = AuditEvent.objects.order_by("case", "step").annotate(
            number=Subquery(numbers.values("index")),
            numbered_hash=Subquery(numbers.values("leaf_hash")),
            queued=Exists(AuditOutbox.objects.filter(event=OuterRef("pk"))),
        )
        if not self.size:
            return [rows]
        new = AuditEntry.objects.filter(index__gte=self.size).values("event")
        parts = [rows.filter(pk__in=new), rows.filter(pk__in=AuditOutbox.objects.values("event"))]
        if not _adds_up():
            parts.append(rows.filter(number=None, queued=False))
        return parts

    def follow(self, rows: QuerySet[Any]) -> None:
        """Read the rows of one set, chain by chain."""
        case = ""
        for row in rows.iterator(_CHUNK):
            # The rows come by case: all of them in one set, so that no other head is needed.
            if case != row.case.hex and not self.size:
                self.chains.leave(case)
            case = row.case.hex
            self._take(row)

    def payloads(self) -> None:
        """Check that the details which are left open the commitments."""
        event = AuditEvent.objects.filter(pk=OuterRef("event"))
        rows = AuditPayload.objects.annotate(
            case=Subquery(event.values("case")),
            step=Subquery(event.values("step")),
            leaf=Subquery(event.values("leaf")),
        )
        if self.size:
            new = AuditEntry.objects.filter(index__gte=self.size).values("event")
            queued = AuditOutbox.objects.values("event")
            rows = rows.filter(Q(event__in=new) | Q(event__in=queued))
        for row in rows.iterator(_CHUNK):
            if row.leaf is None:
                why = f"a payload belongs to the lost entry {row.event}"
                self.chains.blame("unknown", 0, why)
                continue
            opens = commitment(bytes(row.salt), bytes(row.payload)).encode()
            # A blank entry says no longer what it committed to.
            if row.leaf and b'"pc":"' + opens + b'"' not in bytes(row.leaf):
                why = "its payload is not the one it committed to"
                self.chains.blame(row.case.hex, row.step, why)

    def queue(self) -> None:
        """Name the entries that are queued and gone."""
        gone = ~Exists(AuditEvent.objects.filter(pk=OuterRef("event")))
        for queued in AuditOutbox.objects.filter(gone).order_by("n").iterator(_CHUNK):
            self.chains.blame(queued.case.hex, queued.step, "the entry was queued and is gone")

    def _take(self, row: Any) -> None:  # noqa: ANN401  # a row with annotations
        chains, case = self.chains, row.case.hex
        chains.entries += 1
        digest = bytes(row.leaf_hash)
        fields, trouble = self._read(row)
        trouble = trouble or _misplaced(row)
        if row.numbered_hash is not None and bytes(row.numbered_hash) != digest:
            trouble = trouble or "its hash is not the one by which it has its number"
            digest = bytes(row.numbered_hash)  # what the next entry names
        if case not in chains.heads and row.step > 1:
            self._begin_before(row, fields)
        if trouble or not fields:
            chains.pass_over(case, row.step, digest.hex(), trouble)
        else:
            chains.follow(case, fields, digest.hex())

    def _read(self, row: Any) -> tuple[dict[str, Any], str]:  # noqa: ANN401  # as above
        """Read a row's leaf; the second value says what is wrong with the row, or is empty."""
        leaf = bytes(row.leaf)
        if not leaf:
            return {}, "" if self._may_be_blank(row.number) else "it is blank, and nothing says why"
        if leaf_hash(leaf) != bytes(row.leaf_hash):
            return {}, "its bytes were changed: they do not give its hash"
        try:
            fields = thaw(leaf)
        except LeafRefused as refused:
            return {}, str(refused)
        columns = {
            "id": str(row.id),
            "step": row.step,
            "type": row.type,
            "t": instant(row.created),
        }
        if not row.recovered:  # the id of its case was lost with the database
            house = row.case == HOUSE
            columns["case"] = HOUSE.hex if house else blind(row.case, fields["n"])
        for name, value in columns.items():
            if fields[name] != value:
                return {}, f"its row and its bytes disagree about {name!r}"
        return fields, ""

    def _may_be_blank(self, number: int | None) -> bool:
        if number is None:
            return False
        if number >= self._below:
            newest = AuditPruning.objects.order_by("-below").values_list("below", flat=True)
            self._below = newest.first() or 0
        return number < self._below or AuditRedaction.objects.filter(index=number).exists()

    def _begin_before(self, row: Any, fields: dict[str, Any]) -> None:  # noqa: ANN401  # as above
        """Find what a chain goes on from: an earlier row, or another chain after a restore."""
        before = AuditEvent.objects.filter(step=row.step - 1)
        if self.size:
            before = before.filter(case=row.case)
        elif row.recovered and fields:
            before = before.filter(leaf_hash=bytes.fromhex(fields["prev"]))
        elif not row.recovered:
            return
        found = before.values_list("leaf_hash", flat=True).first() if fields else bytes(32)
        if found is not None:
            self.chains.begin(row.case.hex, row.step - 1, bytes(found).hex())


def _misplaced(row: Any) -> str:  # noqa: ANN401  # a row with annotations
    """Say how an entry is neither queued nor numbered, or both; empty when it is one of them."""
    if row.queued and row.number is not None:
        return "it has a number and is queued again"
    if not row.queued and row.number is None:
        return "it was never queued: it did not come in by the door"
    return ""


def _adds_up() -> bool:
    """Whether there are as many entries as are queued and numbered, at one moment."""
    tables = (AuditEvent, AuditEntry, AuditOutbox)
    counts = ", ".join(f"(SELECT COUNT(*) FROM {one._meta.db_table})" for one in tables)  # noqa: S608, SLF001  # names of our own
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}")
        events, numbered, queued = cursor.fetchone()
    return bool(events == numbered + queued)
