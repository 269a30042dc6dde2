"""A process killed at any write leaves the old or the new state, and an erase can be finished."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'rows.sqlite3'}"
    return request.getfixturevalue("new_postgres")()


@pytest.fixture
def play(database_url, tmp_path):
    """Run a scene of the driver in a process of its own; return what it counted."""

    def run(scene: str) -> int:
        done = subprocess.run(  # noqa: S603  # our own script
            [sys.executable, "-m", "tests.stores.crash_driver", scene],
            cwd=ROOT,
            env={
                "PATH": os.environ["PATH"],
                "DATABASE_URL": database_url,
                "PORTAL_VAR_DIR": str(tmp_path),
                "OPENBLAS_NUM_THREADS": "1",
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout)[scene]

    return run


def test_an_enrolment_killed_at_any_write_happened_whole_or_not_at_all(play):
    assert play("enrol") > 10


def test_an_erase_killed_at_any_write_can_be_finished(play):
    assert play("erase") > 20


def test_a_new_store_killed_at_any_write_can_be_made_again(play):
    assert play("prepare") > 10


def test_every_search_is_whole_while_three_processes_write(play):
    assert play("busy") > 0
