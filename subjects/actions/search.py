"""A case is searched.

Every probe against every store, and nothing is called complete before all answered.
"""

import logging
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from subjects.actions.move import lock_case, log, move
from subjects.actions.prepare_probes import prepare_probes
from subjects.audit.events import Actor, EventType
from subjects.errors import StoreError, StoreUnavailable
from subjects.faces.matching import Band, band
from subjects.faces.values import MODEL
from subjects.faults import fault
from subjects.lifecycle import State
from subjects.models import Case, FoundTemplate, RightsRequest, Search, StoreSearch
from subjects.models.leased import MAX_ATTEMPTS
from subjects.notices import announce
from subjects.stores import stores
from subjects.stores.base import SearchReport

ACTOR: Final = Actor.system("search")
_log = logging.getLogger(__name__)


def search_stores(search: Search) -> None:
    """Carry out `search`: prepare the probes, ask every store that has not answered yet, conclude.

    Safe to run again after a crash. A store that fails leaves the search open and due again: the
    pause grows, and no attempt is counted, because the case is not at fault.
    """
    if search.finished_at or not search.claim(finished_at=None):
        return
    fault("search:claimed")
    if search.attempts > MAX_ATTEMPTS:
        _call_human(search)
        return
    vectors = prepare_probes(search.case, renew=search.renew)
    fault("search:encoded")
    if not len(vectors):
        _ask_for_picture(search)
        return
    failed = [
        alias
        for alias in stores
        if not _answered(search, alias) and ask_store(search, alias, vectors) is None
    ]
    if failed:
        _note_failure(search, failed)
        return
    _conclude(search)
    fault("search:committed")


def ask_store(search: Search, alias: str, vectors: np.ndarray) -> SearchReport | None:
    """Search one store and keep what it answered; None where it failed."""
    search.renew()
    try:
        report = stores[alias].search(vectors, within=search.within, model=MODEL)
        if report.compared != report.total:
            raise StoreUnavailable(alias, "it compared only a part of what it holds")
    except StoreError as error:
        _log.warning("a store failed in a search", extra={"store": alias, "error": error.code})
        StoreSearch.objects.update_or_create(
            search=search,
            store=alias,
            defaults={
                "result": StoreSearch.Result.FAILED,
                "trouble": error.code,
                "at": timezone.now(),
            },
        )
        return None
    fault("search:store-searched")
    _keep(search, alias, report)
    fault("search:store-recorded")
    return report


def _answered(search: Search, alias: str) -> bool:
    return search.stores.filter(store=alias, result=StoreSearch.Result.SEARCHED).exists()


def _keep(search: Search, alias: str, report: SearchReport) -> None:
    with transaction.atomic():
        lock_case(search.case_id)
        search.renew()  # fenced: a worker that lost its lease writes nothing
        known = {
            found.template_ref: found
            for found in FoundTemplate.objects.filter(case=search.case, store=alias)
        }
        FoundTemplate.objects.bulk_create(
            FoundTemplate(
                case=search.case,
                search=search,
                store=alias,
                template_ref=candidate.ref,
                distance=candidate.distance,
                band=_band(search, candidate.distance),
            )
            for candidate in report.candidates
            if candidate.ref not in known
        )
        for candidate in report.candidates:
            found = known.get(candidate.ref)
            if found and candidate.distance < found.distance:
                found.distance = candidate.distance
                if not found.decision:  # what was decided was decided by the rules of its band
                    found.band = _band(search, candidate.distance)
                found.save(update_fields=["distance", "band"])
        StoreSearch.objects.update_or_create(
            search=search,
            store=alias,
            defaults={
                "result": StoreSearch.Result.SEARCHED,
                "trouble": "",
                "total": report.total,
                "compared": report.compared,
                "candidates": len(report.candidates),
                "seconds": report.seconds,
                "at": timezone.now(),
            },
        )


def _band(search: Search, distance: float) -> Band:
    return band(distance, strong_within=settings.STRONG_RADIUS, within=search.within)


def _waiting(search: Search) -> Iterable[RightsRequest]:
    return search.case.rights_requests.filter(state=State.SEARCHING).select_related("case")


def _conclude(search: Search) -> None:
    fault("search:before-commit")
    with transaction.atomic():
        lock_case(search.case_id)
        finish(search)
        for rights_request in _waiting(search):
            log(rights_request, EventType.SEARCH_COMPLETED, actor=ACTOR, **search_facts(search))
            move(rights_request, State.IN_REVIEW, actor=ACTOR)
        if not search.case.identity_tier or search.case.identity_tier == Case.Tier.T0:
            Case.objects.filter(pk=search.case_id).update(identity_tier=Case.Tier.T1)


def search_facts(search: Search) -> dict[str, Any]:
    """Return what the log keeps of a search.

    Stores, counts, model, radius, candidates in each band.
    """
    found = search.case.found.filter(search=search)
    return {
        "stores": store_answers(search),
        "compared": sum(row.compared for row in search.stores.all()),
        "model": MODEL,
        "radius": f"{search.within:.4f}",
        "bands": {str(word): found.filter(band=word).count() for word in Band},
    }


def store_answers(search: Search) -> list[dict[str, object]]:
    """Return what each store answered, as the log takes it."""
    return [
        {"alias": row.store, "result": row.result, "total": row.total, "compared": row.compared}
        for row in search.stores.all()
    ]


def finish(search: Search) -> None:
    """End a search under its lease, or stop."""
    search.renew()
    search.finished_at, search.model, search.lease_until, search.trouble = (
        timezone.now(),
        MODEL,
        None,
        "",
    )
    search.save(update_fields=["finished_at", "model", "lease_until", "trouble"])


def _note_failure(search: Search, failed: list[str]) -> None:
    with transaction.atomic():
        lock_case(search.case_id)
        search.renew()
        for rights_request in _waiting(search):
            log(
                rights_request,
                EventType.SEARCH_FAILED,
                actor=ACTOR,
                attempt=search.nudges + 1,
                stores=store_answers(search),
            )
        search.give_back(trouble=f"store:{failed[0]}", counts=False)


def _ask_for_picture(search: Search) -> None:
    with transaction.atomic():
        lock_case(search.case_id)
        finish(search)
        for rights_request in _waiting(search):
            move(rights_request, State.AWAITING_PICTURE, actor=ACTOR)
        announce(search.case)


def _call_human(search: Search) -> None:
    with transaction.atomic():
        lock_case(search.case_id)
        finish(search)
        for rights_request in _waiting(search):
            move(
                rights_request,
                State.NEEDS_HUMAN,
                actor=ACTOR,
                changes={"stuck_in": State.SEARCHING, "trouble": search.trouble},
                reason="attempts-exhausted",
            )
