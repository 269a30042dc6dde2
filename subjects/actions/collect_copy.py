"""The person collects their copy: by a code from a mail and the passphrase they chose (R-083)."""

from django.contrib.auth.hashers import check_password
from django.db.models import F
from django.utils import timezone

from subjects.actions.export import collect
from subjects.actions.open_case import open_with
from subjects.errors import NotYet, WrongSecret
from subjects.models import Case, OneTimeCode, Right


def collect_copy(case: Case, *, code: str, passphrase: str) -> bytes:
    """Return the opened bundle to whoever has both code and passphrase.

    A wrong passphrase does not use the code up, but it costs one of the code's five tries, so the
    passphrase cannot be guessed either. Raises `WrongSecret`, whichever was wrong, `NotYet` where
    there is no copy, `BlobPurged` after its days.
    """
    access = case.rights_requests.filter(right=Right.ACCESS, delivery__isnull=False).first()
    if access is None:
        message = "your copy is not ready"
        raise NotYet(message)
    live = OneTimeCode.objects.filter(
        case=case,
        purpose=OneTimeCode.Purpose.COLLECT,
        used_at=None,
        expires_at__gt=timezone.now(),
    )
    # Taken before the passphrase is looked at: guesses made at the same time count as well.
    if not live.filter(tries_left__gt=0).update(tries_left=F("tries_left") - 1):
        raise WrongSecret
    if not check_password(passphrase, case.passphrase_hash):
        raise WrongSecret
    live.update(tries_left=F("tries_left") + 1)
    open_with(case, code, purpose=OneTimeCode.Purpose.COLLECT)
    return collect(access)
