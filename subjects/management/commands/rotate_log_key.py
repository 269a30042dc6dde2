"""Replaces the key of the log, or with --export that of its packages."""

from argparse import ArgumentParser
from typing import Literal

from django.core.management.base import BaseCommand, CommandError

from subjects.actions.rotate_log_key import finish_rotation, rotate_log_key
from subjects.errors import AuditError


class Command(BaseCommand):
    """`manage.py rotate_log_key`, and weeks later `manage.py rotate_log_key --finish`.

    In between both keys sign, so that whoever knows the old one learns the new one.
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take what is to be done."""
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--finish", action="store_true", help="end it: the old key is destroyed")
        what.add_argument("--export", action="store_true", help="the key of packages, at once")

    def handle(self, *, finish: bool, export: bool, **_options: object) -> None:
        """Rotate, or finish."""
        try:
            if finish:
                self._finish()
            else:
                self._rotate("export" if export else "log")
        except AuditError as error:
            raise CommandError(str(error)) from error

    def _rotate(self, purpose: Literal["log", "export"]) -> None:
        key = rotate_log_key(purpose)
        self.stdout.write(f"vkey         {key.vkey}\nfingerprint  {key.fingerprint}\n{key.pem}")
        self.stdout.write("Tell the new fingerprint wherever the old one stands.")
        if purpose == "log":
            self.stdout.write("Both keys sign until `manage.py rotate_log_key --finish`.")

    def _finish(self) -> None:
        closed = finish_rotation()
        if closed is None:
            message = "No rotation runs."
            raise CommandError(message)
        self.stdout.write(f"{closed.vkey} has signed up to {closed.until_size} entries, no more.")
