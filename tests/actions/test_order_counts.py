"""Orders of an authority are counted in every store, whole or not at all."""

from uuid import uuid4

import pytest
from django.utils import timezone

from subjects.actions import count_order as counting
from subjects.actions.answer_order import answer_order
from subjects.audit.events import EventType
from subjects.audit.log import payload_of
from subjects.errors import CountIncomplete, OrderRefused
from subjects.models import AuthorityOrder, OrderCount
from subjects.stores.base import ScopeCount
from subjects.stores.memory import MemoryStore
from tests.cases import staff
from tests.orders import an_order, count, fill, house, use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("countable_stores")]
TODAY = timezone.localdate()


def test_every_store_is_counted_and_the_entry_says_so():
    order, told = an_order(), []
    rows = count(order, progress=lambda *step: told.append(step))
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert [(row.store, row.total, row.counted, row.undetermined) for row in rows] == [
        ("default", 4, 2, 1),
        ("archive", 2, 1, 0),
    ]
    [entry] = house(EventType.ORDER_COUNTED)
    assert entry.fields["stores"] == [
        {"alias": "default", "result": "searched", "total": 4, "compared": 4, "count": 2},
        {"alias": "archive", "result": "searched", "total": 2, "compared": 2, "count": 1},
    ]
    assert (entry.fields["order"], entry.fields["count"]) == (order.pk.hex, 3)
    assert payload_of(entry) == {
        "moment": "before",
        "undetermined": {"default": 1, "archive": 0},
    }


def test_a_second_click_counts_once():
    order, key = an_order(), uuid4()
    for _ in range(3):
        assert len(count(order, key=key)) == 2
    assert OrderCount.objects.count() == 2
    assert len(house(EventType.ORDER_COUNTED)) == 1


def test_while_a_store_is_silent_nothing_is_recorded_and_it_is_named(settings):
    order = an_order()
    use(settings, "MemoryStore", "SilentStore")
    fill("default", "FR")
    with pytest.raises(CountIncomplete, match="No answer from: Archive") as incomplete:
        count(order)
    assert (incomplete.value.answered, incomplete.value.silent) == (1, ("Archive",))
    assert not OrderCount.objects.exists()
    assert not house(EventType.ORDER_COUNTED)


def test_a_store_that_cannot_count_is_named_and_never_taken_as_none(settings):
    order = an_order()
    use(settings, "MemoryStore", "UncountingStore")
    fill("default", "FR")
    rows = count(order)
    assert [(row.store, row.counted) for row in rows] == [("default", 1), ("archive", None)]
    [entry] = house(EventType.ORDER_COUNTED)
    assert entry.fields["stores"][1] == {
        "alias": "archive",
        "result": "skipped",
        "reason": "store-cannot-count",
    }
    assert entry.fields["count"] == 1
    use(settings, "UncountingStore", "UncountingStore")
    count(order, "after")
    assert "count" not in house(EventType.ORDER_COUNTED)[-1].fields


def test_before_is_before_and_a_count_ends_with_the_answer():
    order = an_order()
    with pytest.raises(OrderRefused):
        count(order, "yesterday")
    count(order)
    with pytest.raises(OrderRefused) as refused:
        count(order)
    assert refused.value.field == "moment"
    count(order, "between")
    count(order, "after")
    count(order, "after")
    order = answer_order(order, TODAY, by=staff("dpo"))
    with pytest.raises(OrderRefused, match="answered"):
        count(order, "after")


def test_a_count_that_cannot_be_logged_is_not_kept(monkeypatch):
    order, broken = an_order(), OSError("the log takes nothing")

    def refuse(*_arguments, **_options):
        raise broken

    monkeypatch.setattr("subjects.actions.count_order.record_system", refuse)
    with pytest.raises(OSError, match="takes nothing"):
        count(order)
    assert not OrderCount.objects.exists()


def test_numbers_beyond_the_entry_s_sum_stand_store_by_store(monkeypatch):
    huge = ScopeCount(10**12, 10**12, 0)
    monkeypatch.setattr(MemoryStore, "count", lambda self, scope: huge)
    count(an_order())
    said = house(EventType.ORDER_COUNTED)[-1].fields
    assert "count" not in said
    assert said["stores"][0]["count"] == 10**12


def test_two_officers_at_once_are_one_before(monkeypatch):
    """The second one finds out inside the transaction, where nobody can be in between."""
    order = an_order()
    stale = AuthorityOrder.objects.get(pk=order.pk)
    count(order)
    monkeypatch.setattr("subjects.actions.count_order.check_moment", SkipFirst(), raising=True)
    with pytest.raises(OrderRefused):
        count(stale)
    assert OrderCount.objects.count() == 2


class SkipFirst:
    """Lets the first look pass, as if the other officer had not been there yet."""

    def __init__(self):
        self.check, self.calls = counting.check_moment, 0

    def __call__(self, order, moment):
        self.calls += 1
        if self.calls > 1:
            self.check(order, moment)
