"""Check the log: `manage.py audit_verify` the database, `audit_verify PATH` what was given out."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from subjects.actions.compare_states import states_without_entry
from subjects.audit.checks import note_check
from subjects.audit.standalone import main as standalone
from subjects.audit.verify import VerifyReport, verify
from subjects.audit.verify_tree import Verified

SHOWN: Final = 20
MARK: Final = "verified.json"
"""Under VAR_DIR: how far the log was found right the last time."""


class Command(BaseCommand):
    """Exit code 0 when every entry is what was written and every state has its entry, else 1."""

    help = "Check every chain of the log, its tree, and name the first bad entry."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "path", nargs="?", type=Path, help="A package, the folder of a log, or a receipt."
        )
        parser.add_argument(
            "--whole", action="store_true", help="Check all of the database; so it does anyway."
        )
        parser.add_argument(
            "--incremental",
            action="store_true",
            help="Check what was written since the last such check, and note how far it came.",
        )

    def handle(self, *, path: Path | None, incremental: bool, **options: Any) -> None:  # noqa: ANN401  # what Django passes to every command
        """Check, print what was found, and stop with 1 where anything is wrong."""
        if incremental and (path or options["whole"]):
            message = "--incremental is for the database alone, and never with --whole."
            raise CommandError(message)
        if path is not None:
            # The very file that an authority gets, so that both sides judge alike.
            if code := standalone.main([str(path)]):
                sys.exit(code)
            return
        since = _read_mark() if incremental else None
        report = verify(since)
        scope = f" since entry {since.size}" if since else ""
        self.stdout.write(f"{report.entries} entries of {report.cases} cases checked{scope}.")
        # A broken log proves no state.
        found = states_without_entry(open_only=since is not None) if report.holds else []
        note_check(report.entries, holds=report.holds and not found, whole=since is None)
        self._name(report)
        for line in found:
            self.stderr.write(self.style.ERROR(line))
        if found or not report.holds:
            sys.exit(1)
        if incremental and report.verified:
            _write_mark(report.verified)
        self.stdout.write(self.style.SUCCESS("Every entry is what was written."))

    def _name(self, report: VerifyReport) -> None:
        for problem in report.problems[:SHOWN]:
            self.stderr.write(self.style.ERROR(str(problem)))
        if len(report.problems) > SHOWN:
            self.stderr.write(f"And {len(report.problems) - SHOWN} more.")
        for trigger in report.guards_missing:
            self.stderr.write(
                self.style.ERROR(f"The trigger {trigger} is not on: the log is open.")
            )


def _mark() -> Path:
    return Path(settings.VAR_DIR) / MARK


def _read_mark() -> Verified | None:
    """Read how far the last check came; None before the first. Raises CommandError."""
    try:
        told = json.loads(_mark().read_text("ascii"))
        return Verified(int(told["size"]), bytes.fromhex(told["compact_range"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{MARK} cannot be read. Remove it: the next check is a whole one."
        raise CommandError(message) from error


def _write_mark(verified: Verified) -> None:
    told = {"size": verified.size, "compact_range": verified.compact_range.hex()}
    new = _mark().with_suffix(".new")
    new.write_text(json.dumps(told), "ascii")
    new.replace(_mark())
