"""Brings the log of a restored database back to what was published."""

from django.core.management.base import BaseCommand, CommandError

from subjects.actions.recover_log import recover_log
from subjects.audit.recover import Recovered
from subjects.errors import AuditError

SHOWN = 20


class Command(BaseCommand):
    """`manage.py audit_recover`, with everything else stopped, after a restore of the database."""

    help = __doc__

    def handle(self, **_options: object) -> None:
        """Recover, and say what people must do now."""
        try:
            found = recover_log()
        except AuditError as error:
            raise CommandError(str(error)) from error
        if found is None:
            self.stdout.write("Nothing is missing: the database knows all that was published.")
            return
        self.stdout.write(
            f"The log stands at {found.size} entries again: {found.imported} were read from the"
            f" published log, {found.entries} got their number back."
        )
        self._tell(found)

    def _tell(self, found: Recovered) -> None:
        if found.chains:
            self.stdout.write(
                f"The database knows nothing of {found.chains} cases. Ask these people again: they"
                " have a receipt, and their time limit runs from the day in the log."
            )
        if found.erasures:
            self.stdout.write(
                f"{found.erasures} orders to erase were carried out after the backup. Carry them"
                " out again before anything is started: docs/deploying.md, section 10."
            )
        if found.blanked:
            shown = ", ".join(map(str, found.blanked[:SHOWN]))
            self.stdout.write(
                f"{len(found.blanked)} entries that had been blanked have their text again"
                f" ({shown}). Blank them with `manage.py audit_redact` or `audit_prune`."
            )
        self.stdout.write("Then run `manage.py audit_verify` and start everything.")
