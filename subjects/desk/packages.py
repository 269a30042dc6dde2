"""Packages of the log for an authority: the officer orders them, sees how far they are, fetches."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, NamedTuple

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from subjects import tasks
from subjects.actions.fetch_package import fetch_package
from subjects.actions.order_package import order_package
from subjects.desk.day_input import DayInput
from subjects.desk.doing import CONFLICT, INVALID
from subjects.desk.entrance import StaffRequest, lets_in
from subjects.desk.words import Badge, trouble_text
from subjects.errors import NotYet, PackageGone, PeriodRefused
from subjects.models import AuditPackage
from subjects.policies import actor_of, check_is_officer

A_PAGE: Final = 50
GONE: Final = 410
STEPS: Final[dict[str, Promise]] = {
    "": gettext_lazy("Waits for a worker"),
    "log": gettext_lazy("Copying the log"),
    "evidence": gettext_lazy("Keys, time stamps, texts"),
    "entries": gettext_lazy("Reading the entries"),
    "tables": gettext_lazy("Writing tables"),
    "report": gettext_lazy("Writing the report"),
    "signature": gettext_lazy("Signing"),
    "zip": gettext_lazy("Packing"),
}
"""What the worker is at, in words."""
TROUBLE: Final[dict[str, Promise]] = {
    "package-space": gettext_lazy("There was no room on the disk"),
    "package-empty": gettext_lazy("The log has no checkpoint yet"),
    "log-key-missing": gettext_lazy("A key of the log is missing"),
    "log-key-damaged": gettext_lazy("A key of the log cannot be read"),
    "log-busy": gettext_lazy("The sequencer did not get that far"),
    "log-behind": gettext_lazy("The log must be recovered first"),
    "log-forked": gettext_lazy("The log has forked: nothing is signed"),
}
"""What held a package up, in words; the page of the log says what to do."""


class PeriodForm(forms.Form):
    """The period of the tables; the log itself is always whole."""

    start = forms.DateField(label=gettext_lazy("Figures from"), widget=DayInput())
    end = forms.DateField(label=gettext_lazy("Figures to"), widget=DayInput())


class Row(NamedTuple):
    """One package in words."""

    package: AuditPackage
    badge: Badge
    step: Promise
    trouble: str


@lets_in(check_is_officer)
@require_http_methods(["GET", "POST"])
def packages(request: StaffRequest) -> HttpResponse:
    """List all packages; order another one."""
    today = timezone.localdate()
    year = {"start": date(today.year, 1, 1), "end": today}
    if request.method == "GET":
        return _show(request, PeriodForm(initial=year))
    form = PeriodForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=INVALID)
    try:
        package = order_package(**form.cleaned_data, actor=actor_of(request.user))
    except PeriodRefused as error:
        form.add_error(None, str(error))
        return _show(request, form, status=INVALID)
    tasks.nudge_package_on_commit(package)
    messages.success(request, _("The package is being made. Look again in a minute."))
    return redirect("desk:packages")


@lets_in(check_is_officer)
@require_GET
def package_file(request: StaffRequest, pk: str) -> HttpResponseBase:
    """Hand out the file of a package."""
    package = get_object_or_404(AuditPackage, pk=pk)
    try:
        path = fetch_package(package, actor=actor_of(request.user))
    except NotYet as error:
        return _text(str(error), status=CONFLICT)
    except PackageGone as error:
        return _text(str(error), status=GONE)
    response = FileResponse(path.open("rb"), as_attachment=True, filename=package.name)
    response["Content-Type"] = "application/zip"
    return response


def rows_of(page: Page[AuditPackage]) -> Iterator[Row]:
    """Put packages into words."""
    for package in page:
        step = STEPS.get(package.step, STEPS[""])
        yield Row(package, _badge(package), step, _trouble(package.trouble))


def _trouble(code: str) -> str:
    return str(TROUBLE[code]) if code in TROUBLE else trouble_text(code)


def _badge(package: AuditPackage) -> Badge:
    if package.given_up:
        return Badge(_("Not made"), "red")
    if package.is_under_way:
        return Badge(_("Being made"), "yellow")
    if package.is_ready:
        return Badge(_("Ready"), "green")
    return Badge(_("No longer here"), "grey")


def _show(request: StaffRequest, form: PeriodForm, *, status: int = 200) -> HttpResponse:
    every = AuditPackage.objects.all()
    page: Page[AuditPackage] = Paginator(every, A_PAGE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"form": form, "page": page, "rows": list(rows_of(page))}
    return render(request, "desk/packages.html", context, status=status)


def _text(sentence: str, *, status: int) -> HttpResponse:
    return HttpResponse(sentence, content_type="text/plain; charset=utf-8", status=status)
