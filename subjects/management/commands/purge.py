"""Destroys what of ours has had its days: probes, copies, codes, orphan files, case files."""

from django.core.management.base import BaseCommand

from subjects.actions.purge import purge


class Command(BaseCommand):
    """`manage.py purge`: the sweeper does it every hour; by hand it tells what it did."""

    help = __doc__

    def handle(self, **_options: object) -> None:
        """Purge what is due and print how many of each kind."""
        for kind, count in purge().items():
            self.stdout.write(f"{count} {kind} purged.")
