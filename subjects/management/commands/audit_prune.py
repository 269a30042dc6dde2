"""Blanks the oldest entries of the log at the end of their time; their hashes stand."""

from argparse import ArgumentParser
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import Progress

from subjects.actions.prune_log import Pruning, plan_pruning, prune_log
from subjects.errors import PortalError


class Command(BaseCommand):
    """`manage.py audit_prune`, as the owner of the log's tables. There is no way back.

    It takes whole bundles of 256 entries, and stops below the oldest entry of an open case.
    """

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the day, and whether to look only."""
        parser.add_argument(
            "--before", help="Prune what is older than this day; else PORTAL_LOG_DAYS ago."
        )
        parser.add_argument("--dry-run", action="store_true", help="Say it, and change nothing.")

    def handle(
        self, *, before: str | None, dry_run: bool, verbosity: int, **_options: object
    ) -> None:
        """Prune, and say up to where, and what stopped it."""
        instant = _beginning(before)
        try:
            if dry_run:
                plan = plan_pruning(instant)
            else:
                console = Console(stderr=True, quiet=verbosity == 0)
                with Progress(console=console) as shown:
                    task = shown.add_task("Blanking", total=None)
                    plan = prune_log(
                        instant, lambda done, of: shown.update(task, completed=done, total=of)
                    )
        except PortalError as error:
            raise CommandError(str(error)) from error
        self._tell(plan, dry_run=dry_run)

    def _tell(self, plan: Pruning, *, dry_run: bool) -> None:
        new = plan.below - plan.already
        if not new:
            self.stdout.write("No further whole bundle of 256 entries is old enough.")
        elif dry_run:
            self.stdout.write(f"{new} entries would be pruned: all below entry {plan.below}.")
        else:
            self.stdout.write(
                f"{new} entries are pruned: all below entry {plan.below}. Their hashes stand."
            )
        if plan.stopped_at is not None:
            self.stdout.write(
                f"Older entries were kept from entry {plan.stopped_at} on: it belongs to a case"
                " that is still open."
            )


def _beginning(day: str | None) -> datetime:
    """Give the instant at which a day begins here. Raises CommandError."""
    try:
        first = (
            date.fromisoformat(day)
            if day
            else timezone.localdate() - timedelta(days=settings.LOG_DAYS)
        )
    except ValueError:
        message = f"--before takes a day such as 2026-12-31, not {day!r}."
        raise CommandError(message) from None
    if first > timezone.localdate():
        message = f"{first} is still to come."
        raise CommandError(message)
    return timezone.make_aware(datetime.combine(first, time.min))
