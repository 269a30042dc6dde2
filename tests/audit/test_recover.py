"""After a restore the log refuses, then comes back whole and goes on where it was."""

from uuid import UUID

import pytest
from django.core.management import CommandError, call_command

from subjects.actions.recover_log import recover_log
from subjects.audit.census import take_census
from subjects.audit.events import Actor, EventType
from subjects.audit.leaf import HOUSE
from subjects.audit.log import entries, last, record_system
from subjects.audit.models import (
    AuditCheckpoint,
    AuditEntry,
    AuditEvent,
    AuditOutbox,
    AuditRedaction,
)
from subjects.audit.publish import log_tiles, publish
from subjects.audit.sequencer import sequence
from subjects.audit.standalone.bundles import write_bundle
from subjects.audit.standalone.reading import read_log
from subjects.models import CaseNumber
from tests.audit.entries import chain, write
from tests.audit.restoring import (
    TABLES,
    backup,
    heartbeat,
    is_whole,
    lose_the_newest,
    receive,
    restore,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost() -> tuple[UUID, bytes]:
    return lose_the_newest()


def test_what_was_lost_comes_back_and_the_log_goes_on(lost):
    case, root = lost
    found = recover_log()
    assert (found.size, found.imported, found.entries, found.chains) == (9, 5, 0, 1)
    assert bytes(AuditCheckpoint.objects.get(size=9).root) == root
    assert [entry.step for entry in entries(case)] == [1, 2, 3, 4, 5]
    assert not AuditEvent.objects.get(case=case, step=5).recovered
    said = last(HOUSE).fields
    assert (said["type"], said["entries"], said["count"], said["cases"]) == ("restored", 9, 5, 1)
    write(case, 1)
    assert sequence().size == 11
    is_whole()
    assert recover_log() is None
    assert sequence() is None


def test_a_case_that_the_database_does_not_know_gets_a_new_id(lost):
    recover_log()
    rows = AuditEvent.objects.filter(recovered=True).order_by("step")
    assert [row.step for row in rows] == [1, 2]
    assert len({row.case for row in rows}) == 1


def test_what_was_written_since_stays_and_is_numbered_after_what_comes_back(lost):
    case, _ = lost
    heartbeat()
    mine = [*write(case, 3), *entries(HOUSE)[-1:]]
    found = recover_log()
    assert (found.imported, found.chains) == (5, 1)
    for entry in mine:
        assert AuditEvent.objects.get(pk=entry.id).case == entry.case
    forks = AuditEvent.objects.filter(recovered=True).order_by("case", "step")
    assert sorted(row.step for row in forks) == [1, 2, 2, 4, 5]
    assert sequence().size == 9 + 4 + 1
    numbers = AuditEntry.objects.filter(event__in=[entry.id for entry in mine])
    assert {row.index for row in numbers} <= set(range(9, 14))
    is_whole()


def test_a_stranger_finds_nothing_wrong_in_a_log_that_was_recovered(lost):
    case, _ = lost
    heartbeat()
    write(case, 3)
    recover_log()
    while sequence():
        pass
    census = take_census()
    record_system(
        EventType.CENSUS,
        actor=Actor.system("log"),
        count=census.count,
        entries=census.entries,
        digest=census.digest.hex(),
    )
    write(case, 1)
    heartbeat()
    size = sequence().size
    tiles = log_tiles()
    book = read_log(
        list(zip(range(size), tiles.entries(0, size), tiles.leaf_hashes(0, size), strict=True))
    )
    assert book.problems == []
    assert book.censuses == 1
    assert len(book.chains) == 3


def test_what_was_queued_in_the_backup_only_gets_its_number_back():
    case, _ = chain(2)
    sequence()
    queued = write(case, 2)
    kept = backup()
    sequence()
    restore(kept)
    assert AuditOutbox.objects.count() == 2
    found = recover_log()
    assert (found.entries, found.imported, found.chains) == (2, 0, 0)
    assert not AuditOutbox.objects.exclude(event=last(HOUSE).id).exists()
    assert list(AuditEntry.objects.order_by("index").values_list("event", flat=True))[2:] == [
        entry.id for entry in queued
    ]
    sequence()
    is_whole()


def test_numbers_of_cases_that_the_log_shows_are_never_given_again():
    CaseNumber.take(2026)
    receive(1)
    sequence()
    kept = backup()
    receive(2)
    receive(3)
    sequence()
    restore(kept)
    assert recover_log().chains == 2
    assert CaseNumber.take(2026) == 4


def test_a_database_without_anything_takes_the_whole_log_back(lost):
    restore({table: [] for table in TABLES})
    found = recover_log()
    assert (found.size, found.imported, found.chains) == (9, 9, 2)
    assert len(entries(HOUSE)) == 3
    sequence()
    is_whole()


def test_it_can_be_restored_again_after_it_was_recovered(lost):
    case, _ = lost
    kept = backup()
    for _ in range(2):
        write(case, 2)
        heartbeat()
        recover_log()
        sequence()
        is_whole()
        restore(kept)
    recover_log()
    sequence()
    is_whole()


def blank(index: int, name: str) -> None:
    """Blank a published entry, as its redaction does."""
    path = log_tiles().folder / name
    leaves = list(log_tiles().entries(0, 9))
    leaves[index] = b""
    path.write_bytes(write_bundle(leaves))


def test_an_entry_that_was_blanked_comes_back_blank(lost):
    blank(7, "tile/entries/000.p/9")
    found = recover_log()
    assert found.imported == 5
    row = AuditEvent.objects.get(pk=AuditEntry.objects.get(index=7).event)
    assert bytes(row.leaf) == b""
    assert AuditRedaction.objects.get().index == 7
    sequence()
    is_whole()


def test_an_entry_that_has_its_text_again_is_named(lost, capsys):
    blank(1, "tile/entries/000.p/9")
    call_command("audit_recover")
    said = capsys.readouterr().out
    assert "stands at 9 entries again: 5 were read" in said
    assert "text again (1). Blank them" in said
    assert "knows nothing of 1 cases" in said


def test_the_command_says_when_nothing_is_missing_and_what_went_wrong(capsys):
    call_command("audit_recover")
    assert "Nothing is missing" in capsys.readouterr().out
    chain(1)
    sequence()
    (log_tiles().folder / "checkpoint").write_bytes(b"?")
    with pytest.raises(CommandError, match="forked"):
        call_command("audit_recover")


def test_a_published_folder_that_came_back_older_is_brought_up_to_date(lost):
    recover_log()
    old = bytes(AuditCheckpoint.objects.get(size=4).note)
    (log_tiles().folder / "checkpoint").write_bytes(old)
    sequence()
    assert log_tiles().checkpoint() == bytes(AuditCheckpoint.objects.last().note)
    publish()
    is_whole()
