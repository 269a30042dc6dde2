"""An approved erasure is carried out.

Restrict, erase, read again, search again, and only then done.
"""

from contextlib import suppress
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from subjects.actions.attempts import claimed
from subjects.actions.close import close
from subjects.actions.decide import undecided
from subjects.actions.export import outcome_of
from subjects.actions.move import lock_case, log, move
from subjects.actions.prepare_probes import prepare_probes
from subjects.actions.search import ask_store, finish, store_answers
from subjects.audit.events import Actor, EventType
from subjects.errors import ErasureIncomplete, NotYet, StoreUnavailable, Superseded, TemplateGone
from subjects.faults import fault
from subjects.lifecycle import State
from subjects.models import ErasureItem, Right, RightsRequest, Search
from subjects.stores import stores
from subjects.stores.base import FaceTemplateStore, TemplateRef

ACTOR: Final = Actor.system("erase")
Progress = ErasureItem.State


def start_erasure(rights_request: RightsRequest) -> bool:
    """Begin a held erasure when its hold has ended and a linked copy has been answered (R-100).

    Returns whether it began; the hold can be stopped until then, and not after.
    """
    with transaction.atomic():
        lock_case(rights_request.case_id)
        rights_request.refresh_from_db()
        if rights_request.state != State.HELD or waits_for(rights_request):
            return False
        move(rights_request, State.ERASING, actor=ACTOR)
        for alias in stores_of(rights_request):
            planned = rights_request.erasure_items.filter(store=alias, erased_at=None).count()
            log(rights_request, EventType.ERASURE_INTENDED, actor=ACTOR, sys=alias, count=planned)
        return True


def waits_for(rights_request: RightsRequest) -> str:
    """Say what a held erasure waits for; empty when it may begin."""
    if rights_request.hold_until and rights_request.hold_until > timezone.now():
        return "hold"
    access = rights_request.case.rights_requests.filter(right=Right.ACCESS).exclude(
        state=State.CLOSED
    )
    # a copy that was asked for with it is answered, and collected or declined, first.
    return "access" if access.exists() else ""


def erase_templates(rights_request: RightsRequest) -> None:
    """Erase every planned template, prove each one gone, close the request.

    Safe to run again after a crash: what is already erased is left alone, and nothing is searched
    for but to verify. Raises `StoreUnavailable`, `ErasureIncomplete`; then it stays where it is.
    """
    if not claimed(rights_request, State.ERASING, State.VERIFYING):
        return
    fault("erase:claimed")
    if rights_request.state == State.ERASING:
        for alias in stores_of(rights_request):
            _erase_in(rights_request, alias)
        fault("erase:all-deleted")
        _carried_out(rights_request)
        if not rights_request.claim():
            raise Superseded
    _verify(rights_request)
    fault("erase:done-not-acknowledged")


def stores_of(rights_request: RightsRequest) -> list[str]:
    """Return the aliases of the stores in the plan, in their order."""
    items = rights_request.erasure_items.order_by("store")
    return list(items.values_list("store", flat=True).distinct())


def _erase_in(rights_request: RightsRequest, alias: str) -> None:
    rights_request.renew()
    items = list(rights_request.erasure_items.filter(store=alias, erased_at=None))
    if not items:
        return
    store, refs = stores[alias], [TemplateRef(item.template_ref) for item in items]
    store.restrict(refs)
    _mark(rights_request, items, progress=Progress.RESTRICTED)
    _remember_recipients(store, items)
    fault("erase:before-first-delete")
    report = store.erase(refs)
    fault("erase:deleted-not-confirmed")
    left = store.holds(refs)
    if left:
        raise ErasureIncomplete(alias, left)
    with transaction.atomic():
        lock_case(rights_request.case_id)
        _mark(
            rights_request,
            items,
            progress=Progress.ERASED,
            erased_at=timezone.now(),
            depth=report.depth or store.erasure_depth,
        )
        fault("erase:between-records")
        log(rights_request, EventType.TEMPLATE_ERASED, actor=ACTOR, sys=alias, count=len(items))


def _remember_recipients(store: FaceTemplateStore, items: list[ErasureItem]) -> None:
    """Keep who was given the pictures: after the erase nobody could be told any more (Art 19)."""
    for item in items:
        with suppress(TemplateGone):
            shown = store.describe(TemplateRef(item.template_ref)).recipients
            item.recipients = sorted({disclosure.name for disclosure in shown})
            item.save(update_fields=["recipients"])


def _mark(rights_request: RightsRequest, items: list[ErasureItem], **columns: object) -> None:
    """Change items of the plan under the lease they were read with, or stop."""
    with transaction.atomic():
        rights_request.renew()
        ErasureItem.objects.filter(
            pk__in=[item.pk for item in items],
            fence__lte=rights_request.fence,
        ).update(fence=rights_request.fence, **columns)


def _carried_out(rights_request: RightsRequest) -> None:
    if rights_request.erasure_items.filter(erased_at=None).exists():
        message = "a planned template has not been confirmed as erased"
        raise NotYet(message)
    move(
        rights_request,
        State.VERIFYING,
        actor=ACTOR,
        erased=rights_request.erasure_items.count(),
    )


def _verify(rights_request: RightsRequest) -> None:
    """Read every store again by id, search every store again by picture; done only then (R-094)."""
    for alias in stores_of(rights_request):
        rights_request.renew()
        left = stores[alias].holds(refs_of(rights_request, alias))
        if left:
            stores[alias].erase(left)
            raise ErasureIncomplete(alias, left)
    fault("erase:read-again")
    search = _search_again(rights_request)
    fault("erase:searched-again")
    with transaction.atomic():
        lock_case(rights_request.case_id)
        rights_request.renew()
        rights_request.erasure_items.update(progress=Progress.VERIFIED, verified_at=timezone.now())
        log(
            rights_request,
            EventType.ERASURE_VERIFIED,
            actor=ACTOR,
            stores=_answers(search),
            erased=rights_request.erasure_items.count(),
        )
        _schedule_backups(rights_request)
        fault("erase:before-done")
        if undecided(rights_request.case):
            # Enrolled since the plan: a new plan and a new approval, never a silent delete.
            move(
                rights_request,
                State.IN_REVIEW,
                actor=ACTOR,
                changes={"proposal": "", "approved_by": None, "approved_at": None},
            )
        else:
            close(rights_request, outcome_of(rights_request), actor=ACTOR)


def _schedule_backups(rights_request: RightsRequest) -> None:
    """Fix the last day on which a backup may still hold what was erased (R-096)."""
    end_on = timezone.localdate() + timedelta(days=settings.BACKUP_DAYS)
    rights_request.backups_end_on, rights_request.backups_ended_at = end_on, None
    rights_request.save(update_fields=["backups_end_on", "backups_ended_at"])
    log(rights_request, EventType.BACKUP_EXPIRY_SCHEDULED, actor=ACTOR, until=end_on)


def refs_of(rights_request: RightsRequest, alias: str) -> list[TemplateRef]:
    """Return the planned refs in one store."""
    items = rights_request.erasure_items.filter(store=alias)
    return [TemplateRef(ref) for ref in items.values_list("template_ref", flat=True)]


def _search_again(rights_request: RightsRequest) -> Search:
    """Search every store by the person's pictures; each verification is a search of its own.

    Raises `StoreUnavailable` where a store fails, `ErasureIncomplete` where an erased one comes
    back.
    """
    case = rights_request.case
    with transaction.atomic():
        lock_case(case.pk)
        # What a crash left of an earlier verification: nobody may go on with it.
        case.searches.filter(kind=Search.Kind.VERIFY, finished_at=None).update(lease_until=None)
        search = Search.objects.create(
            case=case,
            number=case.searches.count() + 1,
            kind=Search.Kind.VERIFY,
            within=settings.SEARCH_RADIUS,
        )
        search.claim()
    vectors = prepare_probes(case, renew=rights_request.renew)
    for alias in stores if len(vectors) else ():
        rights_request.renew()
        report = ask_store(search, alias, vectors)
        if report is None:
            raise StoreUnavailable(alias, "it could not be searched again after the erasure")
        back = {candidate.ref for candidate in report.candidates} & set(
            refs_of(rights_request, alias)
        )
        if back:
            raise ErasureIncomplete(alias, back)
    finish(search)
    return search


def _answers(search: Search) -> list[dict[str, object]]:
    answered = store_answers(search)
    # Without a picture (the person withdrew it) the stores were read by id only, and the log says
    # so.
    return answered or [{"alias": alias, "result": "skipped"} for alias in stores]
