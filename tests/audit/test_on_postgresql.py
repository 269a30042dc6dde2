"""Every promise of the log holds on PostgreSQL too: the same tests, run there."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(connection.vendor == "postgresql", reason="this run is on PostgreSQL already")
def test_every_promise_holds_on_postgresql(postgres_url):
    folder = Path(__file__).parent
    without_a_database = [f"--ignore={folder / name}" for name in ("standalone", "foreign")]
    command = [sys.executable, "-m", "pytest", "-q", *without_a_database, str(folder)]
    environment = os.environ | {"DATABASE_URL": postgres_url}
    done = subprocess.run(  # noqa: S603  # our own tests
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
