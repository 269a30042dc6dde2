"""An authority with an account, cases in the log, and counters that begin at nothing."""

import re
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from subjects.actions.admit_regulator import Admission, Admitted, admit_regulator
from subjects.actions.sign_in_regulator import STEP_SECONDS, code_at
from subjects.lifecycle import State
from subjects.models import Right, RightsRequest
from subjects.rates import IN_PROCESS, RatesCache
from tests.cases import rights_request_at, staff
from tests.receipts import publish_log

NOTES = "notescanary: I stood in the third row"
CASE_LINK = re.compile(r"/regulator/cases/([0-9a-f]{16})/")


@pytest.fixture(autouse=True)
def _log_and_counters_of_its_own(settings, tmp_path, memory_stores, monkeypatch):
    """Give each test its own published log, and let it count in the process, from nothing."""
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_KEYS_DIR = tmp_path / "log-keys"
    caches[IN_PROCESS].clear()
    monkeypatch.setattr(RatesCache, "without_redis_until", float("inf"))


@pytest.fixture
def admit() -> Callable[..., Admitted]:
    """Make an account as the officer does; anything of its scope can be given."""

    def make(**scope: object) -> Admitted:
        today = timezone.localdate()
        filled = {
            "authority": "CNIL",
            "person": "Inspectrice Canari",
            "from_day": today - timedelta(days=400),
            "to_day": today,
            "last_day": today + timedelta(days=14),
        }
        return admit_regulator(Admission(**filled | scope), by=staff("dpo"))

    return make


def code_now(made: Admitted, steps: int = 0) -> str:
    """Compute what the telephone of the authority shows, now or some steps away."""
    return code_at(made.factor, int(time.time()) // STEP_SECONDS + steps)


def give_password(made: Admitted, password: str = "") -> tuple[Client, object]:
    """Take the first step of signing in."""
    browser = Client()
    fields = {"name": made.access.name, "password": password or made.password}
    return browser, browser.post("/regulator/sign-in/", fields)


def sign_in(made: Admitted) -> Client:
    """Sign in through the door."""
    browser, answer = give_password(made)
    assert answer["Location"] == "/regulator/code/"
    answer = browser.post("/regulator/code/", {"code": code_now(made)})
    assert answer.status_code == 302, answer.content.decode()
    assert answer["Location"] == "/regulator/"
    return browser


def page(browser: Client, address: str, status: int = 200) -> str:
    """Open a page and return its text."""
    answer = browser.get(address)
    assert answer.status_code == status, f"{address}: {answer.status_code}"
    return answer.content.decode()


def pseudonyms(browser: Client, query: str = "") -> list[str]:
    """List what an account calls the cases that it sees."""
    return list(dict.fromkeys(CASE_LINK.findall(page(browser, f"/regulator/cases/{query}"))))


@pytest.fixture
def erased() -> RightsRequest:
    """Give a request for erasure that was carried out, in the published log."""
    row = rights_request_at(State.CLOSED, Right.ERASURE, notes=NOTES)
    publish_log()
    return row
