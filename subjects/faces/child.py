"""The zygote: loads the face library once, then forks a child for each picture and never reads one.

Started by `subjects.faces.sandbox` as `python -m subjects.faces.child CONTROL MEMORY_MB SECONDS
CLOCK_SECONDS`. Imports nothing of Django: settings hold secrets.
"""

import os
import select
import signal
import socket
import sys
import time
from typing import NoReturn

from subjects.faces import frames
from subjects.faces.inside import limits

REAP_SECONDS = 0.05
FORWARD, PING, PONG = b"p", b"?", b"!"


class Children:
    """The children that live, and by when each must be done."""

    def __init__(self, clock_seconds: float) -> None:
        self._clock_seconds = clock_seconds
        self._deadlines: dict[int, float] = {}

    def __bool__(self) -> bool:
        return bool(self._deadlines)

    def add(self, pid: int) -> None:
        """Start the clock of a new child."""
        self._deadlines[pid] = time.monotonic() + self._clock_seconds

    def reap(self) -> None:
        """Bury the dead and kill the late."""
        now = time.monotonic()
        for pid, deadline in list(self._deadlines.items()):
            if now > deadline:
                os.kill(pid, signal.SIGKILL)
            if os.waitpid(pid, os.WNOHANG)[0]:
                del self._deadlines[pid]

    def kill(self) -> None:
        """End them all."""
        for pid in self._deadlines:
            os.kill(pid, signal.SIGKILL)


def serve(control: socket.socket, *, memory_mb: int, seconds: int, clock_seconds: int) -> None:
    """Fork a child for each socket that arrives, until the control socket closes."""
    children = Children(clock_seconds)
    while True:
        ready, _, _ = select.select([control], [], [], REAP_SECONDS if children else None)
        children.reap()
        if not ready:
            continue
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if message == PING:
            control.sendall(PONG)
        elif message == FORWARD and descriptors:
            children.add(_fork(control, descriptors[0], memory_mb, seconds))
        else:
            children.kill()
            return


def _fork(control: socket.socket, descriptor: int, memory_mb: int, seconds: int) -> int:
    zygote = os.getpid()
    pid = os.fork()
    if pid == 0:
        # Whoever takes over this child must not be able to speak to the zygote.
        control.close()
        _work(socket.socket(fileno=descriptor), zygote, memory_mb, seconds)
    os.close(descriptor)
    return pid


def _work(peer: socket.socket, zygote: int, memory_mb: int, seconds: int) -> NoReturn:
    """Carry out one order and leave, without any of Python's farewells."""
    from subjects.faces.inside import orders  # noqa: PLC0415 - loaded by the zygote already

    status = 1
    try:
        limits.die_with_parent(zygote)
        limits.confine(memory_mb=memory_mb, seconds=seconds)
        order, picture = frames.receive(peer)
        answer, data = orders.carry_out(order, picture)
        frames.send(peer, answer, data)
        status = 0
    finally:
        os._exit(status)


def _load() -> None:
    """Import everything a child will need: it cannot open a file any more."""
    from subjects.faces.inside import decode, library  # noqa: PLC0415 - only in a child

    library.load()
    decode.prepare()
    from subjects.faces.inside import orders  # noqa: F401, PLC0415 - needs the loaded library


def main(arguments: list[str]) -> None:
    """Load, say so, serve."""
    descriptor, memory_mb, seconds, clock_seconds = map(int, arguments)
    control = socket.socket(fileno=descriptor)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _load()
    except (ImportError, RuntimeError, OSError, SystemExit) as error:
        frames.send(control, {"unavailable": f"{type(error).__name__}: {error}"})
        return
    limits.leave_the_network()
    frames.send(control, {"ready": True})
    serve(control, memory_mb=memory_mb, seconds=seconds, clock_seconds=clock_seconds)


if __name__ == "__main__":
    main(sys.argv[1:])
