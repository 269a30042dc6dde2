"""What may be sent to a page that takes pictures: bounded before a byte of it is kept."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from subjects.actions.file_case import MAX_PROBES

DRAINED: Final = 4
"""So many times the limit is read and thrown away, so that the browser gets to show our answer."""
PIECE: Final = 64 * 1024


def body_limit() -> int:
    """Return the most bytes of a form. Django drops the files of a longer one without a word."""
    return int(settings.FILE_UPLOAD_MAX_MEMORY_SIZE)


def takes_pictures(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer a body that is too large with 413 and the other channels, before it is read.

    The check of the CSRF token reads the whole body, so it comes after this one and not before.
    """
    protected = csrf_protect(view)

    @csrf_exempt
    @wraps(view)
    def bounded(
        request: HttpRequest,
        **arguments: Any,  # noqa: ANN401 - the rest of the address
    ) -> HttpResponse:
        size = request.META.get("CONTENT_LENGTH") or "0"
        if size.isdecimal() and int(size) > body_limit():
            _drain(request)
            megabytes = settings.UPLOAD_BYTES // 1024**2
            context = {"megabytes": megabytes, "most": MAX_PROBES}
            return render(request, "portal/too_large.html", context, status=413)
        return protected(request, **arguments)

    return bounded


def _drain(request: HttpRequest) -> None:
    left = body_limit() * DRAINED
    try:
        while left > 0 and (piece := request.read(PIECE)):
            left -= len(piece)
    except UnreadablePostError:
        return
