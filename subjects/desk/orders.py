"""Orders of an authority: the officer's register, the counts, the proof, the answer."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from subjects.actions.answer_order import answer_order, needs_reason
from subjects.actions.count_order import count_order
from subjects.actions.disclose_by_order import disclose_by_order
from subjects.actions.prove_order import fetch_proof, open_cases_of, prove_order
from subjects.actions.record_order import record_order
from subjects.desk.doing import CONFLICT, INVALID
from subjects.desk.entrance import StaffRequest, lets_in
from subjects.desk.order_forms import AnswerForm, CountForm, DiscloseForm, OrderForm, ProveForm
from subjects.desk.words import SOON, Badge
from subjects.errors import (
    AuditError,
    CountIncomplete,
    LifecycleError,
    NotYet,
    OrderRefused,
    PackageError,
    PackageGone,
    VaultError,
)
from subjects.models import AuthorityOrder
from subjects.package.order_plot import count_plot
from subjects.package.order_words import (
    COUNTING_RULE,
    PENALTY_RULE,
    facts_of,
    open_points,
    penalty_headline,
    penalty_lines,
    rounds_of,
)
from subjects.policies import Staff, check_is_officer, is_officer

A_PAGE: Final = 50
GONE: Final = 410
STOPS: Final = (CountIncomplete, LifecycleError, PackageError, AuditError)
"""What the officer can run into beside a wrong field; anything else is a fault of the portal."""


class Row(NamedTuple):
    """One order in words."""

    order: AuthorityOrder
    kind: str
    badge: Badge
    amount: str


@lets_in(check_is_officer)
@require_GET
def orders(request: StaffRequest) -> HttpResponse:
    """List all orders: what is open by the day it is due, then what was answered."""
    rows = AuthorityOrder.objects.waiting_first()
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/orders.html", {"page": page, "rows": list(rows_of(page))})


@lets_in(check_is_officer)
@require_http_methods(["GET", "POST"])
def new_order(request: StaffRequest) -> HttpResponse:
    """Enter one."""
    form = OrderForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            order = record_order(form.received(), by=request.user)
        except OrderRefused as error:
            form.add_error(error.field or None, str(error))
        else:
            messages.success(request, _("The order stands in the register and in the log."))
            return redirect("desk:order", pk=order.pk)
    return render(request, "desk/orders_new.html", {"form": form}, status=_status(form))


@lets_in(check_is_officer)
@require_GET
def order(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Show one order with all that can be done about it."""
    return _show(request, _one(pk))


@lets_in(check_is_officer)
@require_POST
def count(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Count every store now."""
    one = _one(pk)
    form = CountForm(request.POST, order=one)

    def act() -> str:
        asked = form.cleaned_data
        rows = count_order(one, asked["moment"], key=asked["key"], by=request.user)
        answered = sum(row.total is not None for row in rows)
        words = _("Asked %(all)s stores, %(counted)s counted: %(number)s face codes in the scope.")
        number = sum(row.counted or 0 for row in rows)
        return words % {"all": len(rows), "counted": answered, "number": number}

    return _carry_out(request, one, form, act, count=form)


@lets_in(check_is_officer)
@require_POST
def prove(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Make the pack that proves it."""
    one = _one(pk)
    form = ProveForm(request.POST, order=one)

    def act() -> str:
        prove_order(one, method=form.cleaned_data["method"], by=request.user)
        return _("The pack is made. Read it before you send it.")

    return _carry_out(request, one, form, act, prove=form)


@lets_in(check_is_officer)
@require_GET
def pack(request: StaffRequest, pk: UUID) -> HttpResponseBase:
    """Hand out the pack."""
    one = _one(pk)
    try:
        path = fetch_proof(one, by=request.user)
    except (NotYet, PackageGone) as error:
        status = GONE if isinstance(error, PackageGone) else CONFLICT
        return HttpResponse(str(error), content_type="text/plain; charset=utf-8", status=status)
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"{one.pack_name}.zip")


@lets_in(check_is_officer)
@require_POST
def answer(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Note that the answer was sent."""
    one = _one(pk)
    form = _answer_form(one, request.POST)

    def act() -> str:
        asked = form.cleaned_data
        answer_order(one, asked["sent_on"], reason=asked.get("reason", ""), by=request.user)
        return _("Noted: the answer was sent.")

    return _carry_out(request, one, form, act, answer=form)


@lets_in(check_is_officer)
@require_POST
def disclose(request: StaffRequest, pk: UUID) -> HttpResponseBase:
    """Hand out the restricted bag of one case: nothing of it is kept, nobody else sees it."""
    one = _one(pk)
    form = DiscloseForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            made = disclose_by_order(
                one, asked["reference"], package=asked["package"], by=request.user
            )
        except OrderRefused as error:
            form.add_error(error.field or None, str(error))
        except STOPS as error:
            form.add_error(None, str(error))
        else:
            response = HttpResponse(made.content, content_type="application/zip")
            response["Content-Disposition"] = f'attachment; filename="{made.name}"'
            return response
    return _show(request, one, disclose=form)


def rows_of(found: Any) -> Iterator[Row]:  # noqa: ANN401 - a page or a queryset of orders
    """Put orders into words."""
    today = timezone.localdate()
    for one in found:
        headline = penalty_headline(one, today)
        kind = AuthorityOrder.Kind(one.kind).label
        yield Row(one, str(kind), order_badge(one, today), headline[0] if headline else "")


def order_badge(one: AuthorityOrder, today: date) -> Badge:
    """Say how far off the last day is, or how it was answered."""
    left = one.days_left(today)
    late = ngettext("%(days)d day late", "%(days)d days late", -left) % {"days": -left}
    if one.answered_at:
        if left < 0:
            return Badge(_("Answered, %(late)s") % {"late": late}, "orange")
        return Badge(_("Answered"), "green")
    if left < 0:
        return Badge(late, "red")
    if left == 0:
        return Badge(_("Due today"), "orange")
    text = ngettext("%(days)d day left", "%(days)d days left", left) % {"days": left}
    return Badge(text, "orange" if left <= SOON else "")


def alarms(user: Staff) -> QuerySet[AuthorityOrder]:
    """Give the officer what is due within a week or late; nobody else anything."""
    if not is_officer(user):
        return AuthorityOrder.objects.none()
    soon = timezone.localdate() + timedelta(days=SOON)
    return AuthorityOrder.objects.filter(answered_at=None, due_on__lte=soon).order_by("due_on")


def _one(pk: UUID) -> AuthorityOrder:
    found: AuthorityOrder = get_object_or_404(AuthorityOrder, pk=pk)
    return found


def _carry_out(
    request: StaffRequest,
    one: AuthorityOrder,
    form: forms.Form,
    act: Callable[[], str],
    **again: forms.Form,
) -> HttpResponse:
    """Act when the form is valid; else show the page again with what was typed, and why."""
    if form.is_valid():
        try:
            messages.success(request, act())
            return redirect("desk:order", pk=one.pk)
        except OrderRefused as error:
            field = error.field if error.field in form.fields else None
            form.add_error(field, str(error))
        except STOPS as error:
            form.add_error(None, str(error))
    return _show(request, _one(one.pk), **again)


def _show(request: StaffRequest, one: AuthorityOrder, **posted: forms.Form) -> HttpResponse:
    today = timezone.localdate()
    rounds, cases = rounds_of(one), open_cases_of(one)
    wrong = next(iter(posted.values()), None)
    headline = penalty_headline(one, today)
    context = {
        "order": one,
        "row": next(rows_of([one])),
        "facts": [{"key": name, "value": value} for name, value in facts_of(one)],
        "asked": _opened(one),
        "plot": count_plot(rounds) if rounds else None,
        "rounds": rounds,
        "rule": COUNTING_RULE,
        "points": open_points(one, rounds, cases.access),
        "cases": cases if one.kind == AuthorityOrder.Kind.ORDER else None,
        "amount": headline,
        "lines": [{"key": name, "value": value} for name, value in penalty_lines(one, today)],
        "penalty_rule": PENALTY_RULE,
        "wrong": wrong,
        "is_open": one.answered_at is None,
        "unproved": needs_reason(one),
        "forms": _forms(one) | posted,
    }
    return render(request, "desk/order.html", context, status=_status(wrong))


def _forms(one: AuthorityOrder) -> dict[str, forms.Form]:
    if one.answered_at is not None:
        return {}
    names_a_case = one.kind == AuthorityOrder.Kind.DISCLOSURE
    return {
        **({"disclose": DiscloseForm()} if names_a_case else {"count": CountForm(order=one)}),
        "prove": ProveForm(order=one),
        "answer": _answer_form(one, None),
    }


def _answer_form(one: AuthorityOrder, data: Any) -> AnswerForm:  # noqa: ANN401 - what was posted
    return AnswerForm(data, today=timezone.localdate(), asks_why=needs_reason(one))


def _opened(one: AuthorityOrder) -> str:
    try:
        return one.asked
    except VaultError as error:
        return str(error)


def _status(form: forms.Form | None) -> int:
    if form is None or not form.errors:
        return 200
    return INVALID if form.errors.keys() - {"__all__"} else CONFLICT
