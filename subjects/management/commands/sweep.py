"""Sends again what stands too long in a machine's turn, and does what time alone brings."""

import logging
import signal
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from subjects.actions.purge import purge
from subjects.actions.sweep import maintain_stores, pass_time
from subjects.management.heartbeat import heartbeat
from subjects.tasks import nudge

PURGE_EVERY = timedelta(hours=1)
_log = logging.getLogger(__name__)


class Command(BaseCommand):
    """`manage.py sweep` goes round once; `--forever` until it is stopped.

    Two at once are harmless.
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the one option."""
        parser.add_argument("--forever", action="store_true", help="go on until stopped")

    def handle(self, *_args: object, **options: bool) -> None:
        """Go round, once or until a signal comes."""
        stop = threading.Event()
        if options["forever"]:
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, lambda *_: stop.set())
        purged_at = timezone.now() - PURGE_EVERY
        while True:
            started = time.monotonic()
            if timezone.now() - purged_at >= PURGE_EVERY:
                purged_at = timezone.now()
                self._guarded(purge)
                self._guarded(maintain_stores)
            self._guarded(pass_time)
            self._guarded(nudge)
            heartbeat().touch()
            rest = settings.SWEEP_SECONDS - (time.monotonic() - started)
            if not options["forever"] or stop.wait(max(rest, 0)):
                return

    @staticmethod
    def _guarded(step: Callable[[], object]) -> None:
        """Run one step; what fails is logged and tried again in the next round."""
        try:
            step()
        except DatabaseError:
            _log.exception("the database did not take a step of the sweep")
            close_old_connections()
        except Exception:  # noqa: BLE001 - one broken step must not stop the others
            _log.exception("a step of the sweep failed")
