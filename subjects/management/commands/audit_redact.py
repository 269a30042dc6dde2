"""Blanks one entry of the log that was written by mistake; its hash stands."""

import json
from argparse import ArgumentParser
from typing import Final

from django.core.management.base import BaseCommand, CommandError

from subjects.actions.redact_entry import redact_entry
from subjects.audit import blank
from subjects.audit.words import REASONS
from subjects.errors import PortalError

MISTAKE: Final = "written-by-mistake"


class Command(BaseCommand):
    """`manage.py audit_redact INDEX`, as the owner of the log's tables. There is no way back."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the entry and the reason."""
        parser.add_argument("index", type=int, metavar="INDEX", help="Its number in the tree.")
        parser.add_argument("--reason", default=MISTAKE, help=f"A word of the log: {MISTAKE}.")
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *, index: int, reason: str, yes: bool, **_options: object) -> None:
        """Show the entry, ask, blank it, and say what remains elsewhere."""
        if reason not in REASONS:
            message = f"The log has no word {reason!r}. Give {MISTAKE}."
            raise CommandError(message)
        try:
            self.stdout.write(json.dumps(blank.look(index), indent=2, sort_keys=True))
            if not yes and not self._agreed(index):
                self.stdout.write("Nothing was changed.")
                return
            redact_entry(index, reason)
        except PortalError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Entry {index} is blank, in the database and in the published log. Its hash stands,"
            " the log says so, and the next package lists it. Backups and packages made before"
            " still hold it."
        )

    def _agreed(self, index: int) -> bool:
        self.stdout.write(f"Blank this entry for good? Type {index} to go on: ", ending="")
        self.stdout.flush()
        try:
            return input().strip() == str(index)
        except EOFError:
            message = "Nobody answers: nothing was changed. --yes goes on without asking."
            raise CommandError(message) from None
