"""The key ceremony: makes the keys of the log, once, and says what is to be done with them."""

from typing import Final

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from subjects.audit import keys
from subjects.errors import AuditError

STEPS: Final = """Now, with a second person beside you:
 1. Write the fingerprint of the log's key into the privacy notice.
 2. Put it into the DNS as well: a TXT record with the vkey, under the host of the origin.
 3. Send origin, vkey and fingerprint to the supervisory authority, and to the DPO.
 4. Copy the whole folder {folder} to a medium that is kept offline, in a safe.
    Without it the log cannot go on under this key; who has it can sign in your name.
 5. Never let a backup of the database hold this folder.
 6. Note who was present, and the day."""


class Command(BaseCommand):
    """`manage.py new_log_key`: refuses where a key is in place; `rotate_log_key` replaces one."""

    help = __doc__

    def handle(self, **_options: object) -> None:
        """Make both keys and print their public halves."""
        try:
            log, export = keys.make_keys()
        except AuditError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"origin       {settings.LOG_ORIGIN}")
        for title, key in (("The key of the log", log), ("The key of its packages", export)):
            self.stdout.write(f"\n{title}\nvkey         {key.vkey}")
            self.stdout.write(f"fingerprint  {key.fingerprint}\n{key.pem}")
        self.stdout.write(STEPS.format(folder=settings.LOG_KEYS_DIR))
