"""Tells whether every part of the portal works; exit code 1 when one does not."""

import sys

from django.core.management.base import BaseCommand

from subjects.management.health import examine


class Command(BaseCommand):
    """`manage.py healthcheck`: a line for each part, with what to do where it fails."""

    help = __doc__
    requires_system_checks = ()

    def handle(self, **_options: object) -> None:
        """Print what was found."""
        findings = examine()
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            word = self.style.SUCCESS("ok    ") if finding.well else self.style.ERROR("FAILED")
            self.stdout.write(f"{word}  {finding.name:<{width}}  {finding.words}")
        failed = sum(not finding.well for finding in findings)
        if failed:
            self.stderr.write(f"{failed} of {len(findings)} failed.")
            sys.exit(1)
