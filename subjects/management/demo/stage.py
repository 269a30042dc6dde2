"""A portal of its own for the story: fresh folder, fresh database, free port, gone afterwards."""

import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import urlopen

from django.conf import settings

from subjects.errors import ServerNeeded
from subjects.management import processes

START_SECONDS: Final = 180.0
STOP_SECONDS: Final = 60.0


@contextmanager
def stage(log: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Run `manage.py up` with everything fresh; yields its address and its environment.

    What it prints goes to `log`. On PostgreSQL a scratch database is made beside the one
    configured. Raises `ServerNeeded` where the portal does not come up.
    """
    with (
        tempfile.TemporaryDirectory(prefix="portal-") as folder,
        _database(Path(folder)) as database,
    ):
        port = _free_port()
        url = f"http://127.0.0.1:{port}"
        environment = {
            **os.environ,
            "DATABASE_URL": database,
            "PORTAL_MODE": "development",
            "PORTAL_VAR_DIR": folder,
            "PORTAL_STORES_DIR": f"{folder}/stores",
            "PORTAL_PUBLIC_URL": url,
            "PORTAL_HOLD_DAYS": "0",
            "PORTAL_SWEEP_SECONDS": "1",
            "PORTAL_SEQUENCE_SECONDS": "0.5",
            "PORTAL_LOG_DIR": f"{folder}/log",
            "PORTAL_LOG_KEYS_DIR": f"{folder}/keys/log",
            "PORTAL_TIMESTAMP_URLS": "",
            "PORTAL_WITNESS_POLICY_FILE": "",
            "PORTAL_EMAIL_URL": "",
            "PORT": str(port),
        }
        with log.open("wb") as output:
            words = [sys.executable, "manage.py", "up", "--port", str(port), "--demo"]
            program = processes.Program("up", words, cwd=settings.BASE_DIR, env=environment)
            up = processes.start(program, output=output.fileno())
            try:
                _wait(up, url, log)
                yield url, environment
            finally:
                processes.stop(up, patience=STOP_SECONDS)


def _wait(up: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if processes.has_ended(up):
            message = f"The portal ended too early. It said:\n{log.read_text()[-2000:]}"
            raise ServerNeeded(message)
        try:
            with urlopen(f"{url}/healthz", timeout=2):  # noqa: S310 - our own address
                return
        except (URLError, OSError):
            time.sleep(0.2)
    message = f"The portal did not answer within {START_SECONDS:.0f} s. See {log}."
    raise ServerNeeded(message)


@contextmanager
def _database(folder: Path) -> Iterator[str]:
    if not settings.DATABASE_URL.startswith("postgres"):
        yield f"sqlite:///{folder / 'portal.sqlite3'}"
        return
    import psycopg  # noqa: PLC0415 - only where PostgreSQL is used
    from psycopg import sql  # noqa: PLC0415 - as above

    name = f"portal_demo_{secrets.token_hex(4)}"
    try:
        with psycopg.connect(settings.DATABASE_URL, autocommit=True) as server:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    except psycopg.Error as error:
        message = f"The demo needs a role that may create a database ({type(error).__name__})."
        raise ServerNeeded(message) from None
    try:
        yield urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(settings.DATABASE_URL, autocommit=True) as server:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            server.execute(drop.format(sql.Identifier(name)))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
