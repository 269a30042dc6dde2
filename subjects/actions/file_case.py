"""A person files a case: one transaction, and the clock runs (Art 12(3))."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from subjects import deadlines
from subjects.actions.move import log
from subjects.audit.events import Actor, EventType
from subjects.errors import ReasonMissing, TooLate
from subjects.models import Case, CaseNumber, Outbox, Probe, Right, RightsRequest, SealedBlob
from subjects.models.reference import new_reference

MAX_PROBES: Final = 5
ACKNOWLEDGEMENTS_A_DAY: Final = 10
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Filing:
    """What a person hands in. Only a way to reach them and one right are needed (R-001)."""

    idempotency_key: UUID
    rights: tuple[Right, ...]
    contact: str
    country: str
    language: str = "en"
    pictures: tuple[bytes, ...] = ()
    notes: str = ""
    passphrase: str = ""
    consent_version: str = ""
    channel: str = Case.Channel.WEB
    received_at: datetime | None = None
    slow_lane: bool = False


def file_case(filing: Filing, *, actor: Actor | None = None) -> Case:
    """Accept a filing.

    The case, a request for each right with its date, the entries, the first mail.

    The same filing sent twice is one case. A picture that cannot be kept (a full disk) does not
    stop the filing: the right is exercised by asking, and the picture can follow.

    Raises `ReasonMissing` where no right or contact is given or a picture comes without consent
    (Art 9(2)(a)), `TooLate` where the receipt lies in the future (R-002).
    """
    _check(filing)
    actor = actor or Actor.person()
    try:
        with transaction.atomic():
            return _file(filing, actor)
    except IntegrityError:
        # The twin of a double click was faster; whatever else is wrong is raised again.
        twin = Case.objects.filter(idempotency_key=filing.idempotency_key).first()
        if twin is None:
            raise
        return twin


def _check(filing: Filing) -> None:
    if not filing.rights:
        message = "at least one thing that you ask for"
        raise ReasonMissing(message, "Art 12(2)")
    if not filing.contact.strip():
        message = "a way to reach you"
        raise ReasonMissing(message, "Art 12(3)")
    if filing.pictures and not filing.consent_version:
        message = "your consent to search with your picture, or leave the picture out"
        raise ReasonMissing(message, "Art 9(2)(a)")
    if filing.received_at and filing.received_at > timezone.now():
        message = "record a receipt in the future"
        raise TooLate(message, timezone.now().date())


def _file(filing: Filing, actor: Actor) -> Case:
    twin = Case.objects.filter(idempotency_key=filing.idempotency_key).first()
    if twin:
        return twin
    now = timezone.now()
    received_at = filing.received_at or now
    case = Case(
        reference=_unused_reference(filing.country),
        idempotency_key=filing.idempotency_key,
        channel=filing.channel,
        country=filing.country,
        language=filing.language,
        received_at=received_at,
        zone=settings.CONTROLLER_TIME_ZONE,
        received_on=deadlines.received_on(received_at, settings.CONTROLLER_TIME_ZONE),
        passphrase_hash=make_password(filing.passphrase) if filing.passphrase else "",
        consent_version=filing.consent_version,
        consented_at=now if filing.consent_version else None,
        slow_lane=filing.slow_lane,
    )
    case.seal_contact(filing.contact)
    case.seal_notes(filing.notes)
    case.save(force_insert=True)
    for picture in filing.pictures[:MAX_PROBES]:
        keep_picture(case, picture)
    Outbox.objects.create(
        case=case,
        kind=Outbox.Kind.ACKNOWLEDGED,
        next_attempt_at=_when_to_acknowledge(case),
    )
    _number(case, now)
    for right in sorted(set(filing.rights)):
        _exercise(case, right, actor)
    return case


def _number(case: Case, now: datetime) -> None:
    """Give the case the next number of the year in which it is filed (R-121).

    The year is that of filing, whatever the day of receipt: last year's numbers may be counted
    already. All filings wait for each other from here on, so only its entries come after it; one
    that fails gives its number back.
    """
    case.year = now.astimezone(ZoneInfo(case.zone)).year
    case.number = CaseNumber.take(case.year)
    case.save(update_fields=["year", "number"])


def _when_to_acknowledge(case: Case) -> datetime | None:
    """Put off what is beyond the day's mails to one address: nobody's mailbox is flooded by us.

    The case is filed and its clock runs all the same, and its first mail goes out on a later day.
    """
    earlier = Case.objects.filter(
        contact_digest=case.contact_digest,
        received_at__gt=timezone.now() - timedelta(days=1),
    ).exclude(pk=case.pk)
    days = earlier.count() // ACKNOWLEDGEMENTS_A_DAY
    return timezone.now() + timedelta(days=days) if days else None


def _exercise(case: Case, right: str, actor: Actor) -> None:
    country = settings.CONTROLLER_COUNTRY
    due_on = deadlines.due_on(case.received_on, country=country)
    rights_request = RightsRequest.objects.create(
        case=case,
        right=right,
        entered_at=timezone.now(),
        due_on=due_on,
        paused_due_on=due_on,
        calendar_version=deadlines.calendar_version(country),
    )
    log(
        rights_request,
        EventType.REQUEST_RECEIVED,
        actor=actor,
        channel=case.channel,
        received=case.received_at,
        local_date=case.received_on.isoformat(),
        language=case.language,
        country=case.country,
        year=case.year,
        number=case.number,
    )
    log(rights_request, EventType.DEADLINE_SET, actor=Actor.system("deadlines"), basis="art12-3")


def keep_picture(case: Case, picture: bytes) -> Probe | None:
    """Seal a picture as a probe; None where the disk does not take it.

    The case stands all the same.
    """
    try:
        blob = SealedBlob.put(picture, SealedBlob.Purpose.PROBE)
    except OSError:
        _log.exception("a probe could not be kept", extra={"case": case.pk.hex})
        return None
    last = case.probes.order_by("-position").values_list("position", flat=True).first() or 0
    return Probe.objects.create(case=case, blob=blob, position=last + 1)


def _unused_reference(country: str) -> str:
    reference = new_reference(country)
    while Case.objects.filter(reference=reference).exists():
        reference = new_reference(country)
    return reference
