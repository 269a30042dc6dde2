"""A package is ordered: a row that a worker finds."""

from datetime import date
from uuid import UUID

from django.db import IntegrityError, transaction

from subjects.audit.events import Actor
from subjects.models import AuditPackage
from subjects.package.orders import check_period


def order_package(
    start: date,
    end: date,
    *,
    actor: Actor,
    owner: UUID | None = None,
    order: UUID | None = None,
) -> AuditPackage:
    """Order the package of a period; the one that is under way already, where there is one.

    The caller has checked that the one who orders may. `owner` is an authority's account, `order`
    the order of an authority that it answers. Raises PeriodRefused.
    """
    check_period(start, end)
    asked = {"start": start, "end": end, "ordered_by": str(actor)}
    under_way = AuditPackage.objects.filter(**asked, made_at=None, given_up=False)
    if package := under_way.first():
        return package
    try:
        with transaction.atomic():
            return AuditPackage.objects.create(**asked, owner=owner, order=order)
    except IntegrityError:  # another click was first
        return under_way.get()
