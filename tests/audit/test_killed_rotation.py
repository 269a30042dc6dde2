"""Whatever dies while keys are made or replaced: every key in the history exists, and is told."""

from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings as configured

from subjects.actions.keep_log import keep_log
from subjects.actions.rotate_log_key import announce_keys, finish_rotation, rotate_log_key
from subjects.audit import keys
from subjects.audit.events import EventType
from subjects.audit.house import said
from subjects.audit.models import AuditCheckpoint
from subjects.audit.sequencer import sequence
from subjects.errors import LogKeyInPlace
from tests.audit.entries import chain

pytestmark = pytest.mark.django_db
POINTS = ("_write_history", "_complete")
"""Before the public facts of a new key are there, and before the key itself is in its place."""


class KilledError(Exception):
    """Stands for the end of the process."""


def killed_at(point, act, purpose="log"):
    """Let `act` die where the new key of `purpose` is waiting already."""
    whole = getattr(keys, point)

    def die(*given):
        if (Path(configured.LOG_KEYS_DIR) / f"{purpose}.next.pem").exists():
            raise KilledError
        return whole(*given)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keys, point, die)
        with suppress(KilledError):
            act()
            pytest.fail("it was not killed")


def in_force(purpose):
    return [one.vkey for one in keys.history() if one.purpose == purpose and one.until is None]


def announced():
    return [(one.fields["purpose"], one.fields["key"]) for one in said(EventType.KEY_ROTATED)]


@pytest.mark.parametrize("point", POINTS)
def test_a_first_key_that_died_on_its_way_leaves_no_key_that_nobody_has(point, settings):
    killed_at(point, keys.log_keys)
    assert not (settings.LOG_KEYS_DIR / "log.pem").exists()
    (key,) = keys.log_keys()
    assert in_force("log") == [key.vkey]
    assert len(keys.history()) == 1
    assert not (settings.LOG_KEYS_DIR / "log.next.pem").exists()


@pytest.mark.parametrize("purpose", ["log", "export"])
@pytest.mark.parametrize("point", POINTS)
def test_a_ceremony_that_died_is_held_to_its_end(point, purpose, settings):
    settings.PRODUCTION = True
    killed_at(point, keys.make_keys, purpose)
    assert keys.make_keys() == [keys.log_keys()[0], keys.export_key()]
    assert len(keys.history()) == 2
    assert in_force("log") == [keys.log_keys()[0].vkey]
    assert in_force("export") == [keys.export_key().vkey]
    with pytest.raises(LogKeyInPlace):
        keys.make_keys()


@pytest.mark.parametrize("point", POINTS)
def test_a_rotation_that_died_is_brought_to_its_end_by_the_next_one(point):
    old = keys.log_keys()[0]
    chain(2)
    sequence()
    killed_at(point, lambda: rotate_log_key("log"))
    new = rotate_log_key("log")
    assert keys.log_keys() == [new, old]
    assert in_force("log") == [old.vkey, new.vkey]
    assert announced() == [("log", new.fingerprint[:16])]
    sequence()
    assert finish_rotation().vkey == old.vkey
    assert in_force("log") == [new.vkey]


@pytest.mark.parametrize("point", POINTS)
def test_the_key_of_packages_is_replaced_by_the_next_one_too(point):
    old = keys.export_key()
    killed_at(point, lambda: rotate_log_key("export"), "export")
    new = rotate_log_key("export")
    assert keys.export_key() == new != old
    assert in_force("export") == [new.vkey]
    assert announced() == [("export", new.fingerprint[:16])]


def test_the_next_start_puts_a_key_in_force_that_the_history_tells_of():
    old = keys.log_keys()[0]
    killed_at("_complete", lambda: rotate_log_key("log"))
    assert len(in_force("log")) == 2
    new, before = keys.log_keys()
    assert before == old
    assert in_force("log") == [old.vkey, new.vkey]
    with pytest.raises(LogKeyInPlace, match="--finish"):
        rotate_log_key("log")
    assert announced() == [("log", new.fingerprint[:16])]


def test_a_rotation_that_was_cut_short_is_not_ended_before_both_have_signed():
    old = keys.log_keys()[0]
    killed_at("_complete", lambda: rotate_log_key("log"))
    with pytest.raises(LogKeyInPlace, match="some weeks"):
        finish_rotation()
    new = keys.log_keys()[0]
    assert keys.log_keys() == [new, old]
    assert announced() == [("log", new.fingerprint[:16])]
    assert finish_rotation().vkey == old.vkey


def test_a_missing_entry_is_written_by_whatever_comes_next_and_once():
    keys.log_keys()
    chain(2)
    sequence()
    new = keys.rotate("log")  # killed before its entry
    assert announced() == []
    finish_rotation()
    assert announced() == [("log", new.fingerprint[:16])]
    (entry,) = said(EventType.KEY_ROTATED)
    assert entry.fields["entries"] == AuditCheckpoint.objects.latest("size").size
    announce_keys()
    rotate_log_key("log")
    assert len(announced()) == 2


def test_the_daily_work_writes_it_where_nobody_does():
    keys.export_key()
    new = keys.rotate("export")
    for _ in range(2):
        keep_log()
    assert announced() == [("export", new.fingerprint[:16])]
