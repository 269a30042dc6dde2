"""Programs that run side by side, with real programs."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from subjects.errors import ServerNeeded
from subjects.management import processes
from subjects.management.board import Board
from subjects.management.processes import Program

ROOT = Path(__file__).resolve().parents[2]
FOREVER = "import signal; print('up', flush=True); signal.pause()"
POLITE = "import signal, sys; signal.signal(15, lambda *_: sys.exit(print('bye')));" + FOREVER
STUBBORN = "import signal; signal.signal(15, lambda *_: None);" + FOREVER + "; signal.pause()" * 5
PARENT = (
    "import subprocess, sys, signal; "
    "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()']); "
    "print(child.pid, flush=True); signal.pause()"
)
STARTS_ONE = (
    "import subprocess, signal; from subjects.management import processes; import sys; "
    "from pathlib import Path; "
    "code = 'import signal; print(1, flush=True); signal.pause()'; "
    "one = processes.Program('x', [sys.executable, '-c', code], cwd=Path.cwd()); "
    "part = processes.start(one, output=subprocess.PIPE); "
    "part.stdout.readline(); "  # by now it is the command, and no longer the leash
    "print(part.pid, flush=True); signal.pause()"
)


def python(code):
    return [sys.executable, "-c", code]


def program(name, code, patience=5.0):
    return Program(name, python(code), cwd=ROOT, patience=patience)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - a test's own look
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone_within(pid, seconds):
    last = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < last:
        processes.wait()
    return not alive(pid)


@pytest.fixture
def screen():
    return io.StringIO()


@pytest.fixture
def board(screen):
    with Board(screen) as one:
        yield one


@pytest.fixture
def start(board):
    def one(name, code, patience=5.0):
        part = board.start(program(name, code, patience))
        assert board.until(lambda: f"{name:<8} |" in board.screen.getvalue(), seconds=10)
        return part

    return one


def test_each_line_carries_the_name_of_its_program(board, start, screen):
    start("web", "print('one\\ntwo', end='', flush=True); import signal; signal.pause()")
    board.__exit__(None, None, None)
    assert screen.getvalue() == "web      | one\nweb      | two\n"


def test_bytes_that_are_no_text_do_no_harm(board, start, screen):
    start("web", r"import os; os.write(1, b'\xff\xfe\n'); import signal; signal.pause()")
    assert "web      | ��\n" in screen.getvalue()


def test_a_flood_of_output_blocks_nothing(board, screen):
    board.run(program("flood", "print('x' * 99 + '\\n', end='') or print('y' * 10**6)"))
    assert len(screen.getvalue()) > 10**6


def test_programs_stop_youngest_first(start, board, screen):
    parts = [start(name, POLITE) for name in ("valkey", "worker", "web")]
    board.__exit__(None, None, None)
    said = [line.split()[0] for line in screen.getvalue().splitlines() if line.endswith("bye")]
    assert said == ["web", "worker", "valkey"]
    assert [part.process.returncode for part in parts] == [0, 0, 0]


def test_a_program_that_dies_is_named_with_its_exit_code(start, board):
    start("valkey", FOREVER)
    board.start(program("worker", "raise SystemExit(3)"))
    with pytest.raises(ServerNeeded, match=r"worker stopped by itself \(exit code 3\)"):
        board.until(lambda: False, seconds=10)


def test_a_program_ended_by_a_signal_is_named_with_the_signal(start, board):
    part = start("web", FOREVER)
    os.kill(part.process.pid, signal.SIGKILL)
    with pytest.raises(ServerNeeded, match="signal SIGKILL"):
        board.until(lambda: False, seconds=10)


def test_a_task_that_fails_says_so_and_one_that_works_leaves_nothing(board):
    board.run(program("migrate", "pass"))
    assert board.parts == []
    with pytest.raises(ServerNeeded, match="migrate ended with exit code 7"):
        board.run(program("migrate", "raise SystemExit(7)"))


def test_a_program_that_does_not_listen_is_killed(start, board):
    part = start("web", STUBBORN, patience=0.3)
    board.__exit__(None, None, None)
    assert part.process.returncode == -signal.SIGKILL


def test_asked_twice_it_waits_for_nobody(start, board):
    part = start("web", STUBBORN, patience=60)
    began = time.monotonic()
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        board.pump()
    board.__exit__(None, None, None)
    assert part.process.returncode == -signal.SIGKILL
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_way_to_ask_stops_it(start, board, number):
    start("web", FOREVER)
    os.kill(os.getpid(), number)
    with pytest.raises(KeyboardInterrupt):
        board.until(lambda: False, seconds=10)


def test_the_signals_are_given_back():
    before = signal.getsignal(signal.SIGTERM)
    with Board(io.StringIO()):
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_a_program_started_ends_with_it(start, board, screen):
    part = start("web", PARENT)
    grandchild = int(screen.getvalue().split("|")[1])
    assert alive(grandchild)
    os.kill(part.process.pid, signal.SIGKILL)
    with pytest.raises(ServerNeeded):
        board.until(lambda: False, seconds=10)
    assert gone_within(grandchild, 5)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a program with its parent")
def test_nothing_survives_a_parent_that_is_killed():
    parent = subprocess.Popen(  # noqa: S603 - our own words
        python(STARTS_ONE), stdout=subprocess.PIPE, cwd=ROOT
    )
    with parent:
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
    assert gone_within(child, 5)


def test_a_terminal_shows_colours_and_a_file_none(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    Board(terminal := Terminal()).say("hello", name="web")
    assert terminal.getvalue() == "\033[36mweb      |\033[0m hello\n"
    monkeypatch.setenv("NO_COLOR", "1")
    Board(plain := Terminal()).say("hello", name="web")
    assert plain.getvalue() == "web      | hello\n"


def test_a_terminal_that_is_gone_does_not_keep_programs_from_stopping():
    class Gone(io.StringIO):
        def write(self, _):
            raise OSError

    with Board(Gone()) as board:
        part = board.start(program("web", FOREVER))
        board.until(lambda: False, seconds=0.3)
    assert part.process.returncode == -signal.SIGTERM
