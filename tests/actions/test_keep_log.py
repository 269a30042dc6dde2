"""Keeping the log: once a day each, whatever fails outside; and a stop where a witness is ahead."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from subjects.actions import keep_log as keeping
from subjects.actions.keep_log import keep_log, publish_texts, stamp_checkpoint
from subjects.audit import anchors, asking
from subjects.audit.anchors import Condition, standings
from subjects.audit.events import EventType
from subjects.audit.house import said
from subjects.audit.keys import log_keys
from subjects.audit.outcomes import outcome
from subjects.audit.sequencer import sequence
from subjects.audit.witnesses import is_ahead
from subjects.errors import WitnessAhead
from subjects.lifecycle import State
from subjects.package.texts import texts_digest
from tests.audit.entries import chain
from tests.cases import rights_request_at

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAILY = (EventType.HEARTBEAT, EventType.CENSUS)


@pytest.fixture(autouse=True)
def _process_of_its_own(settings, tmp_path: Path, monkeypatch) -> None:
    """Begin as a new process does, in a folder of its own, with little patience."""
    settings.VAR_DIR = tmp_path
    settings.LOG_DIR, settings.LOG_KEYS_DIR = tmp_path / "log", tmp_path / "log-keys"
    monkeypatch.setattr(keeping, "_published", set())
    monkeypatch.setattr(anchors, "_asked", set())
    monkeypatch.setattr(asking.ask, "__kwdefaults__", {"seconds": 0.5})


@pytest.fixture
def stamping(settings, time_authority):
    """Have one authority set up."""
    settings.TIMESTAMP_URLS = [time_authority.url]
    settings.TIMESTAMP_CA_FILE = time_authority.ca_file
    return time_authority


@pytest.fixture
def witnessing(settings, little_witness, tmp_path):
    """Have one witness set up."""
    little_witness.trust(log_keys()[0].vkey)
    settings.WITNESS_POLICY_FILE = little_witness.policy(tmp_path)
    return little_witness


def minute(at: datetime | None = None) -> None:
    """Let one minute of the sequencer's process pass."""
    keep_log(at)
    sequence()


def count(event: EventType) -> int:
    return len(list(said(event)))


def test_each_day_has_one_heartbeat_and_one_census():
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(3 * 24):
            minute()
            clock.shift(timedelta(hours=1))
    # From noon of the first day to noon of the fourth.
    assert {event: count(event) for event in DAILY} == dict.fromkeys(DAILY, 4)


def test_a_clock_that_was_ahead_for_years_silences_nothing():
    with time_machine.travel(NOON + timedelta(days=9999), tick=False):
        minute()
    with time_machine.travel(NOON, tick=False):
        minute()
        minute()
    assert count(EventType.HEARTBEAT) == 2
    assert count(EventType.CLOCK_REGRESSION) >= 1


def test_the_heartbeat_and_the_census_say_how_long_the_log_is():
    chain(4)
    chain(2)
    sequence()
    minute()
    (beat,), (census,) = said(EventType.HEARTBEAT), said(EventType.CENSUS)
    assert beat.fields["entries"] == census.fields["entries"] == 6
    assert census.fields["count"] == 2


@pytest.mark.usefixtures("memory_stores")
def test_the_census_counts_the_rows_beside_the_chains(settings, tmp_path):
    settings.LOG_DIR = tmp_path / "log"
    rights_request_at(State.IN_REVIEW)
    rights_request_at(State.RECEIVED)
    sequence()
    keep_log()
    (census,) = said(EventType.CENSUS)
    told = census.fields
    assert (told["count"], told["cases"], told["open"]) == (2, 2, 2)


def test_two_processes_at_once_say_it_once():
    def keep() -> None:
        try:
            keep_log()
        finally:
            connection.close()

    threads = [threading.Thread(target=keep) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    once = (*DAILY, EventType.TEXTS_PUBLISHED)
    assert {event: count(event) for event in once} == dict.fromkeys(once, 1)


def test_the_texts_in_force_are_stated_when_they_change(settings, monkeypatch):
    first = publish_texts()
    publish_texts()
    assert first == texts_digest()
    settings.HOLD_DAYS += 1
    second = publish_texts()
    monkeypatch.setattr(keeping, "_published", set())  # as after a restart
    publish_texts()
    assert [entry.fields["digest"] for entry in said(EventType.TEXTS_PUBLISHED)] == [second, first]


def test_each_authority_stamps_once_a_day_while_the_log_grows(stamping):
    chain()
    sequence()
    for hour in range(0, 72, 6):
        with time_machine.travel(NOON + timedelta(hours=hour), tick=False):
            minute()
    # The stamp bears the authority's own time; asked is by our clock, from noon to noon.
    assert len(stamping.asked) == count(EventType.ANCHOR_STAMPED) == 4


def test_a_stamp_is_of_what_is_published(stamping):
    chain()
    minute()
    minute()
    (entry,) = said(EventType.ANCHOR_STAMPED)
    (standing,) = standings(timezone.now())
    assert standing.size == entry.fields["entries"]
    assert standing.condition is Condition.CURRENT


@pytest.mark.parametrize("mood", ["silent", "error", "html", "stranger", "huge"])
def test_an_authority_that_fails_is_shown_and_asked_again_later(stamping, mood):
    stamping.mood = mood
    chain()
    sequence()
    with time_machine.travel(NOON, tick=False) as clock:
        for _ in range(10):
            minute()
            clock.shift(timedelta(minutes=1))
        assert len(stamping.asked) == 4  # at once, and after 1, 3 and 7 minutes
        (standing,) = standings(timezone.now())
        assert standing.condition is Condition.MISSING
        assert standing.words.startswith(standing.name)
        stamping.mood = "good"
        clock.shift(timedelta(minutes=10))
        minute()
    (standing,) = standings(timezone.now())
    assert (standing.condition, standing.words) == (Condition.CURRENT, "")
    assert count(EventType.HEARTBEAT) == 1


def test_an_old_stamp_is_stale(stamping):
    chain()
    sequence()
    minute()
    stamping.mood = "error"
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=False):
        minute()
        (standing,) = standings(timezone.now())
    assert standing.condition is Condition.STALE
    assert standing.size == 4


def test_a_package_gets_its_stamp_at_once(stamping, settings):
    chain()
    checkpoint = sequence()
    assert stamp_checkpoint(checkpoint.size) == 1
    assert stamp_checkpoint(checkpoint.size) == 1
    assert len(stamping.asked) == 1
    stamping.mood = "error"
    chain()
    assert stamp_checkpoint(sequence().size) == 0
    assert stamp_checkpoint(99_999) == 0
    settings.TIMESTAMP_URLS = []
    assert stamp_checkpoint(checkpoint.size) == 0


def test_each_new_checkpoint_is_cosigned(witnessing):
    for _ in range(3):
        chain()
        minute()
        keep_log()
        (standing,) = standings(timezone.now())
        assert standing.condition is Condition.CURRENT
    size = witnessing.seen[log_keys()[0].name][0]
    keep_log()
    keep_log()
    assert len(witnessing.asked) == 3
    assert standing.size == size


def restore_before(witnessing, size: int) -> None:
    """Let the witness have seen `size` entries, as after an older state was put back here."""
    witnessing.seen[log_keys()[0].name] = (size, bytes(32))


def test_a_witness_that_is_ahead_stops_the_sequencer_until_it_signs_again(witnessing):
    chain()
    minute()
    keep_log()
    ours = standings(timezone.now())[0].size
    root = witnessing.seen[log_keys()[0].name]
    restore_before(witnessing, 500)
    anchors._asked.clear()  # noqa: SLF001 - as a process that starts
    keep_log()
    assert is_ahead() == 500
    (standing,) = standings(timezone.now())
    assert standing.condition is Condition.AHEAD
    assert "audit_recover" in standing.words
    chain()
    with pytest.raises(WitnessAhead, match="500 entries and this log has"):
        sequence()
    # Recovered, so the witness has seen no more than there is.
    witnessing.seen[log_keys()[0].name] = root
    keep_log()
    assert is_ahead() is None
    assert sequence().size > ours


def test_a_witness_that_refuses_is_shown_and_stops_nothing(witnessing):
    witnessing.mood = "proofless"
    chain()
    minute()
    keep_log()
    (standing,) = standings(timezone.now())
    assert "does not continue" in standing.words
    assert is_ahead() is None
    chain()
    assert sequence()


def test_a_policy_that_is_broken_stops_neither_heartbeat_nor_sequencer(settings, tmp_path):
    settings.WITNESS_POLICY_FILE = str(tmp_path / "policy")
    Path(settings.WITNESS_POLICY_FILE).write_text("witness\n")
    chain()
    minute()
    minute()
    assert count(EventType.HEARTBEAT) == 1


def test_a_note_that_cannot_be_written_is_no_secret(witnessing, tmp_path):
    chain()
    minute()
    restore_before(witnessing, 500)
    (tmp_path / "anchors").write_text("in the way")
    with pytest.raises(WitnessAhead):
        keep_log()


def test_nobody_outside_is_needed():
    chain()
    minute()
    assert standings(timezone.now()) == []
    assert outcome("rfc3161", "nobody") is None
