"""How to check it all without us, and the texts that were in force."""

import hashlib
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_GET

from subjects import law
from subjects.package.texts import list_of, texts
from subjects.regulator.entrance import RegulatorRequest, admits
from subjects.regulator.register import register_of
from subjects.regulator.showing import show
from subjects.regulator.start import fingerprint


@admits("guide")
@require_GET
def guide(request: RegulatorRequest) -> HttpResponse:
    """Show the commands with which this log is checked, filled in for this installation."""
    context = {
        "origin": settings.LOG_ORIGIN,
        "host": settings.LOG_ORIGIN.partition("/")[0],
        "url": settings.PUBLIC_URL,
        "fingerprint": fingerprint(),
        "book": register_of(request.access).book,
    }
    return show(request, "guide.html", context)


@admits("texts")
@require_GET
def published_texts(request: RegulatorRequest) -> HttpResponse:
    """List every text in force with its digest, and the digest that stands in the log."""
    now = texts()
    in_log = register_of(request.access).book.facts.kept.get("texts.published", [])
    digest = hashlib.sha256(list_of(now)).hexdigest()
    context: dict[str, Any] = {
        "texts": [
            {"path": path, "bytes": len(text), "digest": hashlib.sha256(text).hexdigest()}
            for path, text in sorted(now.items())
        ],
        "digest": digest,
        "noted": in_log[-1] if in_log else None,
        "agrees": bool(in_log) and in_log[-1].fields.get("digest") == digest,
        "policies": law.law_policies(),
        "letters": law.letter_kinds(),
    }
    return show(request, "texts.html", context)


@admits("texts")
@require_GET
def one_text(request: RegulatorRequest, path: str) -> HttpResponse:
    """Show one text as it is."""
    found = texts().get(path)
    if found is None:
        raise Http404
    digest = hashlib.sha256(found).hexdigest()
    context = {"path": path, "text": found.decode("utf-8"), "digest": digest}
    return show(request, "text.html", context)
