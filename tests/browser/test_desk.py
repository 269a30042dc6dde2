"""The desk in a real browser: axe finds no fault, nothing scrolls sideways, all by keyboard."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.cache import caches

from subjects.lifecycle import State
from subjects.models import FoundTemplate, Right
from subjects.rates import IN_PROCESS, RatesCache
from tests.cases import PASSWORD, rights_request_at, staff

playwright_api = pytest.importorskip(
    "playwright.sync_api", reason="no playwright: install requirements-dev.txt"
)
axe_api = pytest.importorskip("axe_playwright_python.sync_playwright", reason="as above")

CHROMIUM = Path("/usr/bin/chromium")
WIDTHS = (360, 1280)
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Debian chromium on this machine"),
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[object]:
    """Start one browser for all tests of this file."""
    # Its event loop must not make Django believe that it runs inside one.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with playwright_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(chromium, live_server, memory_stores, monkeypatch):
    """Open a page with JavaScript off: the desk must not need it."""
    caches[IN_PROCESS].clear()
    monkeypatch.setattr(RatesCache, "without_redis_until", float("inf"))
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def sign_in(page, group, name=""):
    who = staff(group, name).get_username()
    page.context.clear_cookies()
    page.goto("/desk/")
    page.get_by_label("Name").fill(who)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk/")


def faults_of(page):
    """Return what axe finds wrong with the page."""
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:160]}"
        for fault in axe_api.Axe().run(page).response["violations"]
    ]


def test_every_page_is_accessible_and_fits_a_phone(chromium, page, live_server):
    review = rights_request_at(State.IN_REVIEW)
    proposed = rights_request_at(State.AWAITING_APPROVAL, Right.ACCESS)
    stuck = rights_request_at(State.NEEDS_HUMAN)
    addresses = [
        "/desk/",
        "/desk/?q=wrong",
        f"/desk/cases/{review.case.reference}/",
        f"/desk/cases/{stuck.case.reference}/",
        *(f"/desk/requests/{review.pk}/{verb}/" for verb in ("propose", "extend", "withdraw")),
        f"/desk/requests/{proposed.pk}/approve/",
    ]
    sign_in(page, "dpo")
    # axe itself is a script, so this context has them on and sets the policy aside.
    context = chromium.new_context(
        base_url=live_server.url, bypass_csp=True, storage_state=page.context.storage_state()
    )
    looked_at = context.new_page()
    shots, faults = os.environ.get("DESK_SCREENSHOTS"), []
    for width in WIDTHS:
        looked_at.set_viewport_size({"width": width, "height": 900})
        for number, address in enumerate(addresses):
            looked_at.goto(address)
            for details in looked_at.locator("details").all():
                details.evaluate("node => node.open = true")
            faults += [f"{address} at {width}: {fault}" for fault in faults_of(looked_at)]
            assert looked_at.locator("h1").count() == 1, address
            if shots:
                looked_at.screenshot(path=f"{shots}/{number}-{width}.png", full_page=True)
    assert faults == []
    looked_at.set_viewport_size({"width": 320, "height": 900})
    for address in addresses:
        looked_at.goto(address)
        wide = looked_at.evaluate("document.documentElement.scrollWidth")
        assert wide <= 320, f"{address} is {wide} wide"
    context.clear_cookies()
    looked_at.goto("/desk/sign-in/")
    assert faults_of(looked_at) == []
    context.close()


def test_all_candidates_are_decided_by_keyboard_alone_without_scripts(page):
    row = rights_request_at(State.IN_REVIEW)
    sign_in(page, "reviewer")
    page.goto(f"/desk/cases/{row.case.reference}/")
    for number in range(1, row.case.found.count() + 1):
        article = page.locator("article").nth(number - 1)
        article.locator("input[type=radio]").first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText").startswith("Save the decision")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert set(FoundTemplate.objects.values_list("decision", flat=True)) == {"same"}


def test_a_second_person_approves_without_scripts(page):
    row = rights_request_at(State.AWAITING_APPROVAL)
    sign_in(page, "approver")
    page.get_by_role("link", name=row.case.reference).click()
    page.get_by_role("button", name="Look at the proposal").click()
    page.get_by_label("Your password, once more").fill(PASSWORD)
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Approved. What follows is under way.").wait_for()
    row.refresh_from_db()
    assert row.state == State.HELD


def test_the_pictures_of_a_review_are_really_shown(page):
    row = rights_request_at(State.IN_REVIEW)
    sign_in(page, "reviewer")
    page.goto(f"/desk/cases/{row.case.reference}/")
    for picture in page.locator("article img").all():
        picture.scroll_into_view_if_needed()
        page.wait_for_load_state("networkidle")
        assert picture.evaluate("node => node.naturalWidth") == 320
