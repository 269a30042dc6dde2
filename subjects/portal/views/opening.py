"""A person opens their case with the link or the code of a mail. GET and HEAD never use it up."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.open_case import open_with, send_link
from subjects.errors import WrongSecret
from subjects.models import Case, OneTimeCode
from subjects.portal.access import case_by, evenly, let_in, written
from subjects.portal.errors import say_what_is_wrong
from subjects.portal.forms import OpenForm
from subjects.tasks import nudge_on_commit


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@evenly
@say_what_is_wrong
def open_case(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for the code; a script puts the secret of the link in its place.

    The same answer for a wrong, used or late secret and for a case that does not exist.
    """
    if request.method != "POST":
        return _page(request, reference, OpenForm(), 200)
    form = OpenForm(request.POST)
    if not form.is_valid():
        return _page(request, reference, form, 422)
    case = case_by(reference)
    try:
        open_with(case, form.given(), purpose=OneTimeCode.Purpose.OPEN)
    except WrongSecret as error:
        form.refuse(str(error))
        return _page(request, reference, form, 403)
    return _opened(request, case)


def _opened(request: HttpRequest, case: Case | None) -> HttpResponse:
    if case is None:
        raise WrongSecret
    confirm_contact(case)
    nudge_on_commit(case)
    let_in(request, case)
    return redirect("portal:case", reference=case.reference)


@never_cache
@evenly
@say_what_is_wrong
def send(request: HttpRequest, reference: str) -> HttpResponse:
    """Send a new link and code; the page is the same whatever was done.

    Not nudged: a message to the broker takes time, and would tell that the case exists. The sweeper
    sends the mail within seconds.
    """
    if request.method != "POST":
        return redirect("portal:open", reference=written(reference))
    send_link(case_by(reference))
    return render(request, "portal/link_sent.html", {"reference": written(reference)})


def _page(request: HttpRequest, reference: str, form: OpenForm, status: int) -> HttpResponse:
    context = {"form": form, "reference": written(reference)}
    return render(request, "portal/open.html", context, status=status)
