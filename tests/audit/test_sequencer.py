"""The sequencer numbers every entry once, and signs nothing that contradicts what it published."""

import logging
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from subjects.audit import guards, keys, sequencer
from subjects.audit.events import EventType
from subjects.audit.log import record
from subjects.audit.models import AuditCheckpoint, AuditEntry, AuditEvent, AuditOutbox
from subjects.audit.publish import log_tiles
from subjects.audit.sequencer import sequence
from subjects.audit.standalone.notes import parse_checkpoint, parse_note, verified_by
from subjects.errors import AuditChainBroken, LogKeyDamaged
from subjects.management.commands.sequence import Complaints
from subjects.management.heartbeat import heartbeat
from tests.audit.entries import SOMEBODY, chain, write
from tests.running import wait_until

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.django_db


def test_every_waiting_entry_gets_its_number_and_leaves_the_queue():
    case, first = chain(3)
    _, second = chain(2)
    checkpoint = sequence()
    assert checkpoint.size == 5
    assert [bytes(one.leaf_hash) for one in AuditEntry.objects.order_by("index")] == [
        entry.leaf_hash for entry in [*first, *second]
    ]
    assert not AuditOutbox.objects.exists()
    tiles = log_tiles()
    assert list(tiles.entries(0, 5)) == [entry.leaf for entry in [*first, *second]]
    assert tiles.checkpoint() == bytes(AuditCheckpoint.objects.get().note)
    write(case, 300)
    assert sequence(most=100).size == 105
    assert sequence().size == 305
    assert sequence() is None
    assert tiles.tree(305).root() == bytes(AuditCheckpoint.objects.get(size=305).root)


def test_a_checkpoint_says_origin_size_and_root_and_is_signed(settings):
    chain(3)
    row = sequence()
    note = parse_note(bytes(row.note))
    assert note.text.count(b"\n") == 3
    assert parse_checkpoint(note.text) == (settings.LOG_ORIGIN, 3, bytes(row.root))
    assert [vkey.key for vkey in verified_by(note, keys.known_vkeys())] == [
        keys.log_keys()[0].public
    ]


def test_what_was_rolled_back_has_no_number_and_leaves_no_gap():
    chain(1)
    with transaction.atomic():
        record(uuid4(), EventType.PROBE_ADDED, actor=SOMEBODY)
        transaction.set_rollback(True)
    chain(1)
    assert sequence().size == 2
    assert list(AuditEntry.objects.values_list("index", flat=True)) == [0, 1]


def test_an_entry_that_was_changed_in_the_queue_stops_everything():
    case, _ = chain(3)
    with guards.lifted(connection):
        AuditEvent.objects.filter(case=case, step=2).update(leaf=b"{}")
    with pytest.raises(AuditChainBroken, match=f"{case.hex}, step 2.*before it had"):
        sequence()
    assert AuditOutbox.objects.count() == 3
    assert not AuditCheckpoint.objects.exists()


def test_an_entry_that_was_queued_and_is_gone_stops_everything():
    case, _ = chain(2)
    with guards.lifted(connection):
        AuditEvent.objects.filter(case=case, step=2).delete()
    with pytest.raises(AuditChainBroken, match="queued and is gone"):
        sequence()
    assert AuditOutbox.objects.count() == 2


def test_a_folder_that_was_lost_is_written_again_with_the_same_bytes(settings):
    chain(300)
    sequence(200)
    sequence()
    before = log_tiles().checkpoint()
    settings.LOG_DIR.rename(settings.LOG_DIR.with_name("moved"))
    assert sequence() is None
    for name in ("checkpoint", "tile/entries/000", "tile/0/001.p/44", "tile/1/000.p/1"):
        old = settings.LOG_DIR.with_name("moved") / name
        assert (settings.LOG_DIR / name).read_bytes() == old.read_bytes()
    assert log_tiles().checkpoint() == before


def test_while_another_one_works_nothing_is_done():
    chain(1)
    with sequencer.alone() as mine:
        assert mine
        assert sequence() is None
    assert sequence().size == 1


def test_it_never_publishes_what_is_not_committed():
    chain(1)
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        sequence()
    assert log_tiles().checkpoint() is None


def test_how_long_the_oldest_entry_waits_is_known():
    assert sequencer.waiting() == (0, None)
    _, written = chain(2)
    assert sequencer.waiting() == (2, written[0].at)
    sequence()
    assert sequencer.waiting() == (0, None)


def test_the_command_empties_the_queue_and_names_what_is_wrong(settings, capsys):
    chain(2)
    call_command("sequence")
    assert capsys.readouterr().out == "The log has 2 entries.\n"
    chain(1)
    (settings.LOG_KEYS_DIR / "log.pem").write_bytes(b"")
    with pytest.raises(CommandError, match=r"log\.pem"):
        call_command("sequence")


def test_the_same_fault_is_told_once_a_minute_and_the_process_goes_on(caplog, monkeypatch):
    complaints, now = Complaints(), [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])

    def fail() -> None:
        name = "log.pem"
        raise LogKeyDamaged(name)

    with caplog.at_level(logging.ERROR):
        for _ in range(5):
            complaints.guard(fail)
        assert caplog.messages == ["the log stands still"]
        complaints.guard(lambda: {}["another fault"])
        assert len(caplog.messages) == 2
        now[0] += 61
        complaints.guard(fail)
        assert len(caplog.messages) == 3


def test_a_sequencer_that_is_told_to_stop_stops_with_everything_in_order(tmp_path):
    environment = os.environ | {"PORTAL_VAR_DIR": str(tmp_path), "DATABASE_URL": ""}
    manage = [sys.executable, "manage.py"]
    subprocess.run(  # noqa: S603 - words of this test
        [*manage, "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True
    )
    forever = subprocess.Popen(  # noqa: S603 - as above
        [*manage, "sequence", "--forever"], cwd=ROOT, env=environment
    )
    try:
        beat = tmp_path / heartbeat("sequencer").name
        wait_until(beat.exists, "the sequencer went round")
        forever.send_signal(signal.SIGTERM)
        assert forever.wait(60) == 0
    finally:
        forever.kill()
        forever.wait()
    assert stat.S_IMODE((tmp_path / "keys" / "log").stat().st_mode) == 0o700
    assert not list((tmp_path / "log").rglob(".new"))


def test_no_row_of_the_tree_is_ever_written_twice():
    chain(2)
    sequence()
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.create(index=1, event=uuid4(), leaf_hash=b"x" * 32)
