"""Check the whole log, in the database or in a file, and name the first entry that is not right."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Subquery

from subjects.audit import guards
from subjects.audit.chains import Chains
from subjects.audit.leaf import commitment, instant, leaf_hash, thaw
from subjects.audit.models import AuditEvent, AuditOutbox, AuditPayload
from subjects.errors import AuditChainBroken, LeafRefused

_CHUNK = 2000
_LAST = ("~",)  # after every place of a real entry


@dataclass(frozen=True)
class VerifyReport:
    """What was checked, and everything that is wrong, in reading order."""

    cases: int
    entries: int
    problems: tuple[AuditChainBroken, ...]
    guards_missing: tuple[str, ...] = ()

    @property
    def first_bad(self) -> AuditChainBroken | None:
        """The first entry that is not what was written."""
        return self.problems[0] if self.problems else None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems and not self.guards_missing


def verify() -> VerifyReport:
    """Check the log in the database.

    Each chain runs from step 1 without a gap, each entry follows from the one before, its bytes
    are canonical, in the vocabulary and hashed rightly, its row says what they say, what is left
    of the payloads opens the commitments, each entry is queued, and the triggers are on.
    The end of a chain, cut off or rewritten together with its place in the queue, shows only in
    proofs that are kept elsewhere.
    """
    chains = Chains()
    for row in AuditEvent.objects.order_by("case", "step").iterator(_CHUNK):
        chains.entries += 1
        place = (row.case.hex, row.step)
        digest = bytes(row.leaf_hash).hex()
        fields, trouble = _read_row(row)
        if trouble:
            chains.pass_over(place, row.case.hex, row.step, digest, trouble)
        else:
            chains.follow(place, fields, digest)
    chains.close()
    _check_payloads(chains)
    _check_queue(chains)
    return _report(chains, tuple(guards.missing(connection)))


def verify_lines(lines: Iterable[bytes]) -> VerifyReport:
    """Check a file of leaves, one a line, each chain in its order, by the same rules."""
    chains = Chains()
    for number, line in enumerate(lines, start=1):
        chains.entries += 1
        leaf = line.removesuffix(b"\n")
        try:
            fields = thaw(leaf)
        except LeafRefused as refused:
            why = f"line {number}: {refused}"
            if place := _guess(leaf):
                chains.pass_over((number,), *place, leaf_hash(leaf).hex(), why)
            else:
                chains.blame((number,), "unknown", number, why)
        else:
            chains.follow((number,), fields, leaf_hash(leaf).hex())
    chains.close()
    return _report(chains)


def leaves() -> Iterator[bytes]:
    """Give the exact bytes of every entry, chain by chain."""
    rows = AuditEvent.objects.order_by("case", "step").values_list("leaf", flat=True)
    return map(bytes, rows.iterator(_CHUNK))


def latest_states() -> dict[str, str]:
    """Give the state of each rights request (id in hex) by the newest entry that tells one.

    A door can hold the rows against it: a state written by hand has no entry.
    """
    states: dict[str, str] = {}
    for leaf in leaves():
        fields = json.loads(leaf)
        if "request" in fields and "state" in fields:
            states[fields["request"]] = fields["state"]
    return states


def _report(chains: Chains, guards_missing: tuple[str, ...] = ()) -> VerifyReport:
    problems = tuple(problem for _, problem in sorted(chains.problems, key=lambda found: found[0]))
    return VerifyReport(chains.cases, chains.entries, problems, guards_missing)


def _read_row(row: AuditEvent) -> tuple[dict[str, Any], str]:
    """Read a row's leaf; the second value says what is wrong with the row, or is empty."""
    leaf = bytes(row.leaf)
    if leaf_hash(leaf) != bytes(row.leaf_hash):
        return {}, "its bytes were changed: they do not give its hash"
    try:
        fields = thaw(leaf)
    except LeafRefused as refused:
        return {}, str(refused)
    columns = {
        "id": str(row.id),
        "case": row.case.hex,
        "step": row.step,
        "type": row.type,
        "t": instant(row.created),
    }
    for name, value in columns.items():
        if fields[name] != value:
            return {}, f"its row and its bytes disagree about {name!r}"
    return fields, ""


def _guess(leaf: bytes) -> tuple[str, int] | None:
    """Tell which entry a spoilt line was, if that can still be read."""
    try:
        fields = json.loads(leaf)
        return str(fields["case"]), int(fields["step"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _check_payloads(chains: Chains) -> None:
    event = AuditEvent.objects.filter(pk=OuterRef("event"))
    rows = AuditPayload.objects.annotate(
        case=Subquery(event.values("case")),
        step=Subquery(event.values("step")),
        leaf=Subquery(event.values("leaf")),
    )
    for row in rows.iterator(_CHUNK):
        if row.leaf is None:
            chains.blame(_LAST, "unknown", 0, f"a payload belongs to the lost entry {row.event}")
            continue
        opens = commitment(bytes(row.salt), bytes(row.payload)).encode()
        if b'"pc":"' + opens + b'"' not in bytes(row.leaf):
            why = "its payload is not the one it committed to"
            chains.blame((row.case.hex, row.step), row.case.hex, row.step, why)


def _check_queue(chains: Chains) -> None:
    gone = ~Exists(AuditEvent.objects.filter(pk=OuterRef("event")))
    for queued in AuditOutbox.objects.filter(gone).order_by("n"):
        why = "the entry was queued and is gone"
        chains.blame((queued.case.hex, queued.step), queued.case.hex, queued.step, why)
    unqueued = ~Exists(AuditOutbox.objects.filter(event=OuterRef("pk")))
    for row in AuditEvent.objects.filter(unqueued).order_by("case", "step"):
        why = "it was never queued: it did not come in by the door"
        chains.blame((row.case.hex, row.step), row.case.hex, row.step, why)
