"""What changes when an answer is due or whether it still is: more time, and a right taken back."""

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from subjects import deadlines
from subjects.actions.extend import extend as extend_action
from subjects.actions.withdraw import withdraw_on_behalf
from subjects.desk.doing import Deed, carry_out
from subjects.desk.entrance import StaffRequest, lets_in
from subjects.desk.forms import ExtensionForm, NoteForm
from subjects.desk.requests import request_of
from subjects.errors import PortalError
from subjects.models import RightsRequest
from subjects.policies import check_can_extend, check_can_review


@lets_in(check_can_review)
@require_http_methods(["GET", "POST"])
def extend(request: StaffRequest, pk: str) -> HttpResponse:
    """Take two further months while the first one runs; afterwards the server refuses (R-025)."""
    row = _row(pk)
    form = ExtensionForm(request.POST or None)
    if request.method == "GET":
        return _extend_page(request, row, form)
    deed = Deed(
        form=form,
        act=lambda: extend_action(row, by=request.user, **form.cleaned_data),
        again=lambda status: _extend_page(request, _row(pk), form, status=status),
        done=_("Extended. The letter that says why is on its way."),
    )
    return carry_out(request, row.case, deed)


@lets_in(check_can_review)
@require_http_methods(["GET", "POST"])
def withdraw(request: StaffRequest, pk: str) -> HttpResponse:
    """Take a right back for a person who told the desk."""
    row = _row(pk)
    form = NoteForm(request.POST or None)
    if request.method == "GET":
        return _withdraw_page(request, row, form)
    deed = Deed(
        form=form,
        act=lambda: withdraw_on_behalf(row, note=form.cleaned_data["note"], by=request.user),
        again=lambda status: _withdraw_page(request, _row(pk), form, status=status),
        done=_("Withdrawn."),
    )
    return carry_out(request, row.case, deed)


def _row(pk: str) -> RightsRequest:
    row: RightsRequest = get_object_or_404(RightsRequest.objects.select_related("case"), pk=pk)
    return row


def _extend_page(
    request: HttpRequest, row: RightsRequest, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    context = {
        "case": row.case,
        "one": request_of(row, request.user),
        "form": form,
        "against": _against(request, row),
        "new_due_on": deadlines.extended_due_on(row.case.received_on, settings.CONTROLLER_COUNTRY),
    }
    return render(request, "desk/extend.html", context, status=status)


def _against(request: HttpRequest, row: RightsRequest) -> str:
    try:
        check_can_extend(request.user, row)
    except (PermissionDenied, PortalError) as error:
        return str(error)
    return ""


def _withdraw_page(
    request: HttpRequest, row: RightsRequest, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    context = {"case": row.case, "one": request_of(row, request.user), "form": form}
    return render(request, "desk/withdraw.html", context, status=status)
