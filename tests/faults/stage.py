"""A stage: a database, a broker, stores and the portal's real processes, to let things go wrong."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from subjects.faults import POINTS
from subjects.management import processes, programs
from subjects.management.valkey import EmbeddedValkey
from tests.faults.mail_server import MailServer

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 10
"""Longer than any step takes between two renewals on a busy machine, else healthy workers lose."""
SWEEP_SECONDS = 1
PATIENCE = 90.0
"""Seconds in which whatever was disturbed must have come to its end."""
POINT_FILES = {point.replace(":", "-") for point in POINTS}


class Database(Protocol):
    """A kind of database that stages can stand on."""

    vendor: str

    def new(self, var: Path, *, filled: bool) -> str:
        """Make an empty or a filled database and return its DATABASE_URL."""


class Refused(Exception):
    """The driver could not take a step."""


class Driver:
    """Takes steps on the stage as people and staff; see `tests.faults.driver`."""

    def __init__(self, stage: "Stage") -> None:
        self._log = stage.log("driver").open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.driver"],
            cwd=ROOT,
            env=stage.environment | {"PORTAL_FAULT_POINTS": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        self._ready = False

    def __call__(self, verb: str, **arguments: object) -> Any:
        assert self._process.stdin
        if not self._ready:
            self._answer()
            self._ready = True
        self._process.stdin.write(json.dumps([verb, arguments]) + "\n")
        self._process.stdin.flush()
        answer = self._answer()
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["value"]

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            message = "the driver ended"
            raise Refused(message)
        return json.loads(line)

    def close(self) -> None:
        processes.finish(self._process)
        self._log.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()


class Stage:
    """Everything a case needs, in a folder of its own; `close` kills whatever still runs."""

    def __init__(self, folder: Path, database: Database, *, filled: bool = True, **extra: str):
        self.folder, self.database = folder, database
        self.var, self.orders, self.points = folder / "var", folder / "orders", folder / "points"
        for path in (self.orders, self.points):
            path.mkdir(parents=True)
        for name in POINT_FILES:
            (self.points / name).touch()  # as if it had fired: armed are those whose file is gone
        url = database.new(self.var, filled=filled)
        self.broker = EmbeddedValkey(self.var / "valkey")
        self.mail = MailServer()
        self.environment = _clean_environment() | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "PORTAL_VAR_DIR": str(self.var),
            "DATABASE_URL": url,
            "REDIS_URL": self.broker.url,
            "PORTAL_EMAIL_URL": self.mail.url,
            "PORTAL_LEASE_SECONDS": str(LEASE_SECONDS),
            "PORTAL_SWEEP_SECONDS": str(SWEEP_SECONDS),
            "PORTAL_SEQUENCE_SECONDS": "0.5",
            "PORTAL_FAULT_POINTS": f"{self.points}:{','.join(sorted(POINTS))}",
            "FAULTS_ORDERS": str(self.orders),
            **extra,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.broker.start()
        self.driver = Driver(self)

    # --- Its processes ------------------------------------------------------------------------

    def start(self, program: processes.Program, name: str = "") -> subprocess.Popen[bytes]:
        """Start one of the portal's programs; what it says goes to its log."""
        name = name or program.name
        with self.log(name).open("ab") as output:
            bound = replace(program, env=self.environment, cwd=ROOT)
            self.processes[name] = processes.start(bound, output=output.fileno())
        return self.processes[name]

    def work(self, *names: str) -> None:
        """Start workers, sweepers and sequencers: their names begin so."""
        parts = {"work": programs.worker, "swee": programs.sweeper, "sequ": programs.sequencer}
        for name in names:
            self.start(parts[name[:4]](0), name)

    def serve(self) -> int:
        """Start the web part and wait until it takes connections; return its port."""
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        self.start(programs.web(port))
        wait_until(lambda: _answers(port), "the web part answers")
        return port

    def revive(self) -> None:
        """Start again what has ended by itself, as every host does.

        A worker of Celery ends when its broker dies in the moment in which it connects
        (github.com/celery/kombu/issues/582).
        """
        for name in [name for name, one in self.processes.items() if processes.has_ended(one)]:
            processes.finish(self.processes.pop(name))
            self.work(name)

    def kill(self, name: str) -> None:
        """Kill a process and its children as a crash of the machine would."""
        processes.finish(self.processes.pop(name))

    def manage(self, *words: str) -> str:
        """Run a management command to its end and return what it said."""
        done = subprocess.run(  # noqa: S603 - words of this suite
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def close(self) -> None:
        """Kill everything that was started here."""
        for name in list(self.processes):
            self.kill(name)
        self.driver.close()
        self.broker.kill()
        self.mail.down()

    # --- What goes wrong ----------------------------------------------------------------------

    def arm(self, *points: str) -> None:
        """Let the next process that reaches each point kill itself there, once."""
        for point in points:
            assert point in POINTS
            (self.points / point.replace(":", "-")).unlink()

    def unfired(self) -> set[str]:
        """Return the armed points that nobody has reached."""
        return {name for name in POINT_FILES if not (self.points / name).exists()}

    @contextmanager
    def ordered(self, *orders: str) -> Iterator[None]:
        """Give the stores an order for a while; see `tests.faults.stores`."""
        for order in orders:
            (self.orders / order).touch()
        yield
        for order in orders:
            (self.orders / order).unlink(missing_ok=True)

    def stopped(self) -> list[int]:
        """Return the processes that stand still since the last call."""
        found = list(self.orders.glob("stopped-*"))
        for path in found:
            path.unlink()
        return [int(path.name.partition("-")[2]) for path in found]

    # --- What it says -------------------------------------------------------------------------

    def log(self, name: str) -> Path:
        """Return where a process writes what it has to say."""
        folder = self.folder / "logs"
        folder.mkdir(exist_ok=True)
        return folder / f"{name}.log"

    def wait(self, check: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Wait until `check` holds; else fail with the newest lines of the logs."""

        def supervised() -> object:
            self.revive()
            return check()

        try:
            wait_until(supervised, what, seconds)
        except AssertionError as error:
            for log in sorted((self.folder / "logs").iterdir()):
                lines = log.read_text(errors="replace").splitlines()[-12:]
                error.add_note("\n".join([f"--- {log.name}", *(line[:300] for line in lines)]))
            raise


def wait_until(check: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Look again and again until `check` holds; AssertionError when the time is over."""
    last = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < last, f"not within {seconds:.0f} seconds: {what}"
        time.sleep(0.1)


def _clean_environment() -> dict[str, str]:
    ours = ("PORTAL_", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "FAULTS_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"PYTHONUNBUFFERED": "1"}


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
