"""Packages: ordered for a period within the scope, watched while they are made, fetched."""

from datetime import timedelta
from typing import Any, BinaryIO, Final
from uuid import UUID

from django import forms
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods

from subjects import tasks
from subjects.actions.order_package import order_package
from subjects.errors import OutOfScope, PackageGone, PeriodRefused
from subjects.models import AuditPackage, RegulatorAccess
from subjects.regulator.entrance import RegulatorRequest, admits
from subjects.regulator.figures import PeriodForm, whole_period
from subjects.regulator.register import period_of
from subjects.regulator.showing import show

MOST_A_DAY: Final = 10
"""For one account: each package is as large as the whole log."""
INVALID, GONE = 400, 410
STEP: Final[dict[str, Promise]] = {
    "": _("Waiting for a worker"),
    "log": _("The tree and its hashes are being copied"),
    "evidence": _("Time stamps, signatures and keys are being collected"),
    "entries": _("The entries are being read and checked"),
    "tables": _("Tables and figures are being computed"),
    "report": _("The report is being written"),
    "signature": _("The manifest is being signed"),
    "zip": _("All of it is being packed"),
}
"""What a worker is at; a test holds it against the steps that the package knows."""


@admits("package")
@require_http_methods(["GET", "POST"])
def packages(request: RegulatorRequest) -> HttpResponse:
    """List the packages of this account, and order another one."""
    _check_may_order(request.access)
    posted = request.POST if request.method == "POST" else None
    form = PeriodForm(posted, initial=whole_period(request.access))
    if form.is_valid():
        package = _ordered(request.access, form)
        if package is not None:
            tasks.nudge()
            return redirect("regulator:package", pk=package.pk)
    listed = [_row(one) for one in _own(request.access)]
    status = INVALID if form.errors else 200
    return show(request, "packages.html", {"form": form, "rows": listed}, status=status)


@admits("package")
@require_GET
def package(request: RegulatorRequest, pk: UUID) -> HttpResponse:
    """Show how far a package is, and where it can be fetched."""
    return show(request, "package.html", {"row": _row(_one(request.access, pk))})


@admits("package")
@require_GET
def fetch(request: RegulatorRequest, pk: UUID) -> HttpResponseBase:
    """Hand out the file."""
    found = _one(request.access, pk)
    file = _file_of(found)
    if file is None:
        why = str(PackageGone())
        return show(request, "package.html", {"row": _row(found), "why": why}, status=GONE)
    return FileResponse(file, as_attachment=True, filename=found.name)


def _file_of(found: AuditPackage) -> BinaryIO | None:
    try:
        return found.path.open("rb") if found.is_ready else None
    except FileNotFoundError:
        return None


def _own(access: RegulatorAccess) -> Any:  # noqa: ANN401 - a queryset of packages
    return AuditPackage.objects.filter(owner=access.pk)


def _one(access: RegulatorAccess, pk: UUID) -> AuditPackage:
    _check_may_order(access)
    found: AuditPackage | None = _own(access).filter(pk=pk).first()
    if found is None:
        raise OutOfScope
    return found


def _check_may_order(access: RegulatorAccess) -> None:
    if not access.packages:
        raise OutOfScope


def _ordered(access: RegulatorAccess, form: forms.Form) -> AuditPackage | None:
    """Order it, or say in the form what stands against it."""
    asked = form.cleaned_data
    start, end = period_of(access, asked["start"], asked["end"])
    day_ago = timezone.now() - timedelta(days=1)
    if _own(access).filter(ordered_at__gt=day_ago).count() >= MOST_A_DAY:
        form.add_error(None, _("That is enough for one day. Order the next one tomorrow."))
        return None
    try:
        return order_package(start, end, actor=access.actor, owner=access.pk)
    except PeriodRefused as error:
        form.add_error("end", str(error))
        return None


def _row(found: AuditPackage) -> dict[str, object]:
    return {
        "package": found,
        "step": STEP.get(found.step, found.step),
        "failed": found.given_up,
        "ready": found.is_ready,
        "gone": found.made_at is not None and not found.is_ready,
    }
