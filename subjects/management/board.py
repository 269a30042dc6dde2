"""Keeps several programs running side by side: one screen, one order of stopping, no orphan."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import Final, Self, TextIO

from subjects.errors import ServerNeeded
from subjects.management import processes
from subjects.management.processes import Program

LOOK: Final = 0.1
"""Seconds between two looks at the programs."""
LONGEST_LINE: Final = 65536
"""Bytes kept while the end of a line has not come."""
COLOURS: Final = {"up": 1, "valkey": 33, "web": 36, "worker": 32, "sweeper": 35, "sequencer": 34}


@dataclass
class Part:
    """One program on the board; `patience` is the seconds it gets to stop by itself."""

    name: str
    process: subprocess.Popen[bytes]
    patience: float
    unfinished: bytes = b""
    """The beginning of a line whose end has not come yet."""


@dataclass
class Board:
    """The programs that run together.

    SIGINT, SIGTERM and SIGHUP ask for the stop: the next `pump` raises KeyboardInterrupt, and the
    exit of the `with` block stops all programs, the youngest first. Asked a second time, it kills.
    One thread does it all: the kernel ties each leash to the thread that started the program.
    """

    screen: TextIO = field(default_factory=lambda: sys.stdout)
    parts: list[Part] = field(default_factory=list)
    asked: int = 0
    stopping: bool = False

    def __post_init__(self) -> None:
        """Look at the screen once."""
        self._colourful = self.screen.isatty() and not os.environ.get("NO_COLOR")
        self._selector = selectors.DefaultSelector()
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        """Take the signals that ask for the stop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue  # started with nohup
            self._undo.callback(signal.signal, number, signal.signal(number, self._ask))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop every program, the youngest first, and give the signals back."""
        self.stopping = True
        try:
            while self.parts:
                self._end(self.parts[-1])
        finally:
            self._selector.close()
            self._undo.close()

    def start(self, program: Program) -> Part:
        """Start a program that is to run until the stop."""
        process = processes.start(program, output=subprocess.PIPE)
        return self.adopt(program.name, process, patience=program.patience)

    def adopt(self, name: str, process: subprocess.Popen[bytes], *, patience: float) -> Part:
        """Take over a program that was started with its output in a pipe."""
        part = Part(name, process, patience)
        self.parts.append(part)
        if process.stdout:
            os.set_blocking(process.stdout.fileno(), False)
            self._selector.register(process.stdout, selectors.EVENT_READ, part)
        return part

    def run(self, program: Program) -> None:
        """Run a program to its end; raises `ServerNeeded` where that is not a good one."""
        part = self.start(program)
        while not processes.has_ended(part.process):
            self.pump(spare=part)
        code = self._end(part)
        if code:
            message = f"{program.name} ended with exit code {code}; its last lines say why."
            raise ServerNeeded(message)

    def until(self, ready: Callable[[], bool], *, seconds: float) -> bool:
        """Wait until `ready` says yes; no when that did not happen in time."""
        last = time.monotonic() + seconds
        while time.monotonic() < last:
            if ready():
                return True
            self.pump()
        return False

    def say(self, text: str, *, name: str = "up") -> None:
        """Write lines under a name."""
        head = f"{name:<8} |"
        if self._colourful:
            head = f"\033[{COLOURS.get(name, 34)}m{head}\033[0m"
        with suppress(OSError):  # the terminal may be gone; the programs must still be stopped
            for line in text.splitlines() or [""]:
                print(head, line, file=self.screen, flush=True)

    def pump(self, *, spare: Part | None = None) -> None:
        """Show what the programs print, for a moment.

        Raises KeyboardInterrupt once the stop was asked for, and `ServerNeeded` when a program
        other than `spare` has ended, unless the board is stopping anyway.
        """
        for key, _ in self._selector.select(LOOK):
            self._read(key.data)
        if self.stopping:
            return
        if self.asked:
            raise KeyboardInterrupt
        for part in self.parts:
            if part is not spare and processes.has_ended(part.process):
                code = self._end(part)
                message = f"{part.name} stopped by itself ({_spoken(code)}). Everything is stopped."
                raise ServerNeeded(message)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked += 1

    def _end(self, part: Part) -> int:
        def patient() -> bool:
            for key, _ in self._selector.select(LOOK / 2):
                self._read(key.data)
            return self.asked < 2  # noqa: PLR2004 - asked twice: at once

        code = processes.stop(part.process, patience=part.patience, meanwhile=patient)
        while self._read(part):
            pass
        if part.unfinished:
            self.say(part.unfinished.decode(errors="replace"), name=part.name)
        if part.process.stdout:
            part.process.stdout.close()
        self.parts.remove(part)
        return code

    def _read(self, part: Part) -> bool:
        """Show the finished lines; no when there is nothing to read."""
        pipe = part.process.stdout
        try:
            data = os.read(pipe.fileno(), 65536) if pipe and not pipe.closed else b""
        except BlockingIOError:
            return False
        if not data:
            if pipe and pipe.fileno() in self._selector.get_map():
                self._selector.unregister(pipe)
            return False
        *lines, part.unfinished = (part.unfinished + data).split(b"\n")
        for line in lines:
            self.say(line.decode(errors="replace").rstrip("\r"), name=part.name)
        if len(part.unfinished) > LONGEST_LINE:
            self.say(part.unfinished.decode(errors="replace"), name=part.name)
            part.unfinished = b""
        return True


def _spoken(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return f"exit code {code}, signal {signal.Signals(-code).name}"
