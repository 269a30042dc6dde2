"""The first page: what this account may see and until when, and what the log says of itself."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from subjects.audit import keys
from subjects.audit.standalone.reading import Book
from subjects.models import RegulatorAccess, RegulatorVisit
from subjects.regulator import words
from subjects.regulator.entrance import RegulatorRequest, admits
from subjects.regulator.register import register_of
from subjects.regulator.showing import show

A_PAGE = 100


@admits("start")
@require_GET
def start(request: RegulatorRequest) -> HttpResponse:
    """Show the scope and the newest checkpoint."""
    register = register_of(request.access)
    context = {
        "scope": scope_rows(request.access),
        "log": log_rows(register.book),
        "cases": len(register.chains),
        "requests": len(register.listed),
        "dpo": settings.DPO_CONTACT,
    }
    return show(request, "start.html", context)


@admits("accesses")
@require_GET
def accesses(request: RegulatorRequest) -> HttpResponse:
    """Show what this account opened and was refused: the same list that the officer reads."""
    page = Paginator(request.access.visits.all(), A_PAGE).get_page(request.GET.get("page"))
    return show(request, "accesses.html", {"page": page, "visits": [_visit(one) for one in page]})


def scope_rows(access: RegulatorAccess) -> list[dict[str, object]]:
    """Put the scope into words, for a summary list."""
    rights = ", ".join(str(words.RIGHT[right]) for right in access.rights)
    period = _("%(start)s to %(end)s, and what was still open on the first day")
    return [
        {"key": _("Authority"), "value": access.authority},
        {"key": _("Last day of this access"), "value": access.until.isoformat()},
        {
            "key": _("Requests"),
            "value": period % {"start": access.from_day, "end": access.to_day},
        },
        {"key": _("Rights"), "value": rights or _("All")},
        {"key": _("Countries"), "value": ", ".join(access.countries) or _("All")},
        {
            "key": _("Packages"),
            "value": _("May be ordered") if access.packages else _("Not within this access"),
        },
    ]


def log_rows(book: Book) -> list[dict[str, object]]:
    """Put the newest checkpoint into words: what a printed page is compared by later."""
    return [
        {"key": _("Name of the log"), "value": settings.LOG_ORIGIN},
        {"key": _("Entries"), "value": book.size},
        {"key": _("Root"), "value": book.root.hex() if book.size else _("None yet")},
        {"key": _("Newest entry"), "value": book.last_at or _("None yet")},
        {"key": _("Fingerprint of the log's key"), "value": fingerprint()},
    ]


def fingerprint() -> str:
    """Give the SHA-256 of the key that signs the log now, in hex."""
    in_force = [one for one in keys.history() if one.purpose == keys.LOG and one.until is None]
    return in_force[-1].fingerprint if in_force else _("No key yet")


def _visit(visit: RegulatorVisit) -> dict[str, object]:
    case = _("Case %(pseudonym)s") % {"pseudonym": visit.pseudonym}
    return {"title": visit.title, "at": visit.at, "text": case if visit.pseudonym else ""}
