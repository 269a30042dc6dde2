"""The start page, and the pages that anybody may read."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from subjects import law
from subjects.audit.receipts import fingerprints
from subjects.portal.contacts import notice
from subjects.portal.forms import ReferenceForm


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Say what one can ask for, what happens to a picture, and where to begin."""
    context = {"rights": law.rights(), "form": ReferenceForm(), "probe_days": settings.PROBE_DAYS}
    return render(request, "portal/start.html", context)


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Lead from a reference to the page that opens its case, whether there is one or not."""
    form = ReferenceForm(request.GET)
    if form.is_valid():
        return redirect("portal:open", reference=form.cleaned_data["reference"])
    context = {"rights": law.rights(), "form": form, "probe_days": settings.PROBE_DAYS}
    return render(request, "portal/start.html", context, status=422)


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Give the full notice (Article 13)."""
    _, paragraphs = notice("full")
    context = {"paragraphs": paragraphs, "fingerprints": fingerprints()}
    return render(request, "portal/privacy.html", context)


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say how accessible this is and whom to tell about a barrier."""
    return render(request, "portal/accessibility.html")
