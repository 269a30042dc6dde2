"""Whatever does not fit the published log is named, and nothing is signed or written."""

from uuid import UUID, uuid4

import pytest
from django.db import connection

from subjects.actions.recover_log import recover_log
from subjects.audit import guards, keys, sequencer
from subjects.audit.models import (
    AuditCheckpoint,
    AuditEntry,
    AuditEvent,
    AuditOutbox,
)
from subjects.audit.publish import log_tiles
from subjects.audit.sequencer import sequence
from subjects.errors import LogBehind, LogBusy, LogForked, LogNotPublished, TileMissing
from tests.audit.entries import chain, write
from tests.audit.restoring import backup, lose_the_newest, restore

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost() -> tuple[UUID, bytes]:
    return lose_the_newest()


def test_a_restored_database_is_refused_and_nothing_is_signed(lost):
    case, _ = lost
    note = log_tiles().checkpoint()
    write(case, 1)  # filing goes on
    for _ in range(2):
        with pytest.raises(LogBehind, match=r"9 entries and the database knows 4.*audit_recover"):
            sequence()
    assert AuditCheckpoint.objects.count() == 1
    assert log_tiles().checkpoint() == note
    assert AuditOutbox.objects.count() == 1


def test_a_longer_log_without_its_checkpoint_is_not_gone_on_with(lost):
    """Whoever removes the checkpoint, that the fork may be signed, leaves the tiles."""
    case, _ = lost
    (log_tiles().folder / "checkpoint").unlink()
    write(case, 1)
    with pytest.raises(LogForked, match=r"checkpoint is gone, it has 9 entries.* knows 4"):
        sequence()
    assert AuditCheckpoint.objects.count() == 1
    assert log_tiles().checkpoint() is None


@pytest.mark.parametrize("name", ["checkpoint", ".lock"])
def test_a_folder_that_cannot_be_read_or_locked_is_said_in_words(lost, name):
    place = log_tiles().folder / name
    place.unlink(missing_ok=True)
    place.mkdir()
    for step in (sequence, recover_log):
        with pytest.raises(LogNotPublished):
            step()
    assert AuditCheckpoint.objects.count() == 1


def test_while_the_sequencer_works_nothing_is_recovered(lost):
    with sequencer.alone() as mine:
        assert mine
        with pytest.raises(LogBusy):
            recover_log()
    assert AuditEvent.objects.count() == 4
    assert recover_log()


def nothing_was_written() -> None:
    assert AuditEvent.objects.count() == AuditEntry.objects.count() == 4
    assert AuditCheckpoint.objects.count() == 1


def test_a_database_that_is_no_beginning_of_the_log_is_a_fork(lost):
    with guards.lifted(connection):
        AuditEntry.objects.filter(index=2).update(leaf_hash=b"x" * 32)
    with pytest.raises(LogForked, match="entry 2 of the database"):
        recover_log()
    nothing_was_written()


def test_a_database_of_the_same_size_with_other_entries_is_never_signed():
    chain(3)
    kept = backup()
    sequence()
    with guards.lifted(connection):
        AuditCheckpoint.objects.update(root=b"x" * 32)
    chain(1)
    with pytest.raises(LogForked, match="another root"):
        sequence()
    assert AuditOutbox.objects.count() == 1
    restore(kept)
    write(uuid4(), 7)
    with pytest.raises(LogBehind):
        sequence()


def test_a_fork_is_never_signed_although_the_database_is_the_larger_one():
    empty = backup()
    chain(3)
    sequence()
    note = log_tiles().checkpoint()
    (log_tiles().folder / "checkpoint").unlink()
    restore(empty)
    chain(5)
    tiles = log_tiles().folder / "tile"
    tiles.rename(tiles.with_name("kept"))
    sequence()
    (log_tiles().folder / "checkpoint").write_bytes(note)
    chain(1)
    with pytest.raises(LogForked, match="first 3 entries"):
        sequence()
    assert AuditCheckpoint.objects.count() == 1


@pytest.mark.parametrize("name", ["tile/entries/000.p/9", "tile/0/000.p/9"])
def test_a_published_file_that_was_changed_is_found_before_anything_is_written(lost, name):
    path = log_tiles().folder / name
    data = bytearray(path.read_bytes())
    data[-7] ^= 1
    path.write_bytes(data)
    with pytest.raises(LogForked):
        recover_log()
    path.unlink()
    with pytest.raises(TileMissing):
        recover_log()
    nothing_was_written()


def test_a_checkpoint_that_none_of_our_keys_signed_is_not_believed(lost, settings):
    (settings.LOG_KEYS_DIR / "history.jsonl").unlink()
    keys.published_history().unlink()
    (settings.LOG_KEYS_DIR / "log.pem").unlink()
    keys.log_keys()
    with pytest.raises(LogForked, match="no key"):
        recover_log()
    nothing_was_written()


@pytest.mark.parametrize("note", [b"", b"no note", b"\xff" * 40])
def test_a_checkpoint_that_cannot_be_read_stops_everything(lost, note):
    (log_tiles().folder / "checkpoint").write_bytes(note)
    for act in (sequence, recover_log):
        with pytest.raises(LogForked, match="cannot be read"):
            act()


def test_a_log_of_another_name_is_not_ours(lost, settings):
    settings.LOG_ORIGIN = "other.example/log"
    with pytest.raises(LogForked, match="another name"):
        sequence()
