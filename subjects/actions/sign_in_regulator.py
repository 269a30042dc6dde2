"""An authority signs in: name and password, then a code that counts once (RFC 6238)."""

import hmac
import time
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from subjects.actions.note_regulator_access import note_refusal, note_visit
from subjects.errors import TooManyWrongCodes, WrongFactor, WrongPassword
from subjects.models import RegulatorAccess

FACTOR_BYTES: Final = 20
DIGITS: Final = 6
STEP_SECONDS: Final = 30
DRIFT: Final = 1
"""Steps that the clock of a telephone may be off, to either side."""
MOST_WRONG_CODES: Final = 20
"""In a row: then the account is shut, so that knowing the password is never enough."""
PAGE: Final = "sign-in"


def check_name_and_password(name: str, password: str) -> RegulatorAccess:
    """Return the account. Raises `WrongPassword`, or what `shut` says once the password was right.

    An unknown name takes as long as a wrong password. It leaves no entry: a stranger could fill
    the log for ever, and the names are drawn, so that nobody finds one by trying.
    """
    access = RegulatorAccess.objects.filter(name=name.strip().casefold()).first()
    if access is None:
        make_password(password)
        raise WrongPassword
    if not check_password(password, access.password_hash):
        note_refusal(access, PAGE, reason=WrongPassword.reason)
        raise WrongPassword
    if refusal := access.shut(timezone.now()):
        note_refusal(access, PAGE, reason=refusal.reason)
        raise refusal
    return access


def check_code(access: RegulatorAccess, code: str) -> None:
    """Take the code of the second factor, once, and note the sign-in.

    Raises `WrongFactor`, `TooManyWrongCodes` after too many in a row, or what `shut` says.
    """
    with transaction.atomic():
        locked = RegulatorAccess.objects.select_for_update(no_key=True).get(pk=access.pk)
        refusal = locked.shut(timezone.now())
        if refusal is None and locked.wrong_codes >= MOST_WRONG_CODES:
            refusal = TooManyWrongCodes()
        if refusal is None and not _take(locked, code):
            refusal = WrongFactor()
        if refusal:
            note_refusal(locked, PAGE, reason=refusal.reason)
        else:
            note_visit(locked, PAGE)
    if refusal:  # outside: what was noted of it stays
        raise refusal


def code_at(factor: bytes, step: int) -> str:
    """Compute the code of one time step (30 seconds since 1970), as a telephone does."""
    return _totp(factor).generate(step * STEP_SECONDS).decode()


def address_for_telephone(access: RegulatorAccess, factor: bytes, *, issuer: str) -> str:
    """Write the secret as the `otpauth:` address that authenticator programs read."""
    return _totp(factor).get_provisioning_uri(access.name, issuer)


def _totp(factor: bytes) -> TOTP:
    # SHA-1 as a keyed hash is unbroken, and most authenticator programs know no other.
    return TOTP(factor, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - see above


def _take(locked: RegulatorAccess, code: str) -> bool:
    """Use the code up if it fits a step near now that is later than the last one used."""
    given = "".join(code.split())
    now, factor = int(time.time()) // STEP_SECONDS, locked.factor
    fitting = [
        step
        for step in range(now - DRIFT, now + DRIFT + 1)
        if hmac.compare_digest(code_at(factor, step).encode(), given.encode())
    ]
    rows = RegulatorAccess.objects.filter(pk=locked.pk)
    fresh = [step for step in fitting if step > locked.last_code]
    if not fresh:
        rows.update(wrong_codes=F("wrong_codes") + 1)
        return False
    rows.update(last_code=max(fresh), wrong_codes=0)
    return True
