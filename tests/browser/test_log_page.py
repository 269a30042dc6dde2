"""The page of the log in a real browser, once well and once with all its faults."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.cache import caches
from django.utils import timezone

from subjects.actions import keep_log as keeping
from subjects.actions.keep_log import keep_log
from subjects.audit import anchors, asking, outcomes
from subjects.audit.checks import note_check
from subjects.audit.keys import log_keys, rotate
from subjects.audit.sequencer import sequence
from subjects.errors import WitnessAhead
from subjects.rates import IN_PROCESS, RatesCache
from tests.audit.entries import chain
from tests.browser.conftest import WIDTHS, faults_of
from tests.cases import PASSWORD, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _log_of_its_own(settings, tmp_path: Path, monkeypatch) -> None:
    """Begin with an empty log, counters at nothing, and the patience of a test."""
    settings.VAR_DIR = tmp_path
    settings.LOG_DIR, settings.LOG_KEYS_DIR = tmp_path / "log", tmp_path / "log-keys"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    caches[IN_PROCESS].clear()
    monkeypatch.setattr(RatesCache, "without_redis_until", float("inf"))
    monkeypatch.setattr(keeping, "_published", set())
    monkeypatch.setattr(anchors, "_asked", set())
    monkeypatch.setattr(asking.ask, "__kwdefaults__", {"seconds": 0.5})


@pytest.fixture
def held(settings, time_authority, little_witness, tmp_path):
    """Have an authority and a witness, and a log of a month with two days missing."""
    settings.TIMESTAMP_URLS = [time_authority.url, "http://127.0.0.1:1/stamps"]
    settings.TIMESTAMP_CA_FILE = time_authority.ca_file
    little_witness.trust(log_keys()[0].vkey)
    settings.WITNESS_POLICY_FILE = little_witness.policy(tmp_path)
    now = timezone.now()
    for days in (20, 19, 18, 15, *range(14, -1, -1)):
        with time_machine.travel(now - timedelta(days=days), tick=False):
            sequence()
            keep_log()
    return time_authority, little_witness


def fail(authority, witness) -> None:
    """Let go wrong whatever can."""
    authority.mood = "stranger"
    outcomes.went_wrong("cosignature", WitnessAhead("office", 500, 30))
    chain()
    rotate("log")
    note_check(4, holds=False, whole=True)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("broken", [False, True], ids=["well", "broken"])
def test_the_page_is_accessible_and_narrow(new_context, held, width, broken):
    if broken:
        fail(*held)
    staff("dpo")
    context = new_context(width)
    page = context.new_page()
    page.goto("/desk/log/")
    page.get_by_label("Name").fill("dpo")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="The log").wait_for()
    if shots := os.environ.get("DESK_SCREENSHOTS"):
        page.screenshot(path=f"{shots}/log-{broken}-{width}.png", full_page=True)
    assert page.get_by_text("Ahead of us").count() == broken
    assert faults_of(page) == []
