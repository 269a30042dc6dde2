"""Check the log: `manage.py audit_verify` the database, `audit_verify FILE` an export of leaves."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from subjects.actions.compare_states import states_without_entry
from subjects.audit.verify import VerifyReport, leaves, verify, verify_lines

SHOWN = 20


class Command(BaseCommand):
    """Exit code 0 when every entry is what was written and every state has its entry, else 1."""

    help = "Check every chain of the log and name the first bad entry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("path", nargs="?", type=Path, help="A file of leaves, one a line.")
        parser.add_argument(
            "--write", type=Path, metavar="FILE", help="Write all leaves here first."
        )

    def handle(self, *, path: Path | None, write: Path | None, **_options: Any) -> None:  # noqa: ANN401  # what Django passes to every command
        """Check, print what was found, and stop with 1 where anything is wrong."""
        try:
            if write:
                self._write(write)
            report = self._check(path)
        except OSError as error:
            message = f"{error.filename}: {error.strerror}."
            raise CommandError(message) from error
        self.stdout.write(f"{report.entries} entries of {report.cases} cases checked.")
        if not report.holds:
            self._name(report)
            sys.exit(1)
        # A broken log proves no state, and a file holds no rows.
        if path is None and (found := states_without_entry()):
            for line in found:
                self.stderr.write(self.style.ERROR(line))
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS("Every entry is what was written."))

    def _check(self, path: Path | None) -> VerifyReport:
        if path is None:
            return verify()
        with path.open("rb") as lines:
            return verify_lines(lines)

    def _write(self, path: Path) -> None:
        with path.open("xb") as file:
            for leaf in leaves():
                file.write(leaf + b"\n")

    def _name(self, report: VerifyReport) -> None:
        for problem in report.problems[:SHOWN]:
            self.stderr.write(self.style.ERROR(str(problem)))
        if len(report.problems) > SHOWN:
            self.stderr.write(f"And {len(report.problems) - SHOWN} more.")
        for trigger in report.guards_missing:
            self.stderr.write(
                self.style.ERROR(f"The trigger {trigger} is not on: the log is open.")
            )
