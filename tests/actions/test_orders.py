"""Orders of an authority: entered once, counted whole or not at all, answered with proof."""

from datetime import date, timedelta
from uuid import uuid4

import numpy as np
import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from subjects.actions.answer_order import answer_order
from subjects.actions.count_order import count_order
from subjects.actions.record_order import basis_of, record_order
from subjects.audit.events import EventType
from subjects.audit.leaf import HOUSE
from subjects.audit.log import entries, payload_of
from subjects.errors import CountIncomplete, OrderRefused, StoreUnavailable, Superseded
from subjects.models import AuthorityOrder, OrderCount, Penalty
from subjects.stores import stores
from subjects.stores.base import FaceTemplateStore, ScopeCount
from subjects.stores.memory import MemoryStore
from subjects.stores.own import Enrolment
from tests.cases import staff
from tests.orders import ASKED, an_order, count, received

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


class SilentStore(MemoryStore):
    """Does not answer when it is to count."""

    def count(self, scope):
        raise StoreUnavailable(self.alias, "it does not answer")


class UncountingStore(MemoryStore):
    """Somebody else's store, whose records allow no count."""

    def count(self, scope):
        return FaceTemplateStore.count(self, scope)


@pytest.fixture(autouse=True)
def two_stores(settings, tmp_path):
    """Give two stores: three faces from France, two from Germany, one from who knows where."""
    settings.VAR_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    use(settings, "MemoryStore", "MemoryStore")
    fill("default", "FR", "FR", "DE", "")
    fill("archive", "FR", "DE")
    yield
    stores.reset()


def use(settings, *kinds):
    backends = {
        "MemoryStore": "subjects.stores.memory.MemoryStore",
        "SilentStore": "tests.actions.test_orders.SilentStore",
        "UncountingStore": "tests.actions.test_orders.UncountingStore",
    }
    settings.FACE_TEMPLATE_STORES = {
        alias: {"BACKEND": backends[kind], "OPTIONS": {"name": alias.title()}}
        for alias, kind in zip(("default", "archive"), kinds, strict=True)
    }


def fill(alias, *countries):
    code = np.ones(128, dtype=np.float32)
    held = [Enrolment(vector=code, model="m/1", collected_in=country) for country in countries]
    return stores[alias].enrol(held)


def house(event):
    return [one for one in entries(HOUSE) if one.type is event]


# --- Entering -----------------------------------------------------------------------------------


def test_an_order_stands_in_the_register_and_in_the_log_without_names():
    order = an_order(penalty_a_day=100_000, penalty_from=TODAY)
    [entry] = house(EventType.ORDER_RECEIVED)
    said = entry.fields
    assert (said["order"], said["kind"], said["due"]) == (
        order.pk.hex,
        "order",
        order.due_on.isoformat(),
    )
    assert (said["basis"], said["country"]) == ("art58-2-g", "FR")
    assert said["actor"].startswith("role:dpo/")
    for private in ("CNIL", "MED-2026", "canary"):
        assert private.encode() not in entry.leaf
    details = payload_of(entry)
    assert (details["authority"], details["reference"]) == ("CNIL", "MED-2026-134")
    assert "canary" not in str(details)
    assert order.event == entry.id


def test_what_is_asked_is_sealed():
    order = AuthorityOrder.objects.get(pk=an_order().pk)
    assert order.asked == ASKED
    assert b"canary" not in bytes(order.asked_sealed)


def test_a_second_click_is_the_same_order():
    first = received()
    orders = {record_order(first, by=staff("dpo")).pk for _ in range(3)}
    assert len(orders) == len(house(EventType.ORDER_RECEIVED)) == 1


@pytest.mark.parametrize("role", ["reviewer", "approver", ""])
def test_only_the_officer_enters_counts_and_answers(role):
    order, somebody = an_order(), staff(role, role or "nobody")
    before = len(entries(HOUSE))
    for act in (
        lambda: record_order(received(), by=somebody),
        lambda: count_order(order, "before", key=uuid4(), by=somebody),
        lambda: answer_order(order, TODAY, by=somebody, reason="None."),
    ):
        with pytest.raises(PermissionDenied):
            act()
    assert len(entries(HOUSE)) == before


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("due_on", {"due_on": TODAY - timedelta(days=31)}),
        ("received_on", {"received_on": TODAY + timedelta(days=1)}),
        ("reference", {"reference": "  "}),
        ("authority", {"authority": ""}),
        ("legal_basis", {"legal_basis": ""}),
        ("kind", {"kind": "wish"}),
        ("country", {"country": "France"}),
        ("source_suffix", {"source_suffix": "https://example.fr/"}),
        ("collected_to", {"collected_from": TODAY, "collected_to": TODAY - timedelta(days=1)}),
        ("penalty_a_day", {"penalty_a_day": -1}),
        ("penalty_most", {"penalty_a_day": 5, "penalty_most": -1}),
        ("penalty_a_day", {"penalty_from": TODAY}),
    ],
)
def test_what_is_missing_or_contradicts_itself_is_refused_by_its_field(field, changes):
    with pytest.raises(OrderRefused) as refused:
        an_order(**changes)
    assert refused.value.field == field
    assert not AuthorityOrder.objects.exists()
    assert not house(EventType.ORDER_RECEIVED)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Article 58(2)(g) GDPR", "art58-2-g"),
        ("art. 58(1) of Regulation (EU) 2016/679", "art58-1"),
        ("Article 31 GDPR", "art31"),
        ("Article 20 of Law 78-17", None),
        ("Article 583 GDPR", None),
        ("GDPR", None),
    ],
)
def test_the_log_names_an_article_of_the_gdpr_and_no_other_law(text, code):
    assert basis_of(text) == code


def test_the_database_refuses_what_no_form_lets_through():
    order = an_order()
    rows = AuthorityOrder.objects.filter(pk=order.pk)
    for wrong in (
        {"due_on": order.received_on - timedelta(days=1)},
        {"sent_on": TODAY},
        {"penalty_from": TODAY},
        {"collected_from": TODAY, "collected_to": TODAY - timedelta(days=1)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)
    count(order)
    for wrong in ({"total": None}, {"counted": None}, {"undetermined": 3}):
        with pytest.raises(IntegrityError), transaction.atomic():
            order.counts.filter(store="default").update(**wrong)


# --- Counting -----------------------------------------------------------------------------------


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


# --- Answering ----------------------------------------------------------------------------------


def test_the_answer_stands_in_the_log_once():
    order = an_order()
    count(order, "after")
    for _ in range(2):
        order = answer_order(order, TODAY, by=staff("dpo"))
    [entry] = house(EventType.ORDER_ANSWERED)
    assert (entry.fields["order"], entry.fields["local_date"]) == (
        order.pk.hex,
        TODAY.isoformat(),
    )
    assert order.answered_event == entry.id
    with pytest.raises(Superseded):
        answer_order(order, TODAY - timedelta(days=1), by=staff("dpo"))


@pytest.mark.parametrize("moment", ["", "before", "between"])
def test_an_order_without_a_count_after_it_needs_a_reason(moment):
    order = an_order()
    if moment:
        count(order, moment)
    with pytest.raises(OrderRefused) as refused:
        answer_order(order, TODAY, by=staff("dpo"), reason="  ")
    assert refused.value.field == "reason"
    answered = answer_order(order, TODAY, by=staff("dpo"), reason="We hold no store any more.")
    assert AuthorityOrder.objects.get(pk=answered.pk).reason == "We hold no store any more."
    assert payload_of(house(EventType.ORDER_ANSWERED)[0])["without_count"] is True


def test_an_order_that_no_store_could_count_needs_a_reason_too(settings):
    order = an_order()
    use(settings, "UncountingStore", "UncountingStore")
    count(order, "after")
    with pytest.raises(OrderRefused):
        answer_order(order, TODAY, by=staff("dpo"))


def test_an_inquiry_needs_neither_count_nor_reason():
    order = an_order(kind="inquiry", legal_basis="Article 31 GDPR", country="")
    assert answer_order(order, TODAY, by=staff("dpo")).sent_on == TODAY


@pytest.mark.parametrize("days", [-31, 1])
def test_no_answer_is_sent_before_the_order_or_tomorrow(days):
    with pytest.raises(OrderRefused) as refused:
        answer_order(an_order(), TODAY + timedelta(days=days), by=staff("dpo"), reason="Any.")
    assert refused.value.field == "sent_on"


# --- The clock of the penalty -------------------------------------------------------------------


def test_the_penalty_of_the_cnil_of_april_2023_comes_out():
    clock = Penalty(date(2022, 12, 19), date(2023, 2, 9), a_day=100_000, answered=False)
    assert (clock.days, clock.amount) == (52, 5_200_000)


def order_with(**parts):
    filled = {
        "penalty_a_day": 1000,
        "penalty_from": None,
        "penalty_most": None,
        "sent_on": None,
        "due_on": date(2026, 3, 2),
    }
    return AuthorityOrder(**filled | parts)


@pytest.mark.parametrize(
    ("parts", "today", "days", "amount"),
    [
        ({}, date(2026, 3, 2), 0, 0),
        ({}, date(2026, 3, 3), 1, 1000),
        ({"penalty_from": date(2026, 4, 1)}, date(2026, 3, 31), 0, 0),
        ({"penalty_from": date(2026, 4, 1)}, date(2026, 4, 11), 10, 10_000),
        ({"penalty_most": 2500}, date(2026, 3, 9), 7, 2500),
        ({"sent_on": date(2026, 3, 4)}, date(2027, 1, 1), 2, 2000),
        ({"sent_on": date(2026, 3, 1)}, date(2027, 1, 1), 0, 0),
        ({"penalty_a_day": 0}, date(2027, 1, 1), 305, 0),
    ],
)
def test_the_clock_runs_from_its_day_to_the_answer_and_stops_at_its_most(
    parts, today, days, amount
):
    clock = order_with(**parts).penalty(today)
    assert (clock.days, clock.amount) == (days, amount)
    assert clock.is_capped is (clock.uncapped > clock.amount)


def test_where_no_penalty_was_set_there_is_no_clock():
    assert order_with(penalty_a_day=None).penalty(TODAY) is None


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
        from subjects.actions import count_order as module  # noqa: PLC0415 - what it replaces

        self.check, self.calls = module.check_moment, 0

    def __call__(self, order, moment):
        self.calls += 1
        if self.calls > 1:
            self.check(order, moment)
