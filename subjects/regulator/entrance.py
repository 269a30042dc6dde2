"""Who comes in: scope, day and revocation are looked at on every request, and each view is noted.

The session is the door's own: being signed in at the desk opens nothing here, nor the reverse.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, Protocol, TypeVar, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache

from subjects.actions.note_regulator_access import note_refusal, note_visit
from subjects.errors import NotAdmitted, OutOfScope
from subjects.models import RegulatorAccess
from subjects.regulator.showing import show, show_shut

IDLE_SECONDS: Final = 15 * 60
SESSION_SECONDS: Final = 8 * 60 * 60
SEEN_EVERY: Final = 30
ACCOUNT, SIGNED_IN, SEEN = "regulator", "regulator_signed_in_at", "regulator_seen_at"
SHOWN: Final = 200

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Opened:
    """What a view says about what it showed, for the log: which case."""

    pseudonym: str = ""
    case: UUID | None = None


class RegulatorRequest(HttpRequest):
    """A request of an authority that has been let in."""

    access: RegulatorAccess
    opened: Opened


class Declared(Protocol):
    """A view that says as which page it stands in the log; a test finds every route without."""

    page: str | None


def admits(page: str) -> Callable[[View], View]:
    """Let in an account whose door is open, and note `page` before a byte of it is sent."""

    def guard(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(request: RegulatorRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - passed on
            access = _account(request)
            if access is None:
                _forget(request)
                return redirect("regulator:sign_in")
            request.access, request.opened = access, Opened()
            try:
                if refusal := access.shut(timezone.now()):
                    raise refusal
                answer = view(request, *args, **kwargs)
            except NotAdmitted as refusal:
                return _refused(request, page, refusal)
            if answer.status_code == SHOWN:
                opened = request.opened
                note_visit(access, page, pseudonym=opened.pseudonym, case=opened.case)
            return answer

        cast("Declared", guarded).page = page
        return cast("View", guarded)

    return guard


def admits_everybody(view: View) -> View:
    """Declare a view that needs no session: signing in and out."""
    cast("Declared", view).page = None
    return view


def begin_session(request: HttpRequest, access: RegulatorAccess) -> None:
    """Start a new session under a new key: whatever it was before is thrown away."""
    request.session.flush()
    now = int(time.time())
    request.session.update({ACCOUNT: access.pk.hex, SIGNED_IN: now, SEEN: now})


def _account(request: HttpRequest) -> RegulatorAccess | None:
    """Return the account of a session that is neither idle nor too old."""
    now, session = int(time.time()), request.session
    signed_in, seen = session.get(SIGNED_IN), session.get(SEEN)
    if signed_in is None or seen is None:
        return None
    if now - seen > IDLE_SECONDS or now - signed_in > SESSION_SECONDS:
        return None
    if now - seen >= SEEN_EVERY:
        session[SEEN] = now
    return RegulatorAccess.objects.filter(pk=str(session[ACCOUNT])).first()


def _forget(request: HttpRequest) -> None:
    for key in (ACCOUNT, SIGNED_IN, SEEN):
        request.session.pop(key, None)


def _refused(request: RegulatorRequest, page: str, refusal: NotAdmitted) -> HttpResponse:
    note_refusal(request.access, page, reason=refusal.reason)
    if isinstance(refusal, OutOfScope):
        return show(request, "outside.html", {"why": str(refusal)}, status=404)
    _forget(request)
    return show_shut(request, refusal)
