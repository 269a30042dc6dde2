"""Who comes in: each view of the desk declares its policy, and a session left alone ends."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Final, Protocol, TypeVar, cast

from django.contrib.auth import logout
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from subjects.policies import Staff

IDLE_SECONDS: Final = 15 * 60
SESSION_SECONDS: Final = 8 * 60 * 60
SEEN_EVERY: Final = 30
"""Seconds between two notes that somebody is still there: not each picture writes a session."""
SIGNED_IN, SEEN = "desk_signed_in_at", "desk_seen_at"

Policy = Callable[[Staff], None]
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class StaffRequest(HttpRequest):
    """A request of somebody who has been let in."""

    user: User


class Declared(Protocol):
    """A view that says whom it lets in; a test finds every route without one."""

    policy: Policy | None


def lets_in(policy: Policy) -> Callable[[View], View]:
    """Let in whom `policy` does not refuse, with a session that is alive; nothing is cached."""

    def guard(view: View) -> View:
        @never_cache
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # noqa: ANN401 - passed on
            if not (request.user.is_authenticated and _alive(request)):
                logout(request)
                # Only a page can be gone back to; what was posted must be posted again.
                page = request.get_full_path() if request.method == "GET" else "/desk/"
                return redirect_to_login(page)
            policy(request.user)
            return view(request, *args, **kwargs)

        cast("Declared", guarded).policy = policy
        return cast("View", guarded)

    return guard


def lets_everybody_in(view: View) -> View:
    """Declare a view that needs no session: signing in and out."""
    cast("Declared", view).policy = None
    return view


def begin_session(request: HttpRequest) -> None:
    """Start the two clocks of a session, at the sign-in."""
    now = int(time.time())
    request.session[SIGNED_IN], request.session[SEEN] = now, now


def _alive(request: HttpRequest) -> bool:
    """Say whether the session is neither idle nor too old; one without its clocks is neither."""
    now = int(time.time())
    signed_in, seen = request.session.get(SIGNED_IN), request.session.get(SEEN)
    if signed_in is None or seen is None:
        return False
    if now - seen > IDLE_SECONDS or now - signed_in > SESSION_SECONDS:
        return False
    if now - seen >= SEEN_EVERY:
        request.session[SEEN] = now
    return True
