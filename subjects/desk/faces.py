"""The pictures that staff look at: one kind of bytes, kept by no browser, each look logged."""

from collections.abc import Callable
from typing import Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from subjects.actions.view_face import view_candidate, view_picture, view_probe
from subjects.desk.entrance import StaffRequest, lets_in
from subjects.errors import BadPicture, BlobPurged, StoreError, TemplateGone, VaultError
from subjects.models import FoundTemplate, Probe
from subjects.policies import check_is_staff

NOTHING_RUNS: Final = "sandbox; default-src 'none'"
"""For a file that is opened by itself: whatever it turned out to be, nothing in it would run."""


@lets_in(check_is_staff)
@require_GET
def probe(request: StaffRequest, reference: str, pk: str) -> HttpResponse:
    """Show the face of a probe."""
    one = get_object_or_404(Probe.objects.select_related("blob"), pk=pk, case__reference=reference)
    return _picture(lambda: view_probe(one, by=request.user))


@lets_in(check_is_staff)
@require_GET
def candidate(request: StaffRequest, reference: str, found: str) -> HttpResponse:
    """Show the face of a candidate, at the scale of the probe."""
    one = get_object_or_404(FoundTemplate, pk=found, case__reference=reference)
    return _picture(lambda: view_candidate(one, by=request.user))


@lets_in(check_is_staff)
@require_GET
def whole_picture(request: StaffRequest, reference: str, found: str) -> HttpResponse:
    """Show the picture of a candidate with everybody else painted over."""
    one = get_object_or_404(FoundTemplate, pk=found, case__reference=reference)
    return _picture(lambda: view_picture(one, by=request.user))


def _picture(look: Callable[[], bytes | None]) -> HttpResponse:
    try:
        shown = look()
    except (BlobPurged, TemplateGone) as error:
        return _text(str(error), status=410)
    except StoreError as error:
        return _text(str(error), status=503)
    except (BadPicture, VaultError) as error:
        return _text(str(error), status=409)
    if shown is None:
        return _text(_("The store holds no picture, only the face code."), status=404)
    return _sealed_off(HttpResponse(shown, content_type="image/jpeg"))


def _text(sentence: str, *, status: int) -> HttpResponse:
    plain = HttpResponse(sentence, content_type="text/plain; charset=utf-8", status=status)
    return _sealed_off(plain)


def _sealed_off(response: HttpResponse) -> HttpResponse:
    response["Content-Security-Policy"] = NOTHING_RUNS
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
