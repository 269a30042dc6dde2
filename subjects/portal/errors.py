"""Every named error becomes a sentence on a page: nothing a person can do ends in a 500."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

from django import forms
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from subjects.errors import (
    BadPicture,
    BlobPurged,
    LawError,
    LifecycleError,
    MoveNotAllowed,
    PortalError,
    Superseded,
    WrongSecret,
)
from subjects.portal.context import controller

STATUS: Final[tuple[tuple[type[PortalError], int], ...]] = (
    (WrongSecret, 403),
    (LifecycleError, 409),
    (BlobPurged, 410),
    (BadPicture, 422),
    (LawError, 422),
)
"""The HTTP status for each kind of error; whatever else it is, it is our fault (503)."""
SENTENCES: Final = {
    MoveNotAllowed: _(
        "It is too late for that: what you asked for has begun or is done. Your page says"
        " where it stands."
    ),
    Superseded: _("Your case has moved on in the meantime. Please look at its page again."),
}
"""Plainer words where the error speaks to the desk."""
OUR_FAULT: Final = _("Something on our side does not work just now. Please try again later.")

_log = logging.getLogger(__name__)


def status_of(error: PortalError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in STATUS if isinstance(error, kind)), 503)


def say_what_is_wrong(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer a named error with its sentence, and a failing database with the other channels."""

    @wraps(view)
    def said(
        request: HttpRequest,
        *positions: Any,  # noqa: ANN401 - whatever the view takes
        **arguments: Any,  # noqa: ANN401 - whatever the view takes
    ) -> HttpResponse:
        try:
            return view(request, *positions, **arguments)
        except PortalError as error:
            status = status_of(error)
            # What is wrong inside is for the operator: it may name a store or a key.
            sentence = OUR_FAULT if status == 503 else _sentence(error)  # noqa: PLR2004 - HTTP
            _log.warning("a page could not be given", extra={"error": type(error).__name__})
            return render(request, "portal/trouble.html", {"sentence": sentence}, status=status)
        except (DatabaseError, OSError) as error:
            _log.exception("a page could not be given", extra={"error": type(error).__name__})
            return not_saved()

    return said


def not_saved() -> HttpResponse:
    """Say that nothing was saved, and the channels that need no web page (R-003)."""
    # Without the request: its session lies in the database that just failed.
    page = render_to_string("portal/not_saved.html", dict(controller(None)))
    return HttpResponse(page, status=503, headers={"Cache-Control": "no-store"})


@contextmanager
def told_in(form: forms.Form, field: str | None = None) -> Iterator[None]:
    """Turn a named error that the person can mend into one of the form; the rest goes on up."""
    try:
        yield
    except PortalError as error:
        if status_of(error) == 503:  # noqa: PLR2004 - HTTP
            raise
        form.add_error(field, _sentence(error))


def _sentence(error: PortalError) -> str:
    return str(SENTENCES.get(type(error), error))
