"""The person chooses the passphrase for their copy, where the form had none."""

from django.contrib.auth.hashers import make_password
from django.db import transaction

from subjects.actions.move import lock_case
from subjects.errors import NotYet
from subjects.models import Case, Delivery


def choose_passphrase(case: Case, passphrase: str) -> None:
    """Keep the hash of `passphrase`; it is chosen once, and before there is anything to collect.

    Raises `NotYet` afterwards: who got hold of the mailbox would else have both factors (R-083).
    """
    hashed = make_password(passphrase)  # outside the lock: it takes a third of a second
    with transaction.atomic():
        locked = lock_case(case.pk)
        if Delivery.objects.filter(rights_request__case=locked).exists():
            message = "your copy is made already, and a passphrase can only be chosen before"
            raise NotYet(message)
        if locked.passphrase_hash or locked.purged_at:
            message = "a passphrase was chosen already; write to us if you no longer know it"
            raise NotYet(message)
        locked.passphrase_hash = hashed
        locked.save(update_fields=["passphrase_hash"])
