"""A search is ordered: one round over every store, for all rights of the case."""

from django.conf import settings
from django.db import transaction

from subjects.actions.move import lock_case, move
from subjects.audit.events import Actor
from subjects.lifecycle import TRANSITIONS, State
from subjects.models import Case, Search

WAITING = (State.RECEIVED, State.AWAITING_PICTURE, State.IN_REVIEW)


def start_search(case: Case, *, actor: Actor) -> Search | None:
    """Order a search for every request of `case` that waits for one.

    Without a picture the person is asked for one instead, and None is returned; nothing is ordered
    twice while a search is under way.
    """
    with transaction.atomic():
        lock_case(case.pk)
        has_picture = case.probes.filter(refusal="", blob__purged_at=None).exists()
        to = State.SEARCHING if has_picture else State.AWAITING_PICTURE
        for rights_request in case.rights_requests.filter(state__in=WAITING):
            if to in TRANSITIONS[State(rights_request.state)]:
                move(rights_request, to, actor=actor)
        if not has_picture:
            return None
        return order_search(case)


def order_search(case: Case) -> Search:
    """Return the search under way, or a new round over every store."""
    under_way = case.searches.filter(kind=Search.Kind.INTAKE, finished_at=None).first()
    return under_way or Search.objects.create(
        case=case,
        number=case.searches.count() + 1,
        kind=Search.Kind.INTAKE,
        within=settings.SEARCH_RADIUS,
    )
