"""The one command: what it refuses before anything starts, and one real run."""

import contextlib
import fcntl
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from subjects.management import processes, programs, servers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@pytest.fixture
def own_var(settings, tmp_path):
    settings.VAR_DIR = tmp_path / "var"
    return settings.VAR_DIR


def up(**options):
    call_command("up", demo=False, **options)


def test_a_taken_port_is_told_before_anything_starts(own_var):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError, match=f"Port {port} is taken.*PORT={port + 1} make run"):
            up(port=port)
    assert not own_var.exists()


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_number_that_is_no_port_is_refused(own_var, port):
    with pytest.raises(CommandError, match="is not a port"):
        up(port=port)
    assert not own_var.exists()


def test_a_second_one_over_the_same_folder_is_refused(own_var, free_port):
    own_var.mkdir()
    with (own_var / "up.lock").open("w+") as lock:
        lock.write("4711")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match=r"already runs from .*\(process 4711\)"):
            up(port=free_port)


@pytest.mark.usefixtures("own_var")
def test_demonstration_data_is_refused_in_production(settings, free_port):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="no place in a production"):
        call_command("up", demo=True, port=free_port)


@pytest.mark.django_db
@pytest.mark.usefixtures("own_var")
def test_a_broker_that_does_not_answer_is_named_without_its_password(settings, free_port):
    settings.REDIS_URL = "redis://:verysecret@127.0.0.1:1/0"
    with pytest.raises(CommandError, match=r"broker does not answer.*REDIS_URL") as caught:
        up(port=free_port)
    assert "verysecret" not in str(caught.value)


def test_a_database_that_does_not_answer_is_named_without_its_password(tmp_path, free_port):
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "manage.py", "up", "--no-demo", "--port", str(free_port)],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": "postgres://portal:verysecret@127.0.0.1:1/portal",
            "PORTAL_VAR_DIR": str(tmp_path / "var"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert re.search("database does not answer.*DATABASE_URL", done.stderr)
    assert "verysecret" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_procfile_starts_the_same_programs():
    lines = (ROOT / "Procfile").read_text().splitlines()
    procfile = {name: shlex.split(line) for name, _, line in (one.partition(":") for one in lines)}
    assert set(procfile) == {"web", "worker", "sweeper", "sequencer", "release"}
    web = programs.web(8000).command[2:]
    web[web.index("--bind") + 1] = "0.0.0.0:${PORT:-8000}"
    assert procfile["web"] == web
    assert procfile["worker"] == ["REMAP_SIGTERM=SIGQUIT", *programs.worker(8000).command[2:]]
    assert procfile["sweeper"][2:] == programs.sweeper(8000).command[2:]
    assert procfile["sequencer"][2:] == programs.sequencer(8000).command[2:]


def test_links_in_mails_lead_to_the_chosen_port_unless_the_operator_named_an_address(monkeypatch):
    monkeypatch.delenv("PORTAL_PUBLIC_URL", raising=False)
    assert programs.environment(8123)["PORTAL_PUBLIC_URL"] == "http://127.0.0.1:8123"
    monkeypatch.setenv("PORTAL_PUBLIC_URL", "https://rights.example")
    assert programs.environment(8123)["PORTAL_PUBLIC_URL"] == "https://rights.example"


def test_a_web_part_that_is_not_there_gives_no_answer(free_port):
    assert servers.answer_of_web(free_port) is None


class Running:
    """`manage.py up` as an operator runs it, its lines collected."""

    def __init__(self, var, port, database_url=""):
        self.env = os.environ | {
            "PORTAL_VAR_DIR": str(var),
            "DATABASE_URL": database_url,  # empty: SQLite and Valkey of its own
            "REDIS_URL": "",
        }
        self.process = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "manage.py", "up", "--no-demo", "--port", str(port)],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stdout))
        self.reader.start()

    def wait_for(self, text, seconds=60):
        last = time.monotonic() + seconds
        while time.monotonic() < last and self.process.poll() is None:
            if any(text in line for line in list(self.lines)):
                return
            processes.wait()
        pytest.fail(f"no {text!r} in:\n" + "".join(self.lines))

    def end(self, number):
        self.process.send_signal(number)
        code = self.process.wait(60)
        self.reader.join(10)
        self.process.stdout.close()
        return code


def left_over(var):
    """Return the command lines of processes that still have our folder in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"PORTAL_VAR_DIR={var}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes())
    return found


def test_a_portal_that_was_just_started_is_healthy_and_its_stores_are_empty(
    tmp_path, free_port, new_postgres
):
    running = Running(tmp_path / "var", free_port, new_postgres())
    try:
        running.wait_for("Stop it with Ctrl-C")
        running.wait_for("ready.")
        done = subprocess.run(
            [sys.executable, "manage.py", "healthcheck"],
            cwd=ROOT,
            env=running.env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        running.end(signal.SIGTERM)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("0 face templates, 0 of them restricted") == 2


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_everything_runs_and_nothing_is_left(tmp_path, free_port, number):
    var = tmp_path / "var"
    running = Running(var, free_port)
    try:
        running.wait_for("Stop it with Ctrl-C")
        running.wait_for("ready.")
        with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/healthz", timeout=10) as answer:
            assert answer.status == 200
        assert len(left_over(var)) >= 9  # up, valkey, web 1+2, worker 1+2, sweeper, sequencer
    finally:
        code = running.end(number)
    last = time.monotonic() + 30
    while left_over(var) and time.monotonic() < last:
        processes.wait()
    assert left_over(var) == []
    assert code == (-signal.SIGKILL if number is signal.SIGKILL else 0)
    if number is not signal.SIGKILL:
        ends = re.compile("shut(ting )?down", re.IGNORECASE)
        order = [line.split()[0] for line in running.lines if ends.search(line)]
        assert order.index("web") < order.index("worker") < order.index("valkey")
