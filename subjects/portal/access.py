"""Who may see a case: a browser that filed it or opened it by mail, while its session lasts."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache

from subjects.models import Case
from subjects.models.reference import normalise

SESSION_KEY: Final = "cases"
MOST_CASES: Final = 5
EVEN_SECONDS: Final = 0.25
"""The least time for an answer that could tell by its speed whether a case exists."""

View = Callable[..., HttpResponse]


def written(reference: str) -> str:
    """Return a reference as we write it; what cannot be one is only shown again."""
    return normalise(reference) or reference.upper()


def case_by(reference: str) -> Case | None:
    """Return the case of a reference, if there is one. Its existence is nobody's to know."""
    return Case.objects.filter(reference=written(reference), purged_at=None).first()


def let_in(request: HttpRequest, case: Case) -> None:
    """Let this browser see `case`, under a new session key (session fixation)."""
    others = [key for key in request.session.get(SESSION_KEY, []) if key != case.pk.hex]
    request.session.cycle_key()
    request.session[SESSION_KEY] = [*others, case.pk.hex][-MOST_CASES:]


def own_case(view: View) -> View:
    """Give the view the case of the reference in the address, or lead to the page that opens it.

    The same for a case of somebody else and for one that does not exist.
    """

    @never_cache
    @wraps(view)
    def opened(
        request: HttpRequest,
        reference: str,
        **arguments: Any,  # noqa: ANN401 - the rest of the address
    ) -> HttpResponse:
        case = case_by(reference)
        if case is None or case.pk.hex not in request.session.get(SESSION_KEY, []):
            return redirect("portal:open", reference=written(reference))
        return view(request, case, **arguments)

    return opened


def only_posted(view: View) -> View:
    """Lead whoever opens the address of a form, such as by a reload, to the page it stands on."""

    @wraps(view)
    def posted(
        request: HttpRequest,
        case: Case,
        **arguments: Any,  # noqa: ANN401 - the rest of the address
    ) -> HttpResponse:
        if request.method != "POST":
            return redirect("portal:case", reference=case.reference)
        return view(request, case, **arguments)

    return posted


def evenly(view: View) -> View:
    """Answer a POST no sooner than after `EVEN_SECONDS`: the time tells nothing about the case."""

    @wraps(view)
    def evened(
        request: HttpRequest,
        **arguments: Any,  # noqa: ANN401 - the rest of the address
    ) -> HttpResponse:
        began = time.monotonic()
        response = view(request, **arguments)
        if request.method == "POST":
            time.sleep(max(0.0, EVEN_SECONDS - (time.monotonic() - began)))
        return response

    return evened
