"""Numbers what waits for its place in the log, signs the log and publishes it."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, close_old_connections

from subjects.actions.keep_log import keep_log
from subjects.audit.sequencer import compare, sequence
from subjects.errors import PortalError
from subjects.management.heartbeat import heartbeat

MINUTE: Final = 60.0
_log = logging.getLogger(__name__)


class Command(BaseCommand):
    """`manage.py sequence` empties the queue once; `--forever` until it is stopped.

    Two at once are harmless: one of them waits for its turn. Run it where PORTAL_LOG_DIR lies.
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one option."""
        parser.add_argument("--forever", action="store_true", help="go on until stopped")

    def handle(self, *_args: object, **options: bool) -> None:
        """Go round, once or until a signal comes."""
        if options["forever"]:
            stop = threading.Event()
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: stop.set())
            _go_round(stop)
            return
        try:
            while checkpoint := sequence():
                self.stdout.write(f"The log has {checkpoint.size} entries.")
        except PortalError as error:
            raise CommandError(str(error)) from error


def _go_round(stop: threading.Event) -> None:
    complaints = Complaints()
    # Before the first round: a witness that has seen more stops it.
    kept = time.monotonic() - MINUTE
    while not stop.is_set():
        started = time.monotonic()
        if started - kept >= MINUTE:
            kept = started
            complaints.guard(_keep)
        complaints.guard(lambda: _drain(stop))
        heartbeat("sequencer").touch()
        stop.wait(max(settings.SEQUENCE_SECONDS - (time.monotonic() - started), 0))


def _keep() -> None:
    """Do the day's work, unless the log stands still: then it must not say anything more."""
    compare()
    keep_log()


def _drain(stop: threading.Event) -> None:
    """Empty the queue: after a standstill that takes many rounds."""
    while sequence() and not stop.is_set():
        heartbeat("sequencer").touch()


@dataclass
class Complaints:
    """Keeps the process alive, and says the same fault once a minute and not in each round."""

    said: dict[str, float] = field(default_factory=dict)

    def guard(self, step: Callable[[], object]) -> None:
        """Run one step; what fails is logged and tried again in the next round."""
        try:
            step()
        except DatabaseError as error:
            self._say(error, "the database did not take a step of the sequencer")
            close_old_connections()
        except PortalError as error:
            self._say(error, "the log stands still")
        except Exception as error:  # noqa: BLE001 - whatever it is, the next round may be better
            self._say(error, "a step of the sequencer failed")

    def _say(self, error: Exception, words: str) -> None:
        now, kind = time.monotonic(), type(error).__name__
        if now - self.said.get(kind, -MINUTE) >= MINUTE:
            self.said[kind] = now
            _log.error(words, exc_info=error)
