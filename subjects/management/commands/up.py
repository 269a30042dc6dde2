"""Runs the whole portal with one command: broker, database, web, and all that works behind."""

import fcntl
import json
import os
from argparse import ArgumentParser, BooleanOptionalAction
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from subjects.errors import PortalError, ServerNeeded
from subjects.management import processes, programs, servers
from subjects.management.board import Board
from subjects.management.valkey import EmbeddedValkey

WEB_SECONDS: Final = 60.0
"""How long the web part may take to answer for the first time."""


class Command(BaseCommand):
    """`manage.py up`: everything on this machine, until Ctrl-C."""

    help = "Run the portal: broker, migrations, demonstration data, and every process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add `--port` and `--demo`."""
        parser.add_argument(
            "--port",
            type=int,
            default=os.environ.get("PORT") or 8000,
            help="where the web part listens on 127.0.0.1 (default: PORT, else 8000)",
        )
        parser.add_argument(
            "--demo",
            action=BooleanOptionalAction,
            default=not settings.PRODUCTION,
            help="build the demonstration stores first (default: yes, in production refused)",
        )

    def handle(self, *, port: int, demo: bool, **_options: object) -> None:
        """Start everything, wait for the stop, stop everything."""
        if demo and settings.PRODUCTION:
            message = "Demonstration data has no place in a production installation."
            raise CommandError(message)
        try:
            servers.check_port(port)
            with _only_one(settings.VAR_DIR), Board() as board:
                run(board, port=port, demo=demo)
        except KeyboardInterrupt:
            return
        except PortalError as error:
            raise CommandError(str(error)) from error


def run(board: Board, *, port: int, demo: bool) -> None:
    """Start the parts in their order and keep them running until the stop is asked for."""
    servers.check_database()
    _start_broker(board)
    connection.close()
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # or every start warns about it
    board.run(programs.manage("migrate", "migrate", "--noinput"))
    board.run(programs.manage("stores", "prepare_stores"))
    if demo:
        board.run(programs.manage("demo", "build_demonstration"))
    for program in (programs.worker, programs.sweeper, programs.sequencer, programs.web):
        board.start(program(port))
    _tell(board, port, programs.environment(port)["PORTAL_PUBLIC_URL"])
    while True:
        board.pump()


def _start_broker(board: Board) -> None:
    valkey = EmbeddedValkey(settings.VAR_DIR / "valkey")
    if valkey.url == settings.REDIS_URL:
        valkey.start(
            adopt=lambda process: board.adopt("valkey", process, patience=processes.PATIENCE)
        )
        board.say(f"Valkey answers in {valkey.directory}")
    else:
        servers.check_broker()


def _tell(board: Board, port: int, url: str) -> None:
    if not board.until(lambda: servers.answer_of_web(port) is not None, seconds=WEB_SECONDS):
        message = f"The web part did not answer on port {port} within {WEB_SECONDS:.0f} seconds."
        raise ServerNeeded(message)
    board.say(f"The portal answers on {url}")
    board.say(f"  the desk: {url}/desk/")
    for name, password in _staff():
        board.say(f"    sign in as {name} with {password}")
    if not settings.EMAIL_URL:
        board.say(f"  mails: {url}/dev/mail/")
    board.say("Stop it with Ctrl-C.")


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Keep a second `up` away from the same folder; the lock ends with this process."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(handle, 0)
        os.write(handle, str(os.getpid()).encode())
        yield
    except BlockingIOError:
        other = os.read(handle, 20).decode() or "another one"
        message = (
            f"The portal already runs from {folder} (process {other}). Stop that one first, "
            "or give this one its own folder with PORTAL_VAR_DIR."
        )
        raise ServerNeeded(message) from None
    finally:
        os.close(handle)


def _staff() -> list[tuple[str, str]]:
    """Return the names and passwords that the demonstration made for its staff."""
    path = settings.VAR_DIR / "demo-staff.json"
    if settings.PRODUCTION or not path.exists():
        return []
    return [(str(name), str(password)) for name, password in json.loads(path.read_text())]
