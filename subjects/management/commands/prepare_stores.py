"""Makes the empty stores of our own at the first start, and never anew one that was lost."""

from django.core.management.base import BaseCommand, CommandError

from subjects.errors import StoreError
from subjects.stores import stores
from subjects.stores.own import OwnStore


class Command(BaseCommand):
    """`manage.py prepare_stores`: safe at every start."""

    help = "Make the bundled stores of the settings that do not exist yet."

    def handle(self, *_args: object, **_options: object) -> None:
        """Make what is missing at a first start.

        A store whose folder is gone, or that belongs to another database, is an error and is left
        alone: an empty store in its place would answer that nothing was found.
        """
        try:
            for alias in stores:
                store = stores[alias]
                if isinstance(store, OwnStore):
                    store.enrol([])
        except StoreError as error:
            raise CommandError(str(error)) from error
