"""The oldest entries of the log are blanked at the end of their time; their hashes stand."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from subjects.actions.keep_log import publish_texts
from subjects.actions.redact_entry import bring_out
from subjects.audit import blank, sequencer
from subjects.audit.evidence import pruned_below
from subjects.lifecycle import State
from subjects.models import RightsRequest


@dataclass(frozen=True)
class Pruning:
    """What may be pruned: every entry below `below`, of which `already` were pruned before.

    `stopped_at` is the index of the oldest entry of a case that is still open, where it is that
    which keeps further old entries.
    """

    below: int
    already: int
    stopped_at: int | None = None


def plan_pruning(before: datetime) -> Pruning:
    """Look which entries were numbered before `before` and belong to no open case."""
    old, already = blank.old_below(before), pruned_below()
    unfinished = RightsRequest.objects.exclude(state=State.CLOSED)
    first = blank.first_of(list(unfinished.values_list("case_id", flat=True).distinct()))
    if first is not None and first < old:
        return Pruning(max(blank.whole_bundles(first), already), already, first)
    return Pruning(max(old, already), already)


def prune_log(before: datetime, tell: Callable[[int, int], None]) -> Pruning:
    """Blank what `plan_pruning` says; `tell` hears how far it is, and how much there is.

    Everybody goes on writing meanwhile, and a crash is caught up by the next run. Run it as the
    owner of the log's tables, on the machine of the published log. Raises LogOwnerNeeded, and what
    `sequence` raises.
    """
    sequencer.drain()
    with sequencer.alone(wait=True):
        sequencer.compare()
        with transaction.atomic():
            plan = plan_pruning(before)
            if plan.below > plan.already:
                blank.allow_pruning(plan.below)
    for done in blank.prune():
        tell(done, plan.below)
    bring_out()
    if plan.below:
        publish_texts()  # the entry that told which are in force may be among the pruned ones
        sequencer.drain()
    return plan
