"""The oldest entries go at the end of their time, and their hashes stay."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command
from django.utils import timezone

from subjects.actions.prune_log import plan_pruning, prune_log
from subjects.actions.redact_entry import redact_entry
from subjects.audit import blank
from subjects.audit.leaf import HOUSE
from subjects.audit.models import AuditEvent, AuditPruning
from subjects.audit.publish import log_tiles
from subjects.audit.sequencer import drain
from subjects.package import computed
from tests.audit.blanks import (
    age_the_checkpoints,
    close,
    files,
    holds,
    old_log,
    packed,
    prune_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(computed, "pdf", lambda _html: None)


def test_pruning_stops_below_the_oldest_entry_of_an_open_case(capsys):
    old_log()
    soon = timezone.now() + timedelta(minutes=1)
    plan = plan_pruning(soon)
    assert (plan.below, plan.already, plan.stopped_at) == (512, 0, 700)
    assert not AuditPruning.objects.exists()
    told = []
    prune_log(soon, lambda done, total: told.append((done, total)))
    assert told[-1] == (512, 512)
    assert AuditEvent.objects.filter(leaf=b"").count() == 512
    assert AuditEvent.objects.get(type="pruned").case == HOUSE
    assert holds()
    assert "first 512 entries were pruned" in capsys.readouterr().out


def test_pruned_bundles_go_and_hashes_stay():
    old_log()
    before = files()
    prune_all()
    after = files()
    assert before.keys() - after.keys() >= {"tile/entries/000", "tile/entries/001"}
    assert "tile/entries/002" in after
    assert after["pruned"] == b"512\n"
    for name in ("tile/0/000", "tile/0/001", "tile/0/002"):
        assert after[name] == before[name]
    assert list(log_tiles().entries(0, 512)) == [b""] * 512


def test_pruning_goes_on_where_it_stopped_and_says_when_nothing_is_left():
    opened = old_log()
    prune_all()
    close(opened)
    plan = plan_pruning(timezone.now() + timedelta(minutes=1))
    assert (plan.below, plan.already, plan.stopped_at) == (1024, 512, None)
    prune_all()
    assert AuditEvent.objects.filter(leaf=b"").count() == 1024
    prune_all()
    assert AuditPruning.objects.count() == 2
    assert holds()


def test_a_pruning_that_died_is_finished_by_the_next():
    old_log()
    blank.allow_pruning(512)
    next(blank.prune())
    drain()
    assert holds()
    log_tiles().prune(0)
    (Path(configured.LOG_DIR) / "pruned").write_text("512 unfinished\n")
    assert holds()
    prune_all()
    assert AuditEvent.objects.filter(leaf=b"").count() == 512
    assert files()["pruned"] == b"512\n"
    assert holds()


def test_a_lost_folder_comes_back_without_what_was_pruned():
    old_log()
    prune_all()
    folder = Path(configured.LOG_DIR)
    folder.rename(folder.with_name("lost"))
    drain()
    assert not {"tile/entries/000", "tile/entries/001"} & files().keys()
    assert holds()


def test_a_package_of_a_pruned_log_checks_itself(tmp_path):
    old_log()
    redact_entry(800, "written-by-mistake")
    prune_all()
    bag = packed(tmp_path / "bag")
    assert holds(bag)
    assert json.loads((bag / "data/export.json").read_text())["pruned_below"] == 512
    assert not (bag / "data/log/tile/entries/000").exists()
    assert (bag / "data/log/tile/0/000").exists()
    call_command("audit_verify")
    alone = [sys.executable, "-I", "data/verify.py"]
    done = subprocess.run(alone, cwd=bag, capture_output=True, text=True, check=False)  # noqa: S603 - the file that an authority runs
    assert done.returncode == 0, done.stdout


def test_the_command_prunes_by_the_day_and_can_only_look(capsys):
    old_log()
    call_command("audit_prune", "--dry-run")
    assert "No further whole bundle" in capsys.readouterr().out
    for wrong in ("tomorrow", (timezone.localdate() + timedelta(days=1)).isoformat()):
        with pytest.raises(CommandError):
            call_command("audit_prune", "--before", wrong)
    age_the_checkpoints()
    call_command("audit_prune", "--dry-run")
    shown = capsys.readouterr().out
    assert "512 entries would be pruned: all below entry 512." in shown
    assert "kept from entry 700 on" in shown
    call_command("audit_prune", verbosity=0)
    assert "512 entries are pruned" in capsys.readouterr().out
    assert holds()
