"""The officer gives an authority a read-only account, with a scope and a last day (R-123)."""

import re
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from subjects import deadlines
from subjects.actions.sign_in_regulator import FACTOR_BYTES
from subjects.audit.events import EventType
from subjects.audit.log import record_system
from subjects.audit.words import ARTICLES
from subjects.errors import AdmissionRefused
from subjects.models import RegulatorAccess, Right
from subjects.models.reference import ALPHABET
from subjects.policies import actor_of, check_is_officer

MOST_DAYS: Final = 90
"""After these a new account is made: a forgotten one ends by itself (a policy)."""
NAME_SIGNS: Final = 6
COUNTRY: Final = re.compile("[A-Z]{2}")
RIGHTS: Final = tuple(ARTICLES[right] for right in Right.values)


@dataclass(frozen=True, kw_only=True)
class Admission:
    """What the officer fills in. No rights or countries stands for all of them."""

    authority: str
    person: str
    from_day: date
    to_day: date
    last_day: date
    rights: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    packages: bool = False


@dataclass(frozen=True)
class Admitted:
    """The new account and its two secrets in clear: shown this once, then sealed or hashed."""

    access: RegulatorAccess
    password: str
    factor: bytes


def admit_regulator(admission: Admission, *, by: User) -> Admitted:
    """Make the account, and say so in the log; the authority and its scope go into the payload.

    Raises `PermissionDenied` for everybody but the officer, `AdmissionRefused` where the scope is
    none or the last day is over or too far off.
    """
    check_is_officer(by)
    _check(admission)
    password, factor = secrets.token_urlsafe(12), secrets.token_bytes(FACTOR_BYTES)
    access = RegulatorAccess(
        authority=admission.authority.strip(),
        name="authority-" + "".join(secrets.choice(ALPHABET) for _ in range(NAME_SIGNS)).lower(),
        from_day=admission.from_day,
        to_day=admission.to_day,
        rights=sorted(admission.rights),
        countries=sorted(admission.countries),
        packages=admission.packages,
        expires_at=deadlines.end_instant(admission.last_day, settings.CONTROLLER_TIME_ZONE),
        created_by=by,
    )
    access.seal(person=admission.person.strip(), factor=factor)
    access.set_password(password)  # outside the transaction: it takes a third of a second
    with transaction.atomic():
        access.save(force_insert=True)
        record_system(
            EventType.REGULATOR_ADMITTED,
            actor=actor_of(by),
            payload=_payload(access),
            until=admission.last_day,
        )
    return Admitted(access, password, factor)


def _check(admission: Admission) -> None:
    today = timezone.localdate()
    farthest = today + timedelta(days=MOST_DAYS)
    if not admission.authority.strip():
        raise AdmissionRefused("authority", "Name the authority.")
    if not admission.person.strip():
        raise AdmissionRefused("person", "Name the person to whom you hand over the account.")
    if admission.last_day < today:
        raise AdmissionRefused("last_day", "The last day is over. Choose today or a later day.")
    if admission.last_day > farthest:
        why = f"At most {MOST_DAYS} days: choose {farthest.isoformat()} or an earlier day."
        raise AdmissionRefused("last_day", why)
    if admission.from_day > admission.to_day:
        raise AdmissionRefused("to_day", "The period ends before it begins.")
    if admission.from_day > today:
        raise AdmissionRefused("from_day", "The period begins in the future: nothing is there yet.")
    if admission.to_day > admission.last_day:
        why = "The period ends after the access itself: choose its last day or an earlier one."
        raise AdmissionRefused("to_day", why)
    if set(admission.rights) - set(RIGHTS):
        raise AdmissionRefused("rights", "Choose rights from the list, or none for all of them.")
    if not all(COUNTRY.fullmatch(code) for code in admission.countries):
        raise AdmissionRefused("countries", "Write countries with two letters, such as FR.")


def _payload(access: RegulatorAccess) -> dict[str, object]:
    return {
        "access": access.pk,
        "authority": access.authority,
        "from": access.from_day,
        "to": access.to_day,
        "rights": access.rights,
        "countries": access.countries,
        "packages": access.packages,
    }
