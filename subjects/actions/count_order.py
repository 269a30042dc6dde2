"""What an order is about is counted in every store: before it is carried out, and after."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from subjects.audit.events import EventType
from subjects.audit.log import record_system
from subjects.errors import CannotCount, CountIncomplete, OrderRefused, StoreError
from subjects.models import AuthorityOrder, OrderCount
from subjects.policies import actor_of, check_is_officer
from subjects.stores import stores
from subjects.stores.base import ScopeCount

MOST_IN_ALL: Final = 10**9
"""The largest sum that an entry takes; the count of each store stands in it anyway."""
Progress = Callable[[int, int], None]
"""Is told how many stores have answered, and how many there are."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one store said; no `count` where it cannot."""

    alias: str
    count: ScopeCount | None


def count_order(
    order: AuthorityOrder,
    moment: str,
    *,
    key: UUID,
    by: User,
    progress: Progress | None = None,
) -> list[OrderCount]:
    """Ask every store, and record one count with its entry; `key` comes from the form.

    The same form sent twice is one count. A store that cannot count is recorded as skipped, with
    no number. Raises `PermissionDenied` for everybody but the officer, `OrderRefused` for a moment
    that is over, `CountIncomplete` where a store did not answer: then nothing is recorded.
    """
    check_is_officer(by)
    if known := _rows(key):
        return known
    check_moment(order, moment)
    answers = _asked(order, progress or (lambda _done, _all: None))
    try:
        with transaction.atomic():
            now = AuthorityOrder.objects.select_for_update().get(pk=order.pk)
            if not _rows(key):
                check_moment(now, moment)
            _record(now, moment, answers, key=key, by=by)
    except IntegrityError:  # another click was first
        return _rows(key)
    return _rows(key)


def check_moment(order: AuthorityOrder, moment: str) -> None:
    """Refuse a count that would say of another moment what it did not see. Raises OrderRefused."""
    if moment not in OrderCount.Moment.values:
        raise OrderRefused("moment", "Choose the moment.")
    if order.answered_at is not None:
        why = "This order is answered. A count after that belongs to another order."
        raise OrderRefused("", why)
    if moment == OrderCount.Moment.BEFORE and order.counts.exists():
        why = "It was counted already: what is counted now is in between, or after."
        raise OrderRefused("moment", why)


def _asked(order: AuthorityOrder, progress: Progress) -> list[_Answer]:
    """Ask all of them even when one is silent, so that every silent one is named."""
    answers: list[_Answer] = []
    silent: list[str] = []
    progress(0, len(stores))
    for alias in stores:
        try:
            answers.append(_Answer(alias, stores[alias].count(order.scope)))
        except CannotCount:
            answers.append(_Answer(alias, None))
        except StoreError:
            silent.append(_name(alias))
        progress(len(answers), len(stores))
    if silent:
        raise CountIncomplete(len(answers), silent)
    return answers


def _record(
    order: AuthorityOrder, moment: str, answers: list[_Answer], *, key: UUID, by: User
) -> None:
    counts = [one.count for one in answers if one.count]
    in_scope = sum(count.in_scope for count in counts)
    entry = record_system(
        EventType.ORDER_COUNTED,
        actor=actor_of(by),
        payload={
            "moment": moment,
            "undetermined": {one.alias: one.count.undetermined for one in answers if one.count},
        },
        order=order.pk,
        stores=[_said(one) for one in answers],
        count=in_scope if counts and in_scope <= MOST_IN_ALL else None,
        country=order.country or None,
    )
    OrderCount.objects.bulk_create(
        OrderCount(
            order=order,
            round=key,
            moment=moment,
            store=one.alias,
            total=one.count.total if one.count else None,
            counted=one.count.in_scope if one.count else None,
            undetermined=one.count.undetermined if one.count else None,
            counted_at=timezone.now(),
            event=entry.id,
        )
        for one in answers
    )


def _said(answer: _Answer) -> dict[str, Any]:
    if answer.count is None:
        return {"alias": answer.alias, "result": "skipped", "reason": CannotCount.code}
    return {
        "alias": answer.alias,
        "result": "searched",
        "total": answer.count.total,
        "compared": answer.count.total,
        "count": answer.count.in_scope,
    }


def _rows(key: UUID) -> list[OrderCount]:
    return list(OrderCount.objects.filter(round=key))


def _name(alias: str) -> str:
    try:
        return stores[alias].name
    except StoreError:
        return alias
