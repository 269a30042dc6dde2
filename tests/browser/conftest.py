"""A real browser: Chromium, driven by Playwright, against a live server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
WIDTHS = (360, 1280)
"""Pixels: a phone and a desk."""
NARROWEST = 320


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium once for a file of tests."""
    if not CHROMIUM.exists():
        pytest.skip("no browser: apt-get install chromium")
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's event loop runs in this thread; the test itself is no coroutine.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            started = playwright.chromium.launch(
                executable_path=str(CHROMIUM), args=["--no-sandbox"]
            )
            yield started
            started.close()


@pytest.fixture
def new_context(browser: Browser, live_server: Any) -> Iterator[Callable[..., BrowserContext]]:
    """Make browsers of somebody: with a width, and with or without JavaScript."""
    made: list[BrowserContext] = []

    def make(width: int = 360, **options: Any) -> BrowserContext:
        context = browser.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 800}, **options
        )
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


def faults_of(page: Page) -> list[str]:
    """Look at a page as it stands: what axe, the outline and the narrowest phone say against it."""
    found = [
        f"{violation['id']}: {node['html'][:200]}"
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
    ]
    headings = page.locator("h1").count()
    if headings != 1:
        found.append(f"{headings} h1")
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": NARROWEST, "height": size["height"]})
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > NARROWEST:
        found.append(f"{wide} pixels wide at {NARROWEST}")
    page.set_viewport_size(size)
    return found
