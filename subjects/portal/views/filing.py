"""A person files a request, without an account, on one page."""

import logging

from django.conf import settings
from django.contrib import messages
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from subjects.actions.file_case import file_case
from subjects.portal.access import let_in
from subjects.portal.contacts import notice
from subjects.portal.errors import say_what_is_wrong, told_in
from subjects.portal.filing_form import FilingForm
from subjects.portal.uploads import takes_pictures
from subjects.rates import over_limit
from subjects.tasks import nudge_on_commit

_log = logging.getLogger(__name__)


@takes_pictures
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@say_what_is_wrong
def new(request: HttpRequest) -> HttpResponse:
    """Show the form, or accept it: over a limit as well, with a broker that is down as well."""
    if request.method != "POST":
        return _page(request, FilingForm(), 200)
    form = FilingForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            with told_in(form):
                return _accept(request, form)
        except DatabaseError as error:
            _log.exception("a case could not be saved", extra={"error": type(error).__name__})
            form.add_error(None, _not_saved())
            return _page(request, form, 503)
    return _page(request, form, 422)


def _accept(request: HttpRequest, form: FilingForm) -> HttpResponse:
    slow_lane = over_limit(request, group="filing", rate=settings.FILINGS_BEFORE_SLOW_LANE)
    filing = form.filing(language=get_language() or "en", slow_lane=slow_lane)
    case = file_case(filing)
    nudge_on_commit(case)
    let_in(request, case)
    if case.probes.count() < len(filing.pictures):
        messages.warning(request, _("We could not keep your picture. Please send it again below."))
    return redirect("portal:case", reference=case.reference)


def _page(request: HttpRequest, form: FilingForm, status: int) -> HttpResponse:
    context = {"form": form, "notice": notice("before-capture")[1]}
    return render(request, "portal/new.html", context, status=status)


def _not_saved() -> str:
    return _(
        "We could not save your request just now. Please try again, or send it to %(email)s or by"
        " post to %(name)s, %(address)s. It counts in the same way."
    ) % {
        "email": settings.CONTROLLER_EMAIL,
        "name": settings.CONTROLLER_NAME,
        "address": settings.CONTROLLER_ADDRESS,
    }
