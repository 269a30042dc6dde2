"""Who blanks entries is killed in the middle: the next one brings database and files together."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from subjects.audit.tiles import Tiles
from tests.faults.test_sequencer import ROOT, Log, Workshop

PRUNE = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from subjects.actions.prune_log import prune_log
prune_log(timezone.now() + timedelta(minutes=1), lambda *_: None)
"""


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """Give a log of 1,400 published entries."""
    made = Workshop(tmp_path, "sqlite", str).filled(1400)
    assert made.manage("sequence").returncode == 0
    return made


def killed(log: Log, point: str, *words: str) -> bool:
    """Run a program that dies at this point."""
    armed = log.folder / "armed"
    armed.mkdir(exist_ok=True)
    own = {
        "PORTAL_VAR_DIR": str(log.folder),
        "DATABASE_URL": log.url,
        "DJANGO_SETTINGS_MODULE": "rights_portal.settings",
        "PORTAL_FAULT_POINTS": f"{armed}:{point}",
    }
    done = subprocess.run(  # noqa: S603 - words of this suite
        [sys.executable, *words], cwd=ROOT, env=os.environ | own, capture_output=True, check=False
    )
    return done.returncode == -signal.SIGKILL


def holds(log: Log) -> bool:
    return all(
        log.manage("audit_verify", *words).returncode == 0 for words in ((), (log.folder / "log",))
    )


def test_a_redaction_that_was_killed_is_finished_by_the_sequencer(log: Log):
    assert killed(log, "blank:file", "manage.py", "audit_redact", "700", "--yes")
    assert not (log.folder / "log" / "redactions.jsonl").exists()
    assert log.manage("sequence").returncode == 0
    assert Tiles(log.folder / "log").bundle(2)[700 % 256] == b""
    assert (log.folder / "log" / "redactions.jsonl").exists()
    assert holds(log)


def test_a_pruning_that_was_killed_is_finished_by_the_next(log: Log):
    assert killed(log, "blank:chunk", "-c", PRUNE)
    assert log.manage("sequence").returncode == 0
    assert holds(log)
    assert log.manage("audit_prune").returncode == 0
    assert holds(log)
    assert Tiles(log.folder / "log").pruned_below() == 1280
    assert not (log.folder / "log" / "tile" / "entries" / "000").exists()
