"""The programs the portal consists of; the Procfile starts the same ones on other hosts."""

import os
import sys
from dataclasses import dataclass
from typing import Final

from django.conf import settings

PROJECT: Final = "rights_portal"


@dataclass(frozen=True)
class Program:
    """How one part is started; `patience` is the seconds it gets to stop."""

    name: str
    command: tuple[str, ...]
    patience: float


def manage(*words: str) -> list[str]:
    """Return the command line of a management command."""
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]


def web(port: int) -> Program:
    """Gunicorn: threads, because a page mostly waits for the database."""
    command = (
        *(sys.executable, "-m", "gunicorn", f"{PROJECT}.wsgi", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
        *("--graceful-timeout", "10", "--no-control-socket"),
    )
    return Program("web", command, patience=15)


def worker() -> Program:
    """Celery. Without gossip, mingle and heartbeat: nothing here listens to other workers."""
    command = (
        *(sys.executable, "-m", "celery", "--app", PROJECT, "worker"),
        *("--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )
    return Program("worker", command, patience=30)


def sweeper() -> Program:
    """Send again, in a process of its own, whatever has stood too long."""
    return Program("sweeper", tuple(manage("sweep", "--forever")), patience=15)


def environment(port: int) -> dict[str, str]:
    """Return what the programs find in their environment."""
    return {
        # SIGTERM lets the worker finish what it can within CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT.
        "REMAP_SIGTERM": "SIGQUIT",
        "PYTHONUNBUFFERED": "1",
        # Links in mails must lead to this port, unless the operator named the public address.
        "PORTAL_PUBLIC_URL": f"http://127.0.0.1:{port}",
        **os.environ,
        "PORT": str(port),
    }
