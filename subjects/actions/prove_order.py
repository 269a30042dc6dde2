"""The proof of compliance: one signed pack for the authority that gave the order (R-126)."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from subjects.audit.events import EventType
from subjects.audit.log import record_system
from subjects.errors import NotYet, OrderRefused, PackageGone
from subjects.lifecycle import State
from subjects.models import AuthorityOrder, Right, RightsRequest
from subjects.package.order_bag import build_order_bag
from subjects.package.order_words import Access
from subjects.package.zipped import zip_package
from subjects.policies import actor_of, check_is_officer


@dataclass(frozen=True)
class AccessCases:
    """Requests for a copy that bear on an order: the data is erased after they are answered.

    `there` are open ones of people who live in the country that the order names, `elsewhere` those
    of others, whose data may have been collected there all the same; `answered` since the order.
    """

    there: QuerySet[RightsRequest]
    elsewhere: QuerySet[RightsRequest]
    answered: int

    @property
    def access(self) -> Access:
        """Count them: a pack names no case."""
        return Access(self.there.count(), self.elsewhere.count(), self.answered)


def open_cases_of(order: AuthorityOrder) -> AccessCases:
    """Find the requests for a copy that must be answered before their data is erased (R-082)."""
    rows = RightsRequest.objects.filter(right=Right.ACCESS).select_related("case")
    unanswered = rows.filter(answered_at=None).exclude(state=State.CLOSED).order_by("due_on", "id")
    there = Q(case__country__in=("", order.country)) if order.country else Q()
    return AccessCases(
        there=unanswered.filter(there),
        elsewhere=unanswered.exclude(there) if order.country else unanswered.none(),
        answered=rows.filter(answered_at__date__gte=order.received_on).count(),
    )


def prove_order(order: AuthorityOrder, *, method: str, by: User) -> AuthorityOrder:
    """Build the pack and keep it beside the order; an earlier one is replaced.

    `method` says in words how the order was carried out; it stands in the pack. Raises
    `PermissionDenied`, `OrderRefused` without a method or once the order is answered, `NotYet`
    where the log has not numbered all its entries, and whatever building a bag raises.
    """
    check_is_officer(by)
    if order.answered_at is not None:
        raise OrderRefused("", "This order is answered. The pack that was sent stays as it is.")
    if not method.strip():
        raise OrderRefused("method", "Write how the order was carried out: the authority reads it.")
    order.seal(method=method.strip())
    with tempfile.TemporaryDirectory(prefix="order-") as place:
        folder = Path(place) / "bag"
        made = build_order_bag(folder, order, open_cases_of(order).access)
        earlier, order.proof_digest = order.path, made.digest
        zip_package(folder, order.path, name=order.pack_name, progress=lambda *_: None)
    order.proof_made_at = timezone.now()
    with transaction.atomic():
        now = AuthorityOrder.objects.select_for_update().get(pk=order.pk)
        if now.answered_at is not None:
            message = "this order was answered meanwhile"
            raise NotYet(message)
        order.save(update_fields=["method_sealed", "proof_digest", "proof_made_at"])
        record_system(
            EventType.PACKAGE_MADE,
            actor=actor_of(by),
            digest=made.digest,
            entries=made.size,
            order=order.pk,
        )
    if earlier != order.path:
        earlier.unlink(missing_ok=True)
    return order


def fetch_proof(order: AuthorityOrder, *, by: User) -> Path:
    """Hand out the pack at the desk, and say so in the log. Raises `NotYet`, `PackageGone`."""
    check_is_officer(by)
    path = proof_of_order(order)
    with transaction.atomic():
        record_system(EventType.ACCESS_VIEWED, actor=actor_of(by), page="order", order=order.pk)
    return path


def proof_of_order(order: AuthorityOrder) -> Path:
    """Give the file of the pack. Raises `NotYet` before there is one, `PackageGone`."""
    if not order.proof_digest:
        message = "the pack of this order has not been made"
        raise NotYet(message)
    if not order.path.is_file():
        raise PackageGone
    return order.path
