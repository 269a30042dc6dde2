"""One deed of the desk: a form, one action, the workers woken, or a page that says why not."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from subjects import tasks
from subjects.errors import (
    ExportIncomplete,
    FourEyesNeeded,
    IdentityNotSettled,
    LawError,
    LifecycleError,
    StoreError,
)
from subjects.models import Case

REFUSED: Final = (
    LifecycleError,
    LawError,
    FourEyesNeeded,
    IdentityNotSettled,
    StoreError,
    ExportIncomplete,
)
"""What staff can run into. Anything else is a fault of the portal and no page hides it."""
INVALID, FORBIDDEN, CONFLICT = 400, 403, 409


@dataclass(frozen=True)
class Deed:
    """What was sent, the one action it calls, the page to show it on again, and the news of it."""

    form: forms.Form
    act: Callable[[], object]
    again: Callable[[int], HttpResponse]
    done: str
    place: Callable[[], str] = str
    """Where on the page of the case to go on; its top, if nothing else is said."""


def carry_out(request: HttpRequest, case: Case, deed: Deed) -> HttpResponse:
    """Act when the form is valid, and go to the page of the case with the news.

    Else show the page again with what was typed, and the core's own sentence in its summary of
    errors: 400 for what was filled in, 403 for four eyes, 409 for what has moved on.
    """
    if not deed.form.is_valid():
        return deed.again(INVALID)
    try:
        deed.act()
    except REFUSED as error:
        deed.form.add_error(None, str(error))
        return deed.again(FORBIDDEN if isinstance(error, FourEyesNeeded) else CONFLICT)
    tasks.nudge_on_commit(case)
    messages.success(request, deed.done)
    return redirect(reverse("desk:case", args=[case.reference]) + deed.place())
