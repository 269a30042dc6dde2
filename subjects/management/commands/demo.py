"""Tells the whole story of a case through HTTP and the real worker, and checks every step."""

import subprocess
import sys
from argparse import ArgumentParser

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from subjects.errors import PortalError
from subjects.management import servers
from subjects.management.demo.broken import CaseStaysOpen, tell_with_broken_store
from subjects.management.demo.proof import keep_proof
from subjects.management.demo.stage import stage
from subjects.management.demo.story import CheckFailed, Story
from subjects.stores import stores


class Command(BaseCommand):
    """`manage.py demo`: exit code 0 only if every check held."""

    help = "Tell the story of an access and an erasure on a portal of its own, and check each step."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the address of a running portal, and a store to break."""
        parser.add_argument("--url", help="use the portal that runs there with these same settings")
        parser.add_argument(
            "--break-store",
            metavar="ALIAS",
            help="take this store down first: the case must stay open and name it",
        )

    def handle(self, *, url: str | None, break_store: str | None, **_options: object) -> None:
        """Set the stage and tell the story there, or tell it to a portal that runs already."""
        if settings.PRODUCTION:
            message = "The demonstration has no place in a production installation."
            raise CommandError(message)
        try:
            if break_store:
                stores[break_store]
            if url:
                self._tell(url, break_store)
            else:
                self._on_own_stage(break_store)
        except (CheckFailed, LookupError) as error:
            message = f"DID NOT HOLD: {error}"
            raise CommandError(message) from error
        except CaseStaysOpen as error:
            message = f"The case stays open: {error}."
            raise CommandError(message) from error
        except PortalError as error:
            raise CommandError(str(error)) from error

    def _on_own_stage(self, break_store: str | None) -> None:
        """Start a fresh portal and tell the story in a process that has its settings."""
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        log = settings.VAR_DIR / "demo.log"
        self.stdout.write(f"Starting a portal for the story; what it prints goes to {log}.")
        with stage(log) as (url, environment):
            words = [sys.executable, "manage.py", "demo", "--url", url]
            words += ["--break-store", break_store] if break_store else []
            told = subprocess.run(words, cwd=settings.BASE_DIR, env=environment, check=False)  # noqa: S603 - ours
        if told.returncode:
            sys.exit(told.returncode)

    def _tell(self, url: str, break_store: str | None) -> None:
        servers.check_migrated()
        story = Story(url, self.stdout.write)
        if break_store:
            tell_with_broken_store(story, break_store)
            return
        for chapter in (story.file, story.confirm, story.review, story.collect, story.prove):
            chapter()
        keep_proof(story)
        call_command("audit_verify", stdout=self.stdout)
        self.stdout.write(self.style.SUCCESS("Every check held."))
