"""An answer is proposed by one person, and approved or sent back by another."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from subjects import law
from subjects.actions.approve import approve as approve_action
from subjects.actions.approve import send_back as send_back_action
from subjects.actions.decide import confirmed, undecided
from subjects.actions.decide import propose as propose_action
from subjects.actions.view_case import view_case
from subjects.desk.candidates import Shown, review_of
from subjects.desk.doing import FORBIDDEN, Deed, carry_out
from subjects.desk.entrance import StaffRequest, lets_in
from subjects.desk.forms import ApprovalForm, ButtonForm, ProposalForm
from subjects.desk.requests import request_of
from subjects.desk.sign_in import too_many_tries
from subjects.errors import StoreError
from subjects.models import FoundTemplate, Proposal, RightsRequest
from subjects.policies import (
    check_can_review,
    check_is_approver,
    check_is_staff,
    needed_tier,
)
from subjects.stores import stores
from subjects.stores.base import TemplateRef


@lets_in(check_can_review)
@require_http_methods(["GET", "POST"])
def propose(request: StaffRequest, pk: str) -> HttpResponse:
    """Offer the lawful answers, and put the chosen one before a second person."""
    row = _row(pk)
    if request.method == "GET":
        view_case(row.case, by=request.user)
        return _propose_page(request, row, ProposalForm(rights_request=row, user=request.user))
    form = ProposalForm(request.POST, rights_request=row, user=request.user)
    deed = Deed(
        form=form,
        act=lambda: propose_action(
            row,
            Proposal(form.cleaned_data["proposal"]),
            by=request.user,
            ground=form.cleaned_data["ground"],
            reasons=form.cleaned_data["reasons"],
        ),
        again=lambda status: _propose_page(request, _row(pk), form, status=status),
        done=_("Proposed. A second person has to approve it."),
    )
    return carry_out(request, row.case, deed)


@lets_in(check_is_approver)
@require_http_methods(["GET", "POST"])
def approve(request: StaffRequest, pk: str) -> HttpResponse:
    """Show all that an approval rests on, and take it from somebody who says again who they are."""
    row = _row(pk)
    if request.method == "GET":
        view_case(row.case, by=request.user)
        return _approve_page(request, row, ApprovalForm())
    form = ApprovalForm(request.POST)
    if not _is_themselves(request, form):
        return _approve_page(request, row, form, status=FORBIDDEN)
    deed = Deed(
        form=form,
        act=lambda: approve_action(row, by=request.user),
        again=lambda status: _approve_page(request, _row(pk), form, status=status),
        done=_("Approved. What follows is under way."),
    )
    return carry_out(request, row.case, deed)


@lets_in(check_is_staff)
@require_POST
def send_back(request: StaffRequest, pk: str) -> HttpResponse:
    """Send a proposal back to review."""
    row, form = _row(pk), ButtonForm(request.POST)
    deed = Deed(
        form=form,
        act=lambda: send_back_action(row, by=request.user),
        again=lambda status: _approve_page(request, _row(pk), form, status=status),
        done=_("Sent back to review."),
    )
    return carry_out(request, row.case, deed)


def _row(pk: str) -> RightsRequest:
    rows = RightsRequest.objects.select_related("case", "proposed_by", "approved_by")
    row: RightsRequest = get_object_or_404(rows, pk=pk)
    return row


def _is_themselves(request: StaffRequest, form: ApprovalForm) -> bool:
    """Check the password typed for an approval; wrong ones are slowed down as at the sign-in."""
    if not form.is_valid():
        return True  # nothing was typed: the form says so itself
    name = request.user.get_username()
    if too_many_tries(request, name):
        form.add_error("password", _("Too many tries. Wait a minute, then try again."))
    elif not request.user.check_password(form.cleaned_data["password"]):
        form.add_error("password", _("This is not your password. Nothing was approved."))
    return not form.errors


class Planned(NamedTuple):
    """One line of what an answer touches: where, and what the store says it is."""

    number: int
    store: str
    source: str
    title: str
    trouble: str


def _propose_page(
    request: HttpRequest, row: RightsRequest, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    same = confirmed(row.case)
    context: dict[str, Any] = {
        "case": row.case,
        "one": request_of(row, request.user),
        "form": form,
        "left": len(undecided(row.case)),
        "plan": list(_lines(same)),
        "others": row.case.found.count() - len(same),
        "refusals": [one for one in law.refusals_for(row.right) if one.whole],
    }
    return render(request, "desk/propose.html", context, status=status)


def _approve_page(
    request: HttpRequest, row: RightsRequest, form: forms.Form, *, status: int = 200
) -> HttpResponse:
    granted = row.proposal == Proposal.GRANT
    planned = [item.found for item in row.erasure_items.select_related("found")]
    context: dict[str, Any] = {
        "case": row.case,
        "one": request_of(row, request.user),
        "form": form,
        "plan": list(_lines(planned if row.erases else confirmed(row.case))) if granted else [],
        "granted": granted,
        "shown": _all_decisions(row, request),
        "needed_tier": needed_tier(row),
        "hold_days": settings.HOLD_DAYS,
    }
    return render(request, "desk/approve.html", context, status=status)


def _all_decisions(row: RightsRequest, request: HttpRequest) -> list[Shown]:
    return review_of(row.case, request.user, everything=True).shown


def _lines(found: list[FoundTemplate]) -> Iterator[Planned]:
    for number, one in enumerate(found, start=1):
        source = title = trouble = ""
        try:
            held = stores[one.store].describe(TemplateRef(one.template_ref))
            source, title = held.source_url or "", held.page_title or ""
        except StoreError as error:
            trouble = str(error)
        name = stores[one.store].name if one.store in stores else one.store
        yield Planned(number, name, source, title, trouble)
