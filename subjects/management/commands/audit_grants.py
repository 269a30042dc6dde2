"""Print or carry out the grants that leave the running portal nothing but adding to the log."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from subjects.audit.grants import binds, statements


class Command(BaseCommand):
    """Run it last, as the owner of the tables, after all other grants of the role."""

    help = "PostgreSQL: let ROLE read the log and add to it, and nothing else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "role", help="The role the portal runs as; never the owner of the tables."
        )
        parser.add_argument(
            "--execute", action="store_true", help="Carry them out, not only print."
        )

    def handle(self, *, role: str, execute: bool, **_options: Any) -> None:  # noqa: ANN401  # what Django passes to every command
        """Print the statements; with `--execute` run them in one transaction."""
        if connection.vendor != "postgresql":
            message = "Only PostgreSQL has grants. On SQLite the triggers alone guard the log."
            raise CommandError(message)
        if trouble := binds(connection, role):
            raise CommandError(trouble)
        for statement in statements(connection, role):
            self.stdout.write(f"{statement};")
        if execute:
            with transaction.atomic(), connection.cursor() as cursor:
                for statement in statements(connection, role):
                    cursor.execute(statement)
