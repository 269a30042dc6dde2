"""Starts and ends other programs so that none is left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LEASH: Final = Path(__file__).with_name("leash.py")
PATIENCE: Final = 10.0
"""Seconds that a program gets to start, and again to stop."""
BETWEEN_LOOKS: Final = 0.02
"""Seconds between two looks at a process that is expected to end."""


@dataclass(frozen=True)
class Program:
    """What is started and how it ends."""

    name: str
    command: Sequence[str | Path]
    cwd: Path
    env: Mapping[str, str] | None = None
    """Its whole environment; None is that of this process."""
    patience: float = PATIENCE
    """Seconds it gets to stop by itself."""
    leash: signal.Signals = signal.SIGTERM
    """What it is sent when this process dies without having stopped it."""


def start(
    program: Program, *, output: int = subprocess.DEVNULL, keep_open: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a program in a session and process group of its own.

    Ctrl-C in the terminal does not reach it: whoever started it decides when it stops. On Linux
    it gets the signal `leash` when this process dies, however that happens. Call from the main
    thread: the kernel ties the leash to the thread that started it. `keep_open` are file
    descriptors that it inherits.
    """
    bound = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(int(program.leash))]
    return subprocess.Popen(  # noqa: S603 - fixed words, no shell
        [*bound, *program.command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        cwd=program.cwd,
        env=program.env,
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
