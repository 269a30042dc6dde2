"""Orders in a real browser, at the desk and at the authority's door, and the report of a pack."""

import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.utils import timezone

from subjects.actions.admit_regulator import Admission, admit_regulator
from subjects.actions.answer_order import answer_order
from subjects.actions.prove_order import prove_order
from subjects.lifecycle import State
from subjects.models import AuditPackage, AuthorityOrder, Right
from subjects.package import order_bag
from subjects.rates import IN_PROCESS, RatesCache
from tests.browser.conftest import WIDTHS, faults_of
from tests.browser.test_regulator import sign_in as sign_in_authority
from tests.cases import PASSWORD, file, rights_request_at, staff
from tests.orders import an_order, count
from tests.receipts import publish_log

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("ORDER_SCREENSHOTS", "")
TODAY = timezone.localdate()


@pytest.fixture(autouse=True)
def _counters_of_its_own(memory_stores, monkeypatch) -> None:
    caches[IN_PROCESS].clear()
    monkeypatch.setattr(RatesCache, "without_redis_until", float("inf"))


def look(page: Any, name: str) -> list[str]:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    return [f"{name}: {fault}" for fault in faults_of(page)]


def late_and_counted() -> AuthorityOrder:
    order = an_order(
        due_on=TODAY - timedelta(days=12),
        penalty_a_day=100_000,
        penalty_most=5_000_000,
        country="",
        source_suffix="example",
    )
    file(Right.ACCESS, picture=b"")
    count(order)
    rights_request_at(State.CLOSED, Right.ERASURE)
    count(order, "after")
    publish_log()
    return prove_order(order, method="The loader erased them.", by=staff("dpo"))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_desk_s_pages_of_orders_have_no_fault(
    new_context: Callable[..., Any], width: int
) -> None:
    page = new_context(width, bypass_csp=True).new_page()
    staff("dpo")
    page.goto("/desk/")
    page.get_by_label("Name").fill("dpo")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk/")
    page.get_by_role("link", name="Orders").click()
    faults = look(page, f"desk-none-{width}")
    page.get_by_role("button", name="Enter an order").click()
    faults += look(page, f"desk-new-{width}")
    page.get_by_role("button", name="Enter it").click()
    page.get_by_role("alert").wait_for()
    faults += look(page, f"desk-wrong-{width}")
    page.get_by_label("Authority", exact=True).fill("AEPD")
    page.get_by_label("Its file number").fill("PS/00001/2026")
    page.get_by_label("Inquiry: an answer").check()
    page.get_by_label("Legal basis").fill("Article 31 GDPR")
    page.get_by_label("Received on").fill((TODAY - timedelta(days=2)).isoformat())
    page.get_by_label("Answer due on").fill((TODAY + timedelta(days=5)).isoformat())
    page.get_by_role("button", name="Enter it").click()
    page.get_by_text("stands in the register and in the log").wait_for()
    faults += look(page, f"desk-fresh-{width}")
    page.get_by_label("Before it was carried out").check()
    page.get_by_role("button", name="Count every store now").click()
    page.get_by_text("Asked 2 stores, 2 counted").wait_for()
    faults += look(page, f"desk-counted-{width}")
    order = late_and_counted()
    an_order(kind="disclosure", reference="D-7", legal_basis="Article 58(1)(e) GDPR", country="")
    made = {"made_at": timezone.now(), "export": "ab" * 16}
    AuditPackage.objects.create(start=TODAY, end=TODAY, ordered_by="x", **made)
    page.goto("/desk/")
    page.get_by_text("An authority waits for an answer.").wait_for()
    faults += look(page, f"desk-queue-{width}")
    page.goto("/desk/orders/")
    faults += look(page, f"desk-list-{width}")
    page.get_by_role("link", name="D-7").click()
    faults += look(page, f"desk-disclosure-{width}")
    page.goto(f"/desk/orders/{order.pk}/")
    page.get_by_text("1,200,000 €").first.wait_for()
    faults += look(page, f"desk-late-{width}")
    assert faults == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_authority_s_pages_of_orders_have_no_fault(
    new_context: Callable[..., Any], width: int
) -> None:
    order = late_and_counted()
    answer_order(order, TODAY, by=staff("dpo"))
    made = admit_regulator(
        Admission(
            authority="CNIL",
            person="An inspector",
            from_day=TODAY - timedelta(days=9),
            to_day=TODAY,
            last_day=TODAY,
        ),
        by=staff("dpo"),
    )
    page = new_context(width, bypass_csp=True).new_page()
    sign_in_authority(page, made)
    page.get_by_role("link", name="Orders").first.click()
    faults = look(page, f"authority-list-{width}")
    page.get_by_role("link", name="MED-2026-134").click()
    page.get_by_role("button", name="Download the proof").wait_for()
    faults += look(page, f"authority-one-{width}")
    assert faults == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_report_of_a_pack_has_no_fault(
    new_context: Callable[..., Any], width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(order_bag, "pdf", written.append)
    late_and_counted()
    page = new_context(width).new_page()
    page.set_content(written[0])
    assert look(page, f"report-{width}") == []
