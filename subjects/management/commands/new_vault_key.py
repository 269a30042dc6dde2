"""Makes a key for PORTAL_VAULT_KEYS."""

from django.core.management.base import BaseCommand

from subjects import vault


class Command(BaseCommand):
    """`manage.py new_vault_key`: prints it and keeps it nowhere."""

    help = __doc__
    requires_system_checks = ()

    def handle(self, **_options: object) -> None:
        """Print one entry, `id:base64url of 32 random bytes`."""
        self.stdout.write(vault.new_key())
