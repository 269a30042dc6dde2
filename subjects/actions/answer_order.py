"""That an authority was sent its answer stands in the register and in the log."""

from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from subjects.audit.events import EventType
from subjects.audit.log import record_system
from subjects.errors import OrderRefused, Superseded
from subjects.models import AuthorityOrder, OrderCount
from subjects.policies import actor_of, check_is_officer


def answer_order(
    order: AuthorityOrder, sent_on: date, *, by: User, reason: str = ""
) -> AuthorityOrder:
    """Note on which day the answer was sent; with a pack, its digest stands in the entry.

    The same day noted twice is noted once. An order without a count after it was carried out needs
    a `reason`: nothing else shows that it was. Raises `PermissionDenied`, `OrderRefused`,
    `Superseded` where another day was noted.
    """
    check_is_officer(by)
    with transaction.atomic():
        now = AuthorityOrder.objects.select_for_update().get(pk=order.pk)
        if now.answered_at is not None:
            if now.sent_on == sent_on:
                return now
            raise Superseded
        _check(now, sent_on, reason.strip())
        now.seal(reason=reason.strip())
        now.sent_on, now.answered_at = sent_on, timezone.now()
        entry = record_system(
            EventType.ORDER_ANSWERED,
            actor=actor_of(by),
            payload={"without_count": needs_reason(now), "reason_given": bool(reason.strip())},
            order=now.pk,
            digest=now.proof_digest or None,
            local_date=sent_on,
        )
        now.answered_event = entry.id
        now.save(update_fields=["reason_sealed", "sent_on", "answered_at", "answered_event"])
    return now


def needs_reason(order: AuthorityOrder) -> bool:
    """Say whether no count shows that the order was carried out."""
    return (
        order.kind == AuthorityOrder.Kind.ORDER
        and not order.counts.filter(moment=OrderCount.Moment.AFTER, total__isnull=False).exists()
    )


def _check(order: AuthorityOrder, sent_on: date, reason: str) -> None:
    if sent_on < order.received_on:
        raise OrderRefused("sent_on", "No answer is sent before the order was received.")
    if sent_on > timezone.localdate():
        raise OrderRefused("sent_on", "This day is still to come: note it when it was sent.")
    if needs_reason(order) and not reason:
        why = (
            "No count shows that the order was carried out. Count after it, or write why the"
            " answer goes without."
        )
        raise OrderRefused("reason", why)
