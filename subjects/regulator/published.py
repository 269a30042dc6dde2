"""The log as anybody may read it: the checkpoint, the hashes, the keys. The entries never."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from subjects.audit import keys
from subjects.audit.publish import log_tiles
from subjects.audit.standalone.paths import ENTRIES_LEVEL, read_path
from subjects.errors import TileMissing

_TEXT: Final = "text/plain; charset=utf-8"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_PERSONAL: Final = frozenset({"vary", "content-language"})


class _SameForAll(ResponseHeaders):
    """Headers that depend on nobody: what is public may be kept by any cache for everybody."""

    def __setitem__(self, key: str, value: str | bytes | int) -> None:
        """Take a header, unless it says that others get another answer."""
        if key.lower() not in _PERSONAL:
            super().__setitem__(key, value)


@csrf_exempt
@require_safe
def checkpoint(_request: HttpRequest) -> HttpResponse:
    """Give the newest signed note."""
    note = log_tiles().checkpoint()
    return _nothing("Nothing has been published yet.") if note is None else _answer(note, _TEXT)


@csrf_exempt
@require_safe
def tile(_request: HttpRequest, rest: str) -> HttpResponse:
    """Give a tile of hashes. A narrow one that was removed is cut from the wider one."""
    path = read_path(f"tile/{rest}")
    if path is None or path.level == ENTRIES_LEVEL:
        return _nothing("There is no such tile. The entries of the log are not public.")
    try:
        data = log_tiles().hashes(*path)
    except TileMissing:
        return _nothing("This tile has not been published.")
    return _answer(data, "application/octet-stream", cache=_FOR_GOOD)


@csrf_exempt
@require_safe
def vkeys(_request: HttpRequest) -> HttpResponse:
    """Give the keys that sign or have signed the log, one a line, the newest first."""
    lines = [f"{one.vkey}\n" for one in reversed(keys.history()) if one.purpose == keys.LOG]
    return _answer("".join(lines).encode(), _TEXT) if lines else _nothing("There is no key yet.")


def _answer(
    content: bytes, content_type: str, *, cache: str = "no-cache", status: int = 200
) -> HttpResponse:
    response = HttpResponse(content, status=status)
    response.headers = _SameForAll({"Content-Type": content_type, "Cache-Control": cache})
    return response


def _nothing(words: str) -> HttpResponse:
    return _answer(f"{words}\n".encode(), _TEXT, status=404)
