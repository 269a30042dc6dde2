"""The desk gives a passphrase by word of mouth to whoever chose none, or no longer knows it."""

import secrets
from typing import Final

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import transaction

from subjects.actions.move import lock_case
from subjects.audit.events import EventType
from subjects.audit.log import record
from subjects.errors import IdentityNotSettled
from subjects.models import Case
from subjects.models.reference import ALPHABET
from subjects.policies import actor_of, check_can_review

GROUPS: Final = 4
SIGNS: Final = 4


def issue_passphrase(case: Case, *, by: User) -> str:
    """Make a passphrase of 80 random bits in place of any other, and return it this one time.

    It is told in person or by telephone, never by mail: the mailbox is the other factor (R-083).
    Raises `IdentityNotSettled` before the person is known to be the one in the picture.
    """
    check_can_review(by)
    words = ("".join(secrets.choice(ALPHABET) for _ in range(SIGNS)) for _ in range(GROUPS))
    passphrase = "-".join(words)
    hashed = make_password(passphrase)  # outside the lock: it takes a third of a second
    with transaction.atomic():
        locked = lock_case(case.pk)
        if locked.identity_tier != Case.Tier.T2:
            raise IdentityNotSettled(Case.Tier.T2)
        locked.passphrase_hash = hashed
        locked.save(update_fields=["passphrase_hash"])
        record(locked.pk, EventType.PASSPHRASE_ISSUED, actor=actor_of(by))
    return passphrase
