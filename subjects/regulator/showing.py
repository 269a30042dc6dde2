"""The frame of this door's pages: where one can go, for whom and until when."""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from subjects.errors import AdmissionExpired, NotAdmitted
from subjects.models import RegulatorAccess

FORBIDDEN: Final = 403
PAGES: Final = (
    ("start", _("Start")),
    ("figures", _("Figures")),
    ("cases", _("Cases")),
    ("packages", _("Packages")),
    ("orders", _("Orders")),
    ("texts", _("Texts")),
    ("guide", _("Check it yourself")),
    ("accesses", _("Your accesses")),
)
"""The navigation, in its order: names of routes and their words."""


def show(
    request: HttpRequest, page: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a page of this door for the account of the request."""
    access = getattr(request, "access", None)
    frame = {"access": access, "navigation": _navigation(request, access) if access else ()}
    return render(request, f"regulator/{page}", frame | (context or {}), status=status)


def show_shut(request: HttpRequest, refusal: NotAdmitted) -> HttpResponse:
    """Say that the access has ended, until when it was, and whom to ask."""
    until = refusal.until if isinstance(refusal, AdmissionExpired) else None
    context = {"access": None, "navigation": (), "why": str(refusal), "until": until}
    return show(request, "shut.html", context, status=FORBIDDEN)


def _navigation(request: HttpRequest, access: RegulatorAccess) -> list[dict[str, object]]:
    here = request.resolver_match.url_name if request.resolver_match else ""
    return [
        {"href": reverse(f"regulator:{name}"), "text": text, "current": name == here}
        for name, text in PAGES
        if access.packages or name != "packages"
    ]
