"""Builds a package of the log for an authority: a bag that checks itself, signed."""

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from subjects.actions.build_package import build_here
from subjects.audit.events import Actor
from subjects.errors import PortalError
from subjects.package.orders import Progress as Tell
from subjects.package.zipped import zip_package

WORDS: Final = {
    "log": "Copying the log",
    "evidence": "Keys, stamps, texts",
    "entries": "Reading the entries",
    "tables": "Writing tables",
    "report": "Writing the report",
    "signature": "Signing",
    "zip": "Packing",
}


class Command(BaseCommand):
    """`manage.py audit_package --from 2026-01-01 --to 2026-12-31 --out FOLDER [--zip]`."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the period, and where the package goes."""
        parser.add_argument("--from", dest="start", required=True, help="First day of the tables.")
        parser.add_argument("--to", dest="end", required=True, help="Last day of the tables.")
        parser.add_argument("--out", type=Path, required=True, help="A folder that is not there.")
        parser.add_argument("--zip", action="store_true", help="Also pack it into FOLDER.zip.")

    def handle(self, *, start: str, end: str, out: Path, verbosity: int, **options: object) -> None:
        """Build it, and say where it lies and how it is checked."""
        first, last = _day("--from", start), _day("--to", end)
        folder = out.absolute()
        packed = folder.with_name(folder.name + ".zip") if options["zip"] else None
        if packed and packed.exists():
            message = f"{packed} is there already. Name another folder."
            raise CommandError(message)
        try:
            with _told(quiet=verbosity == 0) as tell:
                actor = Actor.system("command")
                made = build_here(folder, first, last, actor=actor, progress=tell)
                if packed:
                    zip_package(folder, packed, name=folder.name, progress=tell)
        except PortalError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            message = f"{error.filename or folder}: {error.strerror}."
            raise CommandError(message) from error
        self.stdout.write(f"{folder}: the log up to {made.size} entries, {first} to {last}.")
        self.stdout.write(f"SHA-256 of its manifest, also in the log: {made.digest}")
        if packed:
            self.stdout.write(f"The same in one file: {packed}")
        self.stdout.write(f"Check it: sh {folder / 'data' / 'verify.sh'}")


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f"{option} takes a day such as 2026-12-31, not {text!r}."
        raise CommandError(message) from None


@contextmanager
def _told(*, quiet: bool) -> Iterator[Tell]:
    """Show how far it is, on the screen that errors go to."""
    console = Console(stderr=True, quiet=quiet)
    columns = (TextColumn("{task.description:<20}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as shown:
        tasks = {}

        def tell(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = shown.add_task(WORDS[step], total=total)
            shown.update(tasks[step], completed=done, total=total)

        yield tell
