"""Starts and ends other programs so that none is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

LEASH: Final = Path(__file__).with_name("leash.py")
PATIENCE: Final = 10.0
"""Seconds that a program gets to start, and again to stop."""
BETWEEN_LOOKS: Final = 0.02
"""Seconds between two looks at a process that is expected to end."""


def start(
    command: Sequence[str | Path],
    *,
    output: int = subprocess.DEVNULL,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    keep_open: Sequence[int] = (),
) -> subprocess.Popen[bytes]:
    """Start a program in a session and process group of its own.

    Ctrl-C in the terminal does not reach it: whoever started it decides when it stops. On Linux
    it gets SIGTERM when this process dies, however that happens. Call from the main thread: the
    kernel ties the leash to the thread that started it. `keep_open` are file descriptors that it
    inherits.
    """
    leash: list[str | Path] = [sys.executable, "-I", "-S", LEASH, str(os.getpid())]
    return subprocess.Popen(  # noqa: S603 - fixed words, no shell
        [*leash, *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=cwd,
        env=env,
        pass_fds=keep_open,
        start_new_session=True,
    )


def wait() -> bool:
    """Let a moment pass between two looks at a process."""
    time.sleep(BETWEEN_LOOKS)
    return True


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether the program has ended, without reaping it.

    Unreaped, its number cannot be given to a stranger before its group has been killed.
    """
    if process.returncode is not None:
        return True
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def send(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send a signal to the program alone; one that has ended is left in peace."""
    if not has_ended(process):
        os.kill(process.pid, number)


def finish(process: subprocess.Popen[bytes]) -> int:
    """Kill what is left of the program and its whole group, and return its exit code."""
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def stop(
    process: subprocess.Popen[bytes], *, patience: float, meanwhile: Callable[[], bool] = wait
) -> int:
    """Ask the program to stop, wait at most `patience` seconds, then kill its group.

    `meanwhile` is called again and again; when it answers no, patience is over. Returns the
    exit code, negative for the signal that ended it.
    """
    send(process, signal.SIGTERM)
    last = time.monotonic() + patience
    while not has_ended(process) and time.monotonic() < last and meanwhile():
        pass
    return finish(process)
