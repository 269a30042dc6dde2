"""Orders of the authority whose account it is: what was received, counted, answered, proved."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_GET

from subjects.actions.prove_order import proof_of_order
from subjects.audit.receipts import indexes_of
from subjects.errors import NotYet, OutOfScope, PackageGone
from subjects.models import AuthorityOrder, RegulatorAccess
from subjects.package.order_plot import count_plot
from subjects.package.order_words import COUNTING_RULE, facts_of, rounds_of
from subjects.regulator.entrance import RegulatorRequest, admits
from subjects.regulator.showing import show

A_PAGE = 50
GONE = 410


@admits("orders")
@require_GET
def orders(request: RegulatorRequest) -> HttpResponse:
    """List the orders of this authority: what waits for an answer, then what was answered."""
    page = Paginator(_own(request.access), A_PAGE).get_page(request.GET.get("page"))
    listed = [{"order": one, "late": _days_late(one)} for one in page]
    return show(request, "orders.html", {"page": page, "rows": listed})


@admits("order")
@require_GET
def order(request: RegulatorRequest, pk: UUID) -> HttpResponse:
    """Show one of them, with each count and where it stands in the log."""
    return _show(request, _one(request.access, pk))


@admits("order")
@require_GET
def pack(request: RegulatorRequest, pk: UUID) -> HttpResponseBase:
    """Hand out the pack, once it was sent: what is still being prepared is not for here."""
    found = _one(request.access, pk)
    if found.answered_at is None:
        raise OutOfScope
    try:
        file = proof_of_order(found).open("rb")
    except NotYet:
        raise OutOfScope from None
    except PackageGone as error:
        return _show(request, found, why=str(error), status=GONE)
    return FileResponse(file, as_attachment=True, filename=f"{found.pack_name}.zip")


def _show(
    request: RegulatorRequest, found: AuthorityOrder, *, why: str = "", status: int = 200
) -> HttpResponse:
    rounds = rounds_of(found)
    places = indexes_of([found.event, *(one.event for one in rounds)])
    entries = [
        {"what": one.word, "at": one.instant, "index": places.get(one.event)} for one in rounds
    ]
    context: dict[str, Any] = {
        "order": found,
        "facts": [{"key": name, "value": value} for name, value in facts_of(found)],
        "late": _days_late(found),
        "plot": count_plot(rounds) if rounds else None,
        "rule": COUNTING_RULE,
        "received": places.get(found.event),
        "entries": entries,
        "has_pack": bool(found.proof_digest) and found.answered_at and not found.purged_at,
        "why": why,
    }
    return show(request, "order.html", context, status=status)


def _own(access: RegulatorAccess) -> QuerySet[AuthorityOrder]:
    authority = " ".join(access.authority.split())
    return AuthorityOrder.objects.waiting_first().filter(authority__iexact=authority)


def _one(access: RegulatorAccess, pk: UUID) -> AuthorityOrder:
    found = _own(access).filter(pk=pk).first()
    if found is None:
        raise OutOfScope
    return found


def _days_late(found: AuthorityOrder) -> int:
    return max(-found.days_left(timezone.localdate()), 0)
