"""The health check: each part well, and each part broken in turn."""

import io
import os
import time
from datetime import timedelta

import pytest
from django.core.management import call_command

from subjects.faces import sandbox
from subjects.management import health
from subjects.management.heartbeat import heartbeat
from tests.audit.entries import chain

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def installation(settings, tmp_path, valkey):
    """Give an installation a folder of its own, a broker, and rounds that were gone."""
    settings.VAR_DIR = tmp_path
    settings.LOG_DIR, settings.LOG_KEYS_DIR = tmp_path / "log", tmp_path / "log-keys"
    settings.REDIS_URL = valkey.url
    settings.CELERY_BROKER_URL = valkey.url.replace("unix://", "redis+socket://", 1)
    settings.FACE_TEMPLATE_STORES = {
        "default": {
            "BACKEND": "subjects.stores.memory.MemoryStore",
            "OPTIONS": {"name": "Live gallery"},
        },
    }
    heartbeat().touch()
    heartbeat("sequencer").touch()


def only(name):
    return health.look(name, health.looks()[name])


def test_what_works_is_ok_and_what_is_missing_makes_it_fail():
    out, err = io.StringIO(), io.StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("healthcheck", stdout=out, stderr=err, no_color=True)
    assert caught.value.code == 1
    failed = [line for line in out.getvalue().splitlines() if line.startswith("FAILED")]
    assert len(failed) == 1
    assert "No worker answers. Start one" in failed[0]
    looks = len(health.looks())
    assert out.getvalue().count("ok    ") == looks - 1
    assert err.getvalue().strip() == f"1 of {looks} failed."


def test_a_broker_that_is_gone_is_named(valkey):
    valkey.kill()
    found = only("broker")
    assert not found.well
    assert "REDIS_URL" in found.words


def test_a_store_that_is_down_is_named_and_the_others_are_still_looked_at(settings, tmp_path):
    settings.FACE_TEMPLATE_STORES = {
        **settings.FACE_TEMPLATE_STORES,
        "archive": {
            "BACKEND": "subjects.stores.bundled.BundledStore",
            "OPTIONS": {"name": "Archive", "directory": tmp_path / "nowhere"},
        },
    }
    found = {finding.name: finding for finding in health.examine()}
    assert found["store default"].well
    assert not found["store archive"].well
    assert "'archive' cannot be used" in found["store archive"].words


@pytest.mark.parametrize(("seconds", "well"), [(0, True), (59, True), (3600, False)])
def test_a_sweeper_that_stopped_is_told_by_its_age(seconds, well):
    then = time.time() - seconds
    os.utime(heartbeat(), (then, then))
    assert only("sweeper").well is well


def test_a_sweeper_that_never_ran_is_told():
    heartbeat().unlink()
    found = only("sweeper")
    assert not found.well
    assert "sweep --forever" in found.words


def test_a_sequencer_that_stopped_is_told_by_its_age():
    assert only("log").words == "0 entries published, none waiting"
    os.utime(heartbeat("sequencer"), (0, 0))
    assert "sequence --forever" in only("log").words
    heartbeat("sequencer").unlink()
    assert "never gone round" in only("log").words


def test_an_entry_that_waits_too_long_for_its_number_is_told(monkeypatch):
    chain(1)
    found = only("log")
    assert found.well
    assert found.words.startswith("0 entries published, 1 waiting")
    monkeypatch.setattr(health, "LONGEST_QUEUE", timedelta(seconds=-1))
    assert not only("log").well


def test_a_missing_key_of_the_log_is_told_in_production(settings):
    settings.PRODUCTION = True
    found = only("log")
    assert not found.well
    assert "new_log_key" in found.words


def test_a_vault_key_that_is_no_key_is_told(settings):
    settings.VAULT_KEYS = "dev:short"
    assert not only("vault").well


def test_an_unexpected_error_shows_its_kind_and_never_its_text():
    found = health.look("it", lambda: {}["the secret"])
    assert found.words == "KeyError while looking at it."
    assert not found.well


def test_an_encoder_that_was_killed_is_started_again():
    assert only("encoder").well
    sandbox._at_exit()  # noqa: SLF001 - ends the child, as at the end of a process
    assert only("encoder").well


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=1), "1 seconds"),
        (timedelta(seconds=119), "119 seconds"),
        (timedelta(seconds=120), "2 minutes"),
        (timedelta(hours=3), "3 hours"),
        (timedelta(days=40), "40 days"),
        (timedelta(seconds=-5), "0 seconds"),
    ],
)
def test_an_age_is_spoken_in_the_largest_unit_that_fits(age, said):
    assert health.spoken(age) == said
