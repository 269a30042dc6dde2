"""Staff who are signed in, and counters that begin at nothing."""

from collections.abc import Callable

import pytest
from django.core.cache import caches
from django.test import Client

from subjects.rates import IN_PROCESS, RatesCache
from tests.cases import PASSWORD, staff


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch, memory_stores):
    """Count in the process, from nothing: no test waits for a server that is not there."""
    caches[IN_PROCESS].clear()
    monkeypatch.setattr(RatesCache, "without_redis_until", float("inf"))


@pytest.fixture
def signed_in() -> Callable[..., Client]:
    """Sign somebody in through the door: `signed_in("reviewer")`, `signed_in("", "nobody")`."""

    def sign_in(group: str, name: str = "") -> Client:
        who, browser = staff(group, name), Client()
        answer = browser.post(
            "/desk/sign-in/", {"username": who.get_username(), "password": PASSWORD}
        )
        assert answer.status_code == 302
        return browser

    return sign_in
