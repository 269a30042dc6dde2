"""Fill the stores of the demonstration and make its staff: `manage.py build_demonstration`."""

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from subjects.actions.build_demonstration import build_demonstration
from subjects.actions.make_demo_staff import make_demo_staff
from subjects.errors import PortalError


class Command(BaseCommand):
    """Idempotent: a store that holds anything is left as it is, passwords stay."""

    help = "Fill the empty stores of the demonstration and make its staff accounts."

    def handle(self, **_options: object) -> None:
        """Print one line for each store, and where the passwords are."""
        try:
            build_demonstration(say=self.stdout.write)
            staff = make_demo_staff()
        except (PortalError, ImproperlyConfigured) as error:
            raise CommandError(str(error)) from error
        names = ", ".join(name for name, _password in staff)
        self.stdout.write(f"Staff accounts: {names} (passwords in demo-staff.json)")
