"""That an order was answered is noted once, with a reason where no count shows it; its penalty."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from subjects.actions.answer_order import answer_order
from subjects.audit.events import EventType
from subjects.audit.log import payload_of
from subjects.errors import OrderRefused, Superseded
from subjects.models import AuthorityOrder, Penalty
from tests.cases import staff
from tests.orders import an_order, count, house, use

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("countable_stores")]
TODAY = timezone.localdate()


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


def test_where_no_penalty_was_set_there_is_no_clock():
    assert order_with(penalty_a_day=None).penalty(TODAY) is None
