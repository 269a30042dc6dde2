"""Hold the rows against the log: a state that was written by hand has no entry."""

from django.db import transaction

from subjects.actions.move import ARTICLE, lock_case
from subjects.audit.log import entries
from subjects.audit.verify import latest_states
from subjects.lifecycle import State
from subjects.models import Right, RightsRequest


def states_without_entry(*, open_only: bool = False) -> list[str]:
    """Name every request whose state is not the one that its newest entry tells.

    In the log a request is its case and its right. One that stands there and has no row is named
    too; one whose newest entry may have been blanked is not. The log itself must hold: check it
    first. Safe beside a running portal. With `open_only` the closed requests are left
    out, and the log is not read as a whole.
    """
    if open_only:
        unfinished = RightsRequest.objects.exclude(state=State.CLOSED).select_related("case")
        return [line for row in unfinished.iterator() if (line := _look_again(row))]
    told = latest_states()
    rows = RightsRequest.objects.select_related("case")
    suspects = [row for row in rows.iterator() if told.pop(_key(row), "") != row.state]
    found = [line for row in suspects if (line := _look_again(row))]
    return found + [
        f"The request of case {case} under {article} stands in the log and has no row."
        for case, article in told
    ]


def _key(row: RightsRequest) -> tuple[str, str]:
    return row.case_id.hex, ARTICLE[Right(row.right)]


def _look_again(suspect: RightsRequest) -> str:
    """Compare once more while nobody can move it: it may have moved between the two readings."""
    with transaction.atomic():
        lock_case(suspect.case_id)
        suspect.refresh_from_db()
        _, article = _key(suspect)
        told = "nothing"
        for entry in entries(suspect.case_id):
            if not entry.leaf:
                told = ""
            elif entry.fields.get("right") == article and "state" in entry.fields:
                told = entry.fields["state"]
        if told in {"", suspect.state}:
            return ""
    return (
        f"Request {suspect.pk.hex} ({suspect.right}) of case {suspect.case.reference} is"
        f" {suspect.state!r} without an entry: the log says {told!r}."
    )
