"""The person collects their copy: with a session of the case, a code from a mail, a passphrase."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from subjects.actions.collect_copy import collect_copy
from subjects.actions.open_case import send_collect_code
from subjects.errors import WrongSecret
from subjects.models import Case
from subjects.portal.access import only_posted, own_case
from subjects.portal.case_page import ready_copy
from subjects.portal.errors import say_what_is_wrong
from subjects.portal.forms import CollectForm
from subjects.tasks import nudge_on_commit


@require_http_methods(["GET", "HEAD", "POST"])
@say_what_is_wrong
@own_case
def collect(request: HttpRequest, case: Case) -> HttpResponse:
    """Hand the copy over as a ZIP; whatever of code and passphrase is wrong, the answer is one."""
    if request.method != "POST":
        return _page(request, case, CollectForm(), 200)
    form = CollectForm(request.POST)
    if not form.is_valid():
        return _page(request, case, form, 422)
    given = form.cleaned_data
    try:
        content = collect_copy(case, code=given["code"], passphrase=given["passphrase"])
    except WrongSecret as error:
        form.refuse(str(error))
        return _page(request, case, form, 403)
    nudge_on_commit(case)
    return HttpResponse(
        content,
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{case.reference}.zip"',
            "X-Content-Type-Options": "nosniff",
        },
    )


@say_what_is_wrong
@own_case
@only_posted
def send_code(request: HttpRequest, case: Case) -> HttpResponse:
    """Mail the one-time code."""
    send_collect_code(case)
    nudge_on_commit(case)
    messages.success(request, _("We have mailed you a code. It can take a minute."))
    return redirect("portal:copy", reference=case.reference)


def _page(request: HttpRequest, case: Case, form: CollectForm, status: int) -> HttpResponse:
    context = {"case": case, "form": form, "delivery": ready_copy(case)}
    return render(request, "portal/copy.html", context, status=status)
