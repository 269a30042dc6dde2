"""Wraps every key by the first of PORTAL_VAULT_KEYS, and tells which old ones can go."""

from django.core.management.base import BaseCommand, CommandError

from subjects import vault
from subjects.actions.rotate_vault_keys import rotate_vault_keys, vault_keys_in_use
from subjects.errors import VaultError


class Command(BaseCommand):
    """`manage.py rotate_vault_keys`, after everything was restarted with the new key in front."""

    help = __doc__

    def handle(self, **_options: object) -> None:
        """Rotate, then count what each key still wraps."""
        try:
            changed = rotate_vault_keys()
            in_use = vault_keys_in_use()
        except VaultError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{changed} keys wrapped again by {vault.current_key_id()}.")
        for name, count in sorted(in_use.items()):
            self.stdout.write(f"  {name} wraps {count}")
        self.stdout.write("Every other key can be taken out of PORTAL_VAULT_KEYS.")
