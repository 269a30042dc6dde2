"""Hold the rows against the log: a state that was written by hand has no entry."""

from django.db import transaction

from subjects.actions.move import lock_case
from subjects.audit.log import entries
from subjects.audit.verify import latest_states
from subjects.models import RightsRequest


def states_without_entry() -> list[str]:
    """Name every request whose state is not the one that its newest entry tells.

    A request that stands in the log and has no row is named too. The log itself must hold: check
    it first. Safe beside a running portal.
    """
    told = latest_states()
    rows = RightsRequest.objects.select_related("case")
    suspects = [row for row in rows.iterator() if told.pop(row.pk.hex, "") != row.state]
    found = [line for row in suspects if (line := _look_again(row))]
    return found + [f"Request {lost} stands in the log and has no row." for lost in told]


def _look_again(suspect: RightsRequest) -> str:
    """Compare once more while nobody can move it: it may have moved between the two readings."""
    with transaction.atomic():
        lock_case(suspect.case_id)
        suspect.refresh_from_db()
        told = [
            entry.fields["state"]
            for entry in entries(suspect.case_id)
            if entry.fields.get("request") == suspect.pk.hex and "state" in entry.fields
        ]
    if told and told[-1] == suspect.state:
        return ""
    return (
        f"Request {suspect.pk.hex} ({suspect.right}) of case {suspect.case.reference} is"
        f" {suspect.state!r} without an entry: the log says {told[-1] if told else 'nothing'!r}."
    )
