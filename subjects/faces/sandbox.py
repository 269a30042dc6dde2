r"""Where hostile pixels are decoded: a child process for each picture, forked from a clean parent.

    this process --control socket--> zygote --fork--> child (one picture, then gone)
         \______________ a socket of its own for each picture ______________/

The zygote (`subjects.faces.child`) loads dlib and Pillow once, sees no picture, and holds no
secret: it is started with an environment of its own. A child sees one picture and nothing of the
one before or after.

What holds a child: address space, processor time, no file written, no new file descriptor (so no
file opened and no socket made), no core dump, no new process (not for root), no new privileges; no
network and no rights over this process's memory where the kernel allows new namespaces. The zygote
kills a child that takes too long by the clock. What does not hold it: there is no system call
filter, so code that takes over a child can still signal processes of the same system user and use
the processor until its time is up. Run workers as a user of their own.
"""

import atexit
import os
import socket
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from subjects.errors import BadPicture, EncoderUnavailable, PictureTooHard
from subjects.faces import frames

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60.0
CLOCK_FACTOR = 3
"""A child may take this many times its processor seconds by the clock: a busy host is no attack."""
GRACE_SECONDS = 10.0
KEPT_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH", "TZ")
SAID = {error.code: error for error in BadPicture.__subclasses__()}


@dataclass(frozen=True)
class Limits:
    """What one child may use: MB of memory beyond the libraries, seconds of processor time."""

    memory_mb: int
    seconds: int

    @property
    def clock_seconds(self) -> int:
        """How long a child may live by the clock."""
        return self.seconds * CLOCK_FACTOR


class ZygoteDied(Exception):
    """The process that forks the children is gone; another can be started."""


class Zygote:
    """The running process that forks a child for each picture."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = self._start(theirs.fileno())
        self._control.settimeout(START_SECONDS)
        try:
            ready, _ = frames.receive(self._control)
        except EOFError as error:
            self.close()
            what = "the encoder process did not start"
            raise EncoderUnavailable(what) from error
        if "unavailable" in ready:
            self.close()
            raise EncoderUnavailable(str(ready["unavailable"]))
        self._control.settimeout(GRACE_SECONDS)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, order: dict[str, Any], picture: bytes) -> tuple[dict[str, Any], bytes]:
        """Have one order carried out by a fresh child.

        Raises ZygoteDied, or PictureTooHard when the child was killed or broke off.
        """
        ours, theirs = socket.socketpair()
        with ours, theirs:
            ours.settimeout(self.limits.clock_seconds + GRACE_SECONDS)
            self._hand_over(theirs)
            theirs.close()
            try:
                frames.send(ours, order, picture)
                return frames.receive(ours)
            except EOFError as error:
                self._check_alive()
                raise PictureTooHard from error

    def close(self) -> None:
        """Let it end: it goes, with its children, when the control socket closes."""
        self._control.close()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """Let go after a fork: it belongs to the parent, which must be able to end it."""
        self._control.close()
        self._process.returncode = 0  # not our child: nothing to wait for

    def _start(self, control: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "subjects.faces.child"]
        command += map(str, (control, self.limits.memory_mb, self.limits.seconds))
        command.append(str(self.limits.clock_seconds))
        return subprocess.Popen(  # noqa: S603 - no shell, nothing from outside
            command,
            env=_environment(),
            cwd=ROOT,
            pass_fds=(control,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C ends the worker, which ends this after its picture
        )

    def _hand_over(self, theirs: socket.socket) -> None:
        try:
            with self._lock:
                socket.send_fds(self._control, [b"p"], [theirs.fileno()])
        except OSError as error:
            raise ZygoteDied from error

    def _check_alive(self) -> None:
        try:
            with self._lock:
                self._control.sendall(b"?")
                answer = self._control.recv(1)
        except OSError as error:
            raise ZygoteDied from error
        if answer != b"!":
            raise ZygoteDied


@dataclass
class _Mine:
    """The zygote of this very process: never shared with the process it was forked from."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    slots: threading.BoundedSemaphore = field(
        # More decoders than processors only add memory.
        default_factory=lambda: threading.BoundedSemaphore(os.cpu_count() or 1)
    )
    zygote: Zygote | None = None

    def current(self, instead_of: Zygote | None = None) -> Zygote:
        """Give the zygote for the limits of today, started when there is none."""
        limits = Limits(
            memory_mb=int(getattr(settings, "ENCODER_MEMORY_MB", 3072)),
            seconds=int(getattr(settings, "ENCODER_SECONDS", 30)),
        )
        with self.lock:
            known = self.zygote
            if known and (known is instead_of or known.limits != limits):
                self.zygote = None
                known.close()
            if self.zygote is None:
                self.zygote = Zygote(limits)
            return self.zygote


_mine = _Mine()


def current() -> Zygote:
    """Give this process's zygote, started when there is none. Raises EncoderUnavailable."""
    return _mine.current()


def ask(order: str, picture: bytes = b"", **options: object) -> tuple[dict[str, Any], bytes]:
    """Have a child carry out an order on a picture; give back its answer and bytes.

    Raises the BadPicture that the child names, PictureTooHard when it did not survive, and
    EncoderUnavailable when no child can be made.
    """
    mine = _mine
    with mine.slots:
        zygote = mine.current()
        try:
            answer, data = zygote.ask({"order": order, **options}, picture)
        except ZygoteDied:
            answer, data = _once_more(mine, zygote, {"order": order, **options}, picture)
    if "refused" in answer:
        raise SAID.get(str(answer["refused"]), PictureTooHard)
    return answer, data


def _once_more(
    mine: _Mine, dead: Zygote, order: dict[str, Any], picture: bytes
) -> tuple[dict[str, Any], bytes]:
    try:
        return mine.current(instead_of=dead).ask(order, picture)
    except ZygoteDied as error:
        what = "the encoder process dies again and again"
        raise EncoderUnavailable(what) from error


def _environment() -> dict[str, str]:
    """Say what the zygote may know of the outside: no secret, and one thread (it forks)."""
    kept = {name: os.environ[name] for name in KEPT_ENVIRONMENT if name in os.environ}
    threads = {"DLIB_NUM_THREADS": "0", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    return {"LANG": "C.UTF-8", "PYTHONPATH": str(ROOT), **kept, **threads}


def _after_fork() -> None:
    global _mine  # noqa: PLW0603 - one a process, by nature
    if _mine.zygote:
        _mine.zygote.forget()
    _mine = _Mine()


def _at_exit() -> None:
    if _mine.zygote:
        _mine.zygote.close()


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
