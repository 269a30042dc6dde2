"""A real worker, sweeper and sequencer beside a test, over its own database, vault and stores."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from subjects.management import processes, programs
from subjects.management.valkey import EmbeddedValkey
from subjects.stores import stores
from tests.faces.processes import children

ROOT = Path(__file__).resolve().parents[1]
PATIENCE = 120.0
OURS = ("PORTAL_", "DATABASE_URL", "REDIS_URL", "SECRET_KEY")


@dataclass
class Running:
    """The worker's process id, and the folder with what all said."""

    worker: int
    logs: Path

    def pool(self) -> list[int]:
        """Return the processes that carry out tasks, and each one's encoder."""
        hands = children(self.worker)
        return [*hands, *(zygote for hand in hands for zygote in children(hand))]

    def said(self) -> str:
        """Return everything that they wrote."""
        return "".join(path.read_text("utf-8", "replace") for path in self.logs.iterdir())


def prepare(configured: Any, folder: Path) -> None:
    """Let this test's settings name the places that the processes will use; make empty stores."""
    stores.reset()
    configured.VAR_DIR = folder
    configured.STORES_DIR = folder / "stores"
    configured.FACE_TEMPLATE_STORES = {
        alias: {**store, "OPTIONS": {**store["OPTIONS"], "directory": folder / "stores" / name}}
        for (alias, store), name in zip(
            configured.FACE_TEMPLATE_STORES.items(), ("live", "archive"), strict=True
        )
    }
    for alias in stores:
        stores[alias].enrol([])


@contextmanager
def running(folder: Path, broker: EmbeddedValkey) -> Iterator[Running]:
    """Start them, and end them with the test."""
    logs = folder / "logs"
    logs.mkdir()
    recycled_never = ("--max-tasks-per-child", "10000")
    worker = programs.worker(0)
    parts = {
        "worker": replace(worker, command=[*worker.command, *recycled_never]),
        "sweeper": programs.sweeper(0),
        "sequencer": programs.sequencer(0),
    }
    started = []
    try:
        for name, part in parts.items():
            with (logs / name).open("ab") as output:
                bound = replace(part, env=_environment(broker), cwd=ROOT)
                started.append(processes.start(bound, output=output.fileno()))
        yield Running(started[0].pid, logs)
    finally:
        for process in reversed(started):
            processes.finish(process)


def wait_until(check: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Look again and again until `check` holds; fail when the time is over."""
    last = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < last, f"not within {seconds:.0f} seconds: {what}"
        time.sleep(0.1)


def _environment(broker: EmbeddedValkey) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return kept | {
        "PYTHONUNBUFFERED": "1",
        "PORTAL_VAR_DIR": str(settings.VAR_DIR),
        "PORTAL_STORES_DIR": str(settings.STORES_DIR),
        "PORTAL_SWEEP_SECONDS": "1",
        "PORTAL_SEQUENCE_SECONDS": "0.5",
        "PORTAL_VAULT_KEYS": settings.VAULT_KEYS,
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": _database_url(),
        "REDIS_URL": broker.url,
    }


def _database_url() -> str:
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    host = facts["HOST"] or facts.get("OPTIONS", {}).get("host", "")
    return f"postgres://{facts['USER']}@/{facts['NAME']}?host={host}"
