"""An entry is blanked by its owner alone, and after that everything still verifies."""

import json
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from subjects.actions.compare_states import states_without_entry
from subjects.actions.redact_entry import redact_entry
from subjects.audit import blank, grants
from subjects.audit.events import EventType
from subjects.audit.house import say_once_a_day
from subjects.audit.leaf import HOUSE
from subjects.audit.log import entries, record
from subjects.audit.models import AuditEntry, AuditEvent, AuditPayload, AuditPruning, AuditRedaction
from subjects.audit.publish import log_tiles
from subjects.audit.sequencer import drain, sequence
from subjects.audit.standalone import main as standalone
from subjects.errors import LogOwnerNeeded, RedactionRefused
from subjects.models import Right, RightsRequest
from subjects.package import computed
from tests.audit.blanks import (
    files,
    holds,
    index_of,
    old_log,
    packed,
)
from tests.audit.entries import SOMEBODY, published_log
from tests.cases import file

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="only it has roles")
MISTAKE = "written-by-mistake"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(computed, "pdf", lambda _html: None)


def test_a_redacted_entry_is_blank_everywhere_and_all_else_stands():
    case, written = published_log()
    drain()
    before = files()
    said = redact_entry(3, MISTAKE)
    after = files()
    row = AuditEvent.objects.get(pk=written[1].id)
    assert (bytes(row.leaf), bytes(row.leaf_hash)) == (b"", written[1].leaf_hash)
    assert (said.case, said.type) == (case, EventType.REDACTED)
    assert said.fields["target"] == written[1].leaf_hash.hex()
    leaves = list(log_tiles().entries(0, 11))
    assert [at for at, leaf in enumerate(leaves) if not leaf] == [3]
    assert not any(written[1].leaf in data for data in after.values())
    hash_tiles = {name for name in before if name.startswith("tile/0")}
    assert {name: after[name] for name in hash_tiles} == {name: before[name] for name in hash_tiles}
    assert json.loads(after["redactions.jsonl"]) == {
        "index": 3,
        "target": written[1].leaf_hash.hex(),
        "reason": MISTAKE,
        "prev": written[0].leaf_hash.hex(),
        "step": 2,
    }
    assert holds()


def test_the_details_behind_a_redacted_entry_go_with_it():
    with transaction.atomic():
        record(uuid4(), EventType.PROBE_ADDED, actor=SOMEBODY, payload={"note": "x"})
    drain()
    assert AuditPayload.objects.exists()
    redact_entry(0, MISTAKE)
    assert not AuditPayload.objects.exists()
    assert holds()


def test_an_entry_of_the_house_is_redacted_on_its_own_chain():
    with transaction.atomic():
        say_once_a_day(EventType.HEARTBEAT, timezone.now(), entries=0)
        blank.record_system(EventType.PROBE_PURGED, actor=SOMEBODY, count=1)
    drain()
    assert redact_entry(1, MISTAKE).case == HOUSE
    assert holds()


def test_a_crash_between_database_and_files_is_finished_by_the_sequencer():
    published_log()
    drain()
    blank.redact(3, MISTAKE)
    assert log_tiles().bundle(0, 9)[3]
    drain()
    assert log_tiles().bundle(0, 10)[3] == b""
    assert holds()
    before = files()
    assert sequence() is None
    assert files() == before


def test_a_lost_folder_comes_back_with_its_blanks():
    published_log()
    drain()
    redact_entry(3, MISTAKE)
    redact_entry(5, MISTAKE)
    folder = Path(configured.LOG_DIR)
    folder.rename(folder.with_name("lost"))
    drain()
    assert {"redactions.jsonl", "checkpoint"} <= files().keys()
    assert holds()


@pytest.mark.parametrize("index", [-1, 10, 10_000])
def test_what_has_no_number_is_not_redacted(index):
    published_log()
    drain()
    with pytest.raises(RedactionRefused, match="no entry has this number"):
        redact_entry(index, MISTAKE)
    assert not AuditRedaction.objects.exists()


def test_nothing_is_redacted_twice_and_nothing_that_others_rest_on():
    old_log(closed=5)
    redact_entry(3, MISTAKE)
    with pytest.raises(RedactionRefused, match="blank already"):
        redact_entry(3, MISTAKE)
    redacted = AuditEvent.objects.get(type="redacted").pk
    for index in (0, AuditEntry.objects.get(event=redacted).index):
        with pytest.raises(RedactionRefused, match="rests on"):
            redact_entry(index, MISTAKE)
    assert holds()


def test_a_receipt_that_was_redacted_takes_no_number_out_of_the_year(tmp_path):
    cases = [file(Right.ERASURE, picture=b"") for _ in range(4)]
    drain()
    redact_entry(index_of(cases[1].pk, 1), MISTAKE)
    assert holds()
    assert holds(packed(tmp_path / "bag"))
    listed = (tmp_path / "bag/data/redactions.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in listed] == [1]


def test_a_state_whose_entry_was_redacted_is_not_held_against_its_row():
    case = file(Right.ERASURE, picture=b"")
    drain()
    with transaction.atomic():
        RightsRequest.objects.filter(case=case).update(state="in_review")
    assert states_without_entry()
    RightsRequest.objects.filter(case=case).update(state="received")
    for entry in entries(case.pk):
        redact_entry(index_of(case.pk, entry.step), MISTAKE)
    assert states_without_entry() == []


def test_entries_that_vanish_without_the_log_saying_so_are_seen(capsys):
    old_log()
    (Path(configured.LOG_DIR) / "tile/entries/000").unlink()
    assert not holds()
    (Path(configured.LOG_DIR) / "pruned").write_text("256\n")
    assert not holds()
    assert "entry 0: it is blanked, and no later entry says that it was" in capsys.readouterr().out


def test_a_blank_that_the_log_does_not_own_up_to_is_seen(capsys):
    published_log()
    drain()
    log_tiles().blank(4)
    assert standalone.main([str(configured.LOG_DIR)]) == 1
    assert "entry 4" in capsys.readouterr().out


@on_postgresql
def test_the_portals_own_role_may_neither_redact_nor_prune():
    old_log()
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE portal_app")
        for statement in grants.statements(connection, "portal_app"):
            cursor.execute(statement)
        cursor.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO portal_app")
        cursor.execute("SET ROLE portal_app")
        try:
            for act in (lambda: blank.redact(3, MISTAKE), lambda: blank.allow_pruning(512)):
                with pytest.raises(LogOwnerNeeded, match="as the owner of the log"):
                    act()
            blank.finish()
        finally:
            cursor.execute("RESET ROLE")
    assert not AuditRedaction.objects.exists()
    assert not AuditPruning.objects.exists()


def test_the_command_shows_the_entry_and_asks(monkeypatch, capsys):
    published_log()
    drain()
    monkeypatch.setattr("builtins.input", lambda: "no")
    call_command("audit_redact", 3)
    shown = capsys.readouterr().out
    assert '"type": "probe.refused"' in shown
    assert "Nothing was changed." in shown
    monkeypatch.setattr("builtins.input", lambda: "3")
    call_command("audit_redact", 3)
    assert "Entry 3 is blank" in capsys.readouterr().out
    call_command("audit_redact", 4, "--yes")
    assert sorted(AuditRedaction.objects.values_list("index", flat=True)) == [3, 4]


def test_the_command_names_what_it_does_not_take():
    published_log()
    drain()
    with pytest.raises(CommandError, match="no word"):
        call_command("audit_redact", 3, "--reason", "a name")
    with pytest.raises(CommandError, match="no entry has this number"):
        call_command("audit_redact", 99, "--yes")
