"""Setting up: locks with hashes, wheels that can be built again, commands that exist."""

import hashlib
import os
import re
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt")
SUM = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def text(name):
    return (ROOT / name).read_text("utf-8")


def pins(name):
    """Give each package of a lock with the text that pins it."""
    blocks = re.split(r"\n(?=[\w./])", text(name))
    return [block for block in blocks if re.match(r"[\w.-]+==|\./", block)]


def targets():
    return set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_is_locked_with_hashes_and_nothing_is_compiled(lock):
    assert len(pins(lock)) > 30
    assert all(SUM.search(pin) for pin in pins(lock))
    assert "\n--only-binary :all:\n" in text(lock)


@pytest.mark.parametrize("lock", LOCKS)
def test_each_direct_dependency_is_locked_and_says_why_it_is_there(lock):
    wanted = [line for line in text(lock.replace(".txt", ".in")).splitlines() if line[0] != "#"]
    locked = {re.split("[=./]", pin)[0] for pin in pins(lock)}
    for line in wanted:
        name = re.match(r"[\w-]+", line).group().lower().replace("_", "-")
        assert name in locked, f"{name}: run make lock"
        assert "  # " in line, f"{name} is there without a reason"


def test_both_locks_name_the_same_versions():
    both = [dict(re.findall(r"^([\w-]+)==([\w.]+)", text(lock), re.MULTILINE)) for lock in LOCKS]
    shared = both[0].keys() & both[1].keys()
    assert shared
    assert {name: both[0][name] for name in shared} == {name: both[1][name] for name in shared}


def test_the_wheels_in_vendor_are_the_ones_of_the_lock_and_hold_nothing():
    named = re.findall(
        r"^\./(vendor/\S+\.whl) \\\n    --hash=sha256:(\w+)", text(LOCKS[0]), re.MULTILINE
    )
    assert len(named) == 2
    for path, digest in named:
        assert hashlib.sha256((ROOT / path).read_bytes()).hexdigest() == digest
        with zipfile.ZipFile(ROOT / path) as wheel:
            assert {Path(name).name for name in wheel.namelist()} == {"METADATA", "WHEEL", "RECORD"}


@pytest.mark.skipif("ng" in zlib.ZLIB_RUNTIME_VERSION, reason="zlib-ng packs in other bytes")
def test_the_wheels_can_be_built_again_to_the_same_bytes(tmp_path):
    for package in ("dlib", "face-recognition-models"):
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-build-isolation"]
        command += ["--no-deps", "--no-index", "--wheel-dir", str(tmp_path)]
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "1767225600"}
        folder = str(ROOT / "vendor" / package)
        subprocess.run(  # noqa: S603 - our own pip on our own folder
            [*command, folder], check=True, env=environment, capture_output=True
        )
    for built in tmp_path.iterdir():
        assert built.read_bytes() == (ROOT / "vendor" / built.name).read_bytes()


def test_the_readme_begins_with_two_commands_that_exist():
    first = re.findall(r"^make ([a-z-]+)", text("README.md"), re.MULTILINE)[:2]
    assert first == ["run", "test"]
    assert text("README.md").index("make test") < 600


def test_the_port_is_taken_from_the_environment_as_the_readme_says():
    done = subprocess.run(
        ["make", "--dry-run", "run"],  # noqa: S607 - whichever make this machine has
        cwd=ROOT,
        env={**os.environ, "PORT": "8111"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "manage.py up --port 8111" in done.stdout


def test_every_make_command_in_the_documents_exists_and_is_explained():
    named = set()
    for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")):
        named |= set(re.findall(r"`make ([a-z-]+)", path.read_text("utf-8")))
    assert named <= targets()
    done = subprocess.run(
        ["make", "help"],  # noqa: S607 - whichever make this machine has
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {f"make {name}" for name in targets()} == set(re.findall(r"make [a-z-]+", done.stdout))


def test_a_python_that_will_not_do_is_refused_with_what_to_do(tmp_path):
    command = [str(ROOT / ".ci" / "make-venv"), str(tmp_path / "venv"), "no-such-python"]
    done = subprocess.run(  # noqa: S603 - our own script
        command, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "No Python of 3.11 to 3.13" in done.stderr
    assert "PYTHON=" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_the_build_server_runs_the_test_command_of_the_readme_and_nothing_cleverer():
    lines = [line for line in text(".ci/run").splitlines() if line and line[0] != "#"]
    assert lines[-1] == "make test"
    assert sum("make" in line for line in lines) == 1
