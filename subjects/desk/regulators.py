"""Accounts of authorities: the officer makes them, closes them, and reads what they looked at."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import segno
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from subjects.actions.admit_regulator import MOST_DAYS, Admission, Admitted, admit_regulator
from subjects.actions.revoke_regulator import revoke_regulator
from subjects.actions.sign_in_regulator import MOST_WRONG_CODES, address_for_telephone
from subjects.audit.words import ARTICLES
from subjects.desk import words
from subjects.desk.day_input import DayInput
from subjects.desk.doing import INVALID
from subjects.desk.entrance import StaffRequest, lets_in
from subjects.errors import AdmissionRefused, VaultError
from subjects.models import RegulatorAccess, RegulatorVisit
from subjects.policies import check_is_officer

A_PAGE = 100
RIGHTS = {ARTICLES[right.value]: text for right, text in words.RIGHT.items()}


class AdmissionForm(forms.Form):
    """Who may look at what, and until when."""

    authority = forms.CharField(
        label=gettext_lazy("Authority"),
        max_length=120,
        error_messages={"required": gettext_lazy("Name the authority.")},
    )
    person = forms.CharField(
        label=gettext_lazy("Who gets the account"),
        max_length=200,
        help_text=gettext_lazy("Kept sealed, for you alone. It stands in no log and no package."),
        error_messages={"required": gettext_lazy("Name the person who gets the account.")},
    )
    from_day = forms.DateField(
        label=gettext_lazy("Requests from"),
        widget=DayInput(),
        help_text=gettext_lazy("What was still open on this day is within the scope too."),
        error_messages={"required": gettext_lazy("Choose the first day of the scope.")},
    )
    to_day = forms.DateField(
        label=gettext_lazy("Requests until"),
        widget=DayInput(),
        error_messages={"required": gettext_lazy("Choose the last day of the scope.")},
    )
    rights = forms.MultipleChoiceField(
        label=gettext_lazy("Rights"),
        required=False,
        choices=list(RIGHTS.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all of them."),
    )
    countries = forms.CharField(
        label=gettext_lazy("Countries where the people live"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Two letters each, such as FR, DE. Empty: all of them."),
    )
    packages = forms.BooleanField(
        label=gettext_lazy("May order packages"),
        required=False,
        help_text=gettext_lazy(
            "A package holds the whole log, of every right and country: only then can anybody see"
            " that nothing is missing. Its entries hold no personal data."
        ),
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day of the access"),
        widget=DayInput(),
        help_text=gettext_lazy("At most 90 days from today."),
        error_messages={"required": gettext_lazy("Choose the last day of the access.")},
    )

    def clean_countries(self) -> tuple[str, ...]:
        """Read `fr, DE` as two countries."""
        text = str(self.cleaned_data["countries"]).upper().replace(",", " ")
        return tuple(sorted(set(text.split())))

    def admission(self) -> Admission:
        """Give what was filled in. The form must be valid."""
        asked = dict(self.cleaned_data)
        return Admission(**asked | {"rights": tuple(asked["rights"])})


class Row(NamedTuple):
    """One account in words."""

    access: RegulatorAccess
    person: str
    rights: str
    countries: str
    badge: words.Badge
    until: Any
    seen_at: Any
    opened: int
    refused: int


@lets_in(check_is_officer)
@require_GET
def regulators(request: StaffRequest) -> HttpResponse:
    """List all accounts, the newest first."""
    return render(request, "desk/regulators.html", {"rows": list(rows_of(_all()))})


@lets_in(check_is_officer)
@require_http_methods(["GET", "POST"])
def new_regulator(request: StaffRequest) -> HttpResponse:
    """Make an account and show its secrets; a redirect would have to keep them somewhere."""
    form = AdmissionForm(request.POST if request.method == "POST" else None, initial=_initial())
    if form.is_valid():
        try:
            return _secrets(request, admit_regulator(form.admission(), by=request.user))
        except AdmissionRefused as error:
            form.add_error(error.field, str(error))
    status = INVALID if form.errors else 200
    context = {"form": form, "most_days": MOST_DAYS}
    return render(request, "desk/regulators_new.html", context, status=status)


@lets_in(check_is_officer)
@require_GET
def regulator(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Show one account and every page that it opened or was refused."""
    (row,) = rows_of([get_object_or_404(_all(), pk=pk)])
    page = Paginator(row.access.visits.all(), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "row": row,
        "page": page,
        "visits": [_visit(visit) for visit in page],
        "open": row.access.shut(timezone.now()) is None,
    }
    return render(request, "desk/regulators_one.html", context)


@lets_in(check_is_officer)
@require_POST
def revoke(request: StaffRequest, pk: UUID) -> HttpResponse:
    """Shut the door for one account."""
    access = get_object_or_404(RegulatorAccess, pk=pk)
    if revoke_regulator(access, by=request.user):
        messages.success(request, _("This access is closed."))
    return redirect("desk:regulator", pk=pk)


def rows_of(accesses: Any) -> Iterator[Row]:  # noqa: ANN401 - rows with what `_all` counted on them
    """Put accounts into words."""
    for access in accesses:
        yield Row(
            access=access,
            person=_person(access),
            rights=", ".join(str(RIGHTS[right]) for right in access.rights) or _("All"),
            countries=", ".join(access.countries) or _("All"),
            badge=_badge(access),
            until=access.until,
            seen_at=access.seen_at,
            opened=access.opened,
            refused=access.times_refused,
        )


def _all() -> QuerySet[RegulatorAccess]:
    shown = Q(visits__refused="")
    return RegulatorAccess.objects.order_by("-created_at").annotate(
        seen_at=Max("visits__at", filter=shown),
        opened=Count("visits", filter=shown & ~Q(visits__page=RegulatorVisit.Page.SIGN_IN)),
        times_refused=Count("visits", filter=~shown),
    )


def _initial() -> dict[str, object]:
    today = timezone.localdate()
    return {"to_day": today, "last_day": today + timedelta(days=14)}


def _secrets(request: StaffRequest, made: Admitted) -> HttpResponse:
    address = address_for_telephone(made.access, made.factor, issuer=settings.CONTROLLER_NAME)
    secret = base64.b32encode(made.factor).decode()
    context = {
        "access": made.access,
        "until": made.access.until,
        "password": made.password,
        "factor": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        "qr": segno.make(address, error="m").svg_data_uri(scale=5, border=4),
        "address": settings.PUBLIC_URL + reverse("regulator:sign_in"),
    }
    return render(request, "desk/regulators_made.html", context)


def _person(access: RegulatorAccess) -> str:
    if access.purged_at:
        return _("Destroyed on %(day)s") % {"day": date_format(access.purged_at, "j F Y")}
    try:
        return access.person
    except VaultError as error:
        return str(error)


def _badge(access: RegulatorAccess) -> words.Badge:
    if access.revoked_at:
        return words.Badge(_("Closed"), "grey")
    if access.shut(timezone.now()):
        return words.Badge(_("Ended"), "grey")
    if access.wrong_codes >= MOST_WRONG_CODES:
        return words.Badge(_("Shut: too many wrong codes"), "red")
    return words.Badge(_("Open"), "green")


def _visit(visit: RegulatorVisit) -> dict[str, object]:
    case = _("Case %(pseudonym)s, as this account calls it") % {"pseudonym": visit.pseudonym}
    return {"title": visit.title, "at": visit.at, "text": case if visit.pseudonym else ""}
