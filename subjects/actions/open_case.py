"""A person shows that a case is theirs.

By the secret of a link, or by the code from the same mail.
"""

import hmac
from datetime import timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from subjects.actions.move import lock_case
from subjects.errors import WrongSecret
from subjects.models import Case, OneTimeCode, Outbox, keyed_digest

LINK_LIVES: Final = timedelta(days=7)
COLLECT_CODE_LIVES: Final = timedelta(minutes=30)
MAILS_A_DAY: Final = 5
"""To one address, so that nobody's mailbox can be flooded through us."""


def open_with(case: Case | None, secret: str, *, purpose: str) -> OneTimeCode:
    """Use up the link or code `secret` of `case` and return it.

    Raises `WrongSecret`, whatever was wrong with it: unknown case, wrong, used, late, tried too
    often. The failed try is counted even though an error is raised.
    """
    if case is None:
        raise WrongSecret
    digest = keyed_digest(secret.strip().replace(" ", ""))
    with transaction.atomic():
        lock_case(case.pk)
        live = OneTimeCode.objects.filter(
            case=case,
            purpose=purpose,
            used_at=None,
            expires_at__gt=timezone.now(),
        )
        for code in live:
            # Wrong tries spend the six digits, never the link, which nobody can guess: whoever
            # knows a reference could else lock the person out of their case.
            if hmac.compare_digest(digest, code.secret_digest) or (
                code.tries_left > 0 and hmac.compare_digest(digest, code.code_digest)
            ):
                code.used_at = timezone.now()
                code.save(update_fields=["used_at"])
                return code
        live.filter(tries_left__gt=0).update(tries_left=F("tries_left") - 1)
    raise WrongSecret


def send_link(case: Case | None) -> None:
    """Send a new link and code; silent where there is no such case or the day's mails are spent."""
    _send(case, Outbox.Kind.LINK)


def send_collect_code(case: Case) -> None:
    """Send the one-time code that opens the delivery."""
    _send(case, Outbox.Kind.COLLECT_CODE)


def _send(case: Case | None, kind: str) -> None:
    if case is None or case.purged_at:
        return
    with transaction.atomic():
        lock_case(case.pk)
        today = Outbox.objects.filter(
            case__contact_digest=case.contact_digest,
            kind__in=[Outbox.Kind.LINK, Outbox.Kind.COLLECT_CODE],
            created_at__gt=timezone.now() - timedelta(days=1),
        )
        if today.count() < MAILS_A_DAY:
            Outbox.objects.create(case=case, kind=kind)
