"""Adds somebody to the desk, or gives them a new password or another role."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from subjects.actions.add_staff import DESK_ROLES, add_staff


class Command(BaseCommand):
    """`manage.py add_staff NAME --role reviewer`: prints a new password once."""

    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name and the role."""
        parser.add_argument("name", help="The name to sign in with.")
        parser.add_argument("--role", required=True, choices=DESK_ROLES)

    def handle(self, *, name: str, role: str, **_options: object) -> None:
        """Make the account and print its password."""
        self.stdout.write(f"{name} ({role}) signs in with {add_staff(name, role)}")
        self.stdout.write("This is shown once. Hand it over in person.")
