"""The page of the log: alive or not, held or not, and beside each fault what to do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from subjects.actions import keep_log as keeping
from subjects.actions.keep_log import keep_log
from subjects.audit import anchors, asking, outcomes
from subjects.audit.checks import note_check
from subjects.audit.events import Actor, EventType
from subjects.audit.keys import log_keys, rotate
from subjects.audit.log import record_system
from subjects.audit.sequencer import sequence
from subjects.errors import AnchorError, StampRefused, WitnessAhead
from subjects.management import health_of_log
from subjects.models import Case, Right
from tests.audit.entries import chain
from tests.cases import PASSWORD, file

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _log_of_its_own(settings, tmp_path: Path, monkeypatch, _fresh_counters) -> None:
    """Begin with an empty log, and with the patience of a test."""
    settings.VAR_DIR = tmp_path
    settings.LOG_DIR, settings.LOG_KEYS_DIR = tmp_path / "log", tmp_path / "log-keys"
    monkeypatch.setattr(keeping, "_published", set())
    monkeypatch.setattr(anchors, "_asked", set())
    monkeypatch.setattr(asking.ask, "__kwdefaults__", {"seconds": 0.5})


@pytest.fixture
def page(signed_in):
    """Read the page as the officer, in words."""
    browser = signed_in("dpo")

    def read() -> str:
        answer = browser.get("/desk/log/")
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return read


def settle() -> None:
    """Let the sequencer's process do all there is to do, and verify the log."""
    sequence()
    keep_log()
    while sequence():
        keep_log()
    note_check(9, holds=True, whole=True)


@pytest.fixture
def stamping(settings, time_authority):
    settings.TIMESTAMP_URLS = [time_authority.url]
    settings.TIMESTAMP_CA_FILE = time_authority.ca_file
    return time_authority


def test_an_empty_log_says_what_is_to_be_done(page):
    text = page()
    assert "Nothing yet" in text
    assert "no heartbeat yet" in text
    assert "audit_verify" in text
    assert "Nobody. Whoever has the key" in text


def test_a_log_that_is_well_needs_nothing(page, stamping):
    settle()
    text = page()
    assert "nothing is to be done" in text
    assert "Up to date" in text
    assert log_keys()[0].fingerprint in text
    assert "None is missing" in text
    assert "everything holds" in text


def test_an_authority_that_fails_is_missing_with_what_to_do(page, stamping):
    stamping.mood = "stranger"
    chain()
    settle()
    text = page()
    assert "Missing" in text
    assert "PORTAL_TIMESTAMP_CA_FILE" in text
    with pytest.raises(AnchorError, match="never held"):
        health_of_log.anchors()


def test_an_old_stamp_shows_for_how_long_it_is_stale(page, stamping):
    settle()
    assert health_of_log.anchors() == "1 outside hold the log"
    chain()
    sequence()
    with time_machine.travel(timezone.now() + timedelta(days=4), tick=False):
        outcomes.went_wrong("rfc3161", StampRefused(stamping.url, "it is closed"))
        with pytest.raises(AnchorError, match="last held the log at"):
            health_of_log.anchors()
        text = fresh_page()
    assert "Stale (4 days)" in text
    assert "it is closed" in text


def fresh_page() -> str:
    """Sign in at the time of the test, and read."""
    browser = Client()
    who = User.objects.get(username="dpo")
    browser.post("/desk/sign-in/", {"username": who.username, "password": PASSWORD})
    return " ".join(browser.get("/desk/log/").content.decode().split())


def test_a_witness_ahead_stands_at_the_top(page, settings, little_witness, tmp_path):
    little_witness.trust(log_keys()[0].vkey)
    settings.WITNESS_POLICY_FILE = little_witness.policy(tmp_path)
    settle()
    assert "Up to date" in page()
    error = WitnessAhead("office", 500, 3)
    outcomes.went_wrong("cosignature", error)
    text = page()
    assert "Ahead of us" in text
    assert (
        escape(str(error).replace("`manage.py audit_recover`", "“manage.py audit_recover”")) in text
    )
    with pytest.raises(AnchorError, match="nothing is signed"):
        health_of_log.anchors()


def test_a_broken_policy_is_named_with_its_line(page, settings, tmp_path):
    settings.WITNESS_POLICY_FILE = str(tmp_path / "policy")
    Path(settings.WITNESS_POLICY_FILE).write_text("quorum nobody\n")
    assert "PORTAL_WITNESS_POLICY_FILE, line 1" in page()


def test_a_fork_is_said_once_and_the_page_stands(page, settings):
    settle()
    (Path(settings.LOG_DIR) / "checkpoint").write_text("nonsense")
    assert page().count("the published checkpoint cannot be read") == 1


def test_entries_that_wait_too_long_ask_for_the_sequencer(page):
    settle()
    chain()
    assert "have waited for their number" not in page()
    with time_machine.travel(timezone.now() + timedelta(minutes=7), tick=False):
        assert "have waited for their number" in fresh_page()


def test_a_silence_is_called_one(page):
    with time_machine.travel(timezone.now() - timedelta(days=5), tick=False):
        settle()
    assert "to a verifier this is a silence" in page()


def test_days_without_a_heartbeat_are_named(page):
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(2):
            settle()
            clock.shift(timedelta(days=1))
        clock.shift(timedelta(days=2))
        settle()
        page_then = fresh_page()
    assert "Missing: 25 November, 26 November." in page_then
    assert page_then.count("desk-strip__day--missed") == 2
    assert page_then.count("desk-strip__day--beat") == 3
    assert page_then.count('class="desk-strip__day"') == 25


def test_a_case_without_its_row_shows(page):
    chain()
    settle()
    assert Case.objects.count() == 0
    assert "1 case of the log has no row any more" in page()


def test_one_is_said_as_one(page):
    file(Right.ACCESS)
    settle()
    text = " ".join(page().split())
    for words in ("1 case in the log, 1 row ", "1 request was open; there is 1 row now"):
        assert words in text


def test_a_check_that_failed_or_is_long_ago_shows(page):
    settle()
    note_check(9, holds=False, whole=True)
    assert "names the first bad entry" in page()
    with time_machine.travel(timezone.now() - timedelta(days=40), tick=False):
        note_check(9, holds=True, whole=True)
    assert "last verified" in page()


def test_a_rotation_and_the_packages_are_shown(page):
    settle()
    rotate("log")
    digest = "5" * 64
    with transaction.atomic():
        record_system(
            EventType.PACKAGE_MADE, actor=Actor.system("command"), digest=digest, entries=3
        )
    text = page()
    assert "A rotation is running" in text
    assert digest in text


def test_a_damaged_history_of_the_keys_is_named_and_the_page_stands(page, settings):
    settle()
    (Path(settings.LOG_KEYS_DIR) / "history.jsonl").write_text("{")
    assert "The history of the keys" in page()


def test_the_operator_sees_the_log_and_no_case(signed_in):
    browser = signed_in("operator")
    assert browser.get("/desk/log/").status_code == 200
    assert browser.get("/desk/").status_code == 403
    assert "The log" in browser.get("/desk/log/").content.decode()
