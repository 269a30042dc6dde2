"""What was found is made unusable for now, and let go again where it is somebody else (Art 18)."""

from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from subjects.actions.attempts import claimed
from subjects.actions.close import close
from subjects.actions.move import lock_case, log
from subjects.audit.events import Actor, EventType
from subjects.faces.matching import Band
from subjects.faults import fault
from subjects.lifecycle import Outcome, State
from subjects.models import RESTRICTS, Case, Decision, FoundTemplate, RightsRequest
from subjects.stores import stores
from subjects.stores.base import TemplateRef

ACTOR: Final = Actor.system("restrict")

_CONFIRMED = Q(decision=Decision.SAME) & (
    Q(band=Band.STRONG) | Q(second_decision__in=["", Decision.SAME])
)
_STRONG_AND_UNDECIDED = Q(decision="", band=Band.STRONG)


def outstanding(case: Case | None = None) -> QuerySet[FoundTemplate]:
    """Return what must still be restricted or released, in one case or in all.

    Restricted at once: strong candidates, and others when a reviewer has confirmed them. Not all
    candidates: at the outer radius most are strangers. Released: whatever is not the person, and
    everything when no right of the case asks for it any more (R-104).
    """
    rows = FoundTemplate.objects.filter(case=case) if case else FoundTemplate.objects.all()
    return rows.filter(_to_restrict() | _to_release())


def apply_restrictions(case: Case) -> None:
    """Bring the stores into line with what was decided; safe to run again, and twice at once.

    Raises `StoreUnavailable`; what is left stands in `outstanding` and is tried again.
    """
    for alias in outstanding(case).values_list("store", flat=True).order_by().distinct():
        _restrict(case, alias)
        _release(case, alias)
        fault("restrict:recorded")


def restrict_for_good(rights_request: RightsRequest) -> None:
    """Restrict what was confirmed and close a granted request for restriction (Art 18)."""
    if not claimed(rights_request, State.RESTRICTING):
        return
    apply_restrictions(rights_request.case)
    close(rights_request, Outcome.GRANTED, actor=ACTOR)


def _wanted() -> Q:
    asking = RightsRequest.objects.filter(right__in=RESTRICTS)
    open_cases = asking.exclude(state=State.CLOSED).values("case")
    kept_cases = asking.filter(
        state=State.CLOSED, outcome__in=["granted", "partly_granted"]
    ).values("case")
    return (Q(case__in=open_cases) & (_CONFIRMED | _STRONG_AND_UNDECIDED)) | (
        Q(case__in=kept_cases) & _CONFIRMED
    )


def _to_restrict() -> Q:
    return _wanted() & Q(restricted_at=None) & ~Q(case__closed_at__isnull=False)


def _to_release() -> Q:
    return ~_wanted() & Q(restricting_at__isnull=False)


def _restrict(case: Case, alias: str) -> None:
    rows = list(outstanding(case).filter(_to_restrict(), store=alias))
    if not rows:
        return
    # Before the store is told: after a crash in between, it must still be possible to let go.
    untold = FoundTemplate.objects.filter(pk__in=[row.pk for row in rows], restricting_at=None)
    untold.update(restricting_at=timezone.now())
    stores[alias].restrict(_refs(rows))
    fault("restrict:restricted")
    _record(case, EventType.TEMPLATE_RESTRICTED, alias, rows)


def _release(case: Case, alias: str) -> None:
    rows = list(outstanding(case).filter(_to_release(), store=alias))
    if not rows:
        return
    refs = _refs(rows)
    stores[alias].release(refs - _held_for_others(case, alias, refs))
    # Another case may have begun to restrict one of them while it was released.
    stores[alias].restrict(_held_for_others(case, alias, refs))
    _record(case, EventType.TEMPLATE_RELEASED, alias, rows)


def _refs(rows: Iterable[FoundTemplate]) -> set[TemplateRef]:
    return {TemplateRef(row.template_ref) for row in rows}


def _held_for_others(case: Case, alias: str, refs: set[TemplateRef]) -> set[TemplateRef]:
    """Return those that another case restricts too: one person's stranger is another person."""
    others = FoundTemplate.objects.exclude(case=case).filter(
        store=alias, template_ref__in=refs, restricting_at__isnull=False
    )
    return _refs(others)


def _record(case: Case, event: EventType, alias: str, rows: list[FoundTemplate]) -> None:
    """Note in the rows and the log what was done.

    Rows that a twin noted already are not noted again.
    """
    mine = FoundTemplate.objects.filter(pk__in=[row.pk for row in rows])
    with transaction.atomic():
        lock_case(case.pk)
        if event is EventType.TEMPLATE_RESTRICTED:
            now = timezone.now()
            # Both: a twin may have let go while this one restricted.
            changed = mine.filter(restricted_at=None).update(restricted_at=now, restricting_at=now)
        else:
            told = mine.filter(restricting_at__isnull=False)
            changed = told.update(restricting_at=None, restricted_at=None)
        rights_request = (
            case.rights_requests.filter(right__in=RESTRICTS).select_related("case").first()
        )
        if changed and rights_request:
            log(rights_request, event, actor=ACTOR, sys=alias, count=changed)
