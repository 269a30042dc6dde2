"""Orders of an authority: entered once, sealed, and in the log without names."""

from datetime import timedelta
from uuid import uuid4

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
from subjects.errors import OrderRefused
from subjects.models import AuthorityOrder
from tests.cases import staff
from tests.orders import ASKED, an_order, count, house, received

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("countable_stores")]
TODAY = timezone.localdate()


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
