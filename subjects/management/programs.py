"""The programs the portal consists of; the Procfile starts the same ones on other hosts."""

import os
import signal
import sys
from typing import Final

from django.conf import settings

from subjects.management.processes import Program

PROJECT: Final = "rights_portal"


def manage(name: str, *words: str) -> Program:
    """Return a management command that is run to its end."""
    return Program(name, [*_manage(), *words], cwd=settings.BASE_DIR)


def web(port: int) -> Program:
    """Gunicorn with threads, because a page mostly waits for the database."""
    command = [
        *(sys.executable, "-m", "gunicorn", f"{PROJECT}.wsgi", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
        *("--graceful-timeout", "10", "--no-control-socket"),
    ]
    return Program("web", command, cwd=settings.BASE_DIR, env=environment(port), patience=15)


def worker(port: int) -> Program:
    """Celery, without gossip, mingle and heartbeat: nothing here listens to other workers.

    SIGTERM lets it finish its tasks. At the death of `up` it gets SIGQUIT instead: it ends
    within CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT, whatever its tasks do.
    """
    command = [
        *(sys.executable, "-m", "celery", "--quiet", "--app", PROJECT, "worker"),
        *("--pool", "prefork", "--concurrency", "2", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    return Program(
        "worker",
        command,
        cwd=settings.BASE_DIR,
        env=environment(port),
        patience=20,
        leash=signal.SIGQUIT,
    )


def sweeper(port: int) -> Program:
    """Send again, in a process of its own, whatever has stood too long."""
    command = [*_manage(), "sweep", "--forever"]
    return Program("sweeper", command, cwd=settings.BASE_DIR, env=environment(port), patience=15)


def sequencer(port: int) -> Program:
    """Give entries their numbers and publish the log, in a process of its own."""
    command = [*_manage(), "sequence", "--forever"]
    return Program("sequencer", command, cwd=settings.BASE_DIR, env=environment(port), patience=15)


def environment(port: int) -> dict[str, str]:
    """Return what the programs find in their environment."""
    return {
        "PYTHONUNBUFFERED": "1",
        # Links in mails must lead to this port, unless the operator named the public address.
        "PORTAL_PUBLIC_URL": f"http://127.0.0.1:{port}",
        **os.environ,
        "PORT": str(port),
    }


def _manage() -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py")]
