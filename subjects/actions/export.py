"""The copy of Article 15 is built, sealed and put where the person can collect it."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from subjects.actions.attempts import claimed
from subjects.actions.close import close
from subjects.actions.move import lock_case, log, move
from subjects.audit.events import Actor, EventType
from subjects.bundle import build_bundle
from subjects.errors import NotYet
from subjects.faults import fault
from subjects.lifecycle import Outcome, State
from subjects.models import Decision, Delivery, RightsRequest, SealedBlob
from subjects.notices import write_letter

ACTOR: Final = Actor.system("export")


def export_copy(rights_request: RightsRequest) -> None:
    """Build the bundle of an approved access request and make it ready to collect.

    Safe to run again after a crash: a bundle that no delivery names has no key and is swept away.
    Raises `ExportIncomplete` where a part would be empty, `StoreUnavailable`.
    """
    if not claimed(rights_request, State.EXPORTING):
        return
    fault("export:claimed")
    bundle = build_bundle(rights_request, progress=rights_request.renew)
    fault("export:collected")
    with transaction.atomic():
        lock_case(rights_request.case_id)
        until = timezone.localdate() + timedelta(days=settings.DELIVERY_DAYS)
        blob = SealedBlob.put(
            bundle.content, SealedBlob.Purpose.DELIVERY, purge_on=until + timedelta(days=1)
        )
        fault("export:sealed")
        Delivery.objects.create(
            rights_request=rights_request,
            blob=blob,
            pictures=bundle.pictures,
            available_until=until,
        )
        log(
            rights_request,
            EventType.EXPORT_MADE,
            actor=ACTOR,
            count=bundle.items,
            digest=bundle.digest,
        )
        move(
            rights_request,
            State.READY,
            actor=ACTOR,
            changes={"answered_at": timezone.now()},
            outcome=outcome_of(rights_request),
        )
        write_letter(rights_request, "access_answer")
        fault("export:before-commit")
    fault("export:committed")


def outcome_of(rights_request: RightsRequest) -> Outcome:
    """Return how a granted request ends: partly, where nobody could tell about some candidates."""
    unsure = any(found.verdict == Decision.CANNOT_TELL for found in rights_request.case.found.all())
    return Outcome.PARTLY_GRANTED if unsure else Outcome.GRANTED


def collect(rights_request: RightsRequest) -> bytes:
    """Return the opened bundle, and close the request at the first time.

    The door has checked code and passphrase. Raises `NotYet` where there is no delivery,
    `BlobPurged` after its days.
    """
    delivery = Delivery.objects.filter(rights_request=rights_request).select_related("blob").first()
    if delivery is None:
        message = "your copy is not ready"
        raise NotYet(message)
    content = delivery.blob.read()
    with transaction.atomic():
        lock_case(rights_request.case_id)
        rights_request.refresh_from_db()
        first = Delivery.objects.filter(pk=delivery.pk, collected_at=None).update(
            collected_at=timezone.now()
        )
        log(rights_request, EventType.EXPORT_DELIVERED, actor=Actor.person(), channel="web")
        if first and rights_request.state == State.READY:
            close(rights_request, outcome_of(rights_request), actor=Actor.person())
    return content


def close_uncollected(rights_request: RightsRequest) -> None:
    """Close a request whose copy nobody collected in its days. The person may ask again, free."""
    with transaction.atomic():
        lock_case(rights_request.case_id)
        rights_request.refresh_from_db()
        if (
            rights_request.state == State.READY
            and rights_request.delivery.available_until < timezone.localdate()
        ):
            close(rights_request, outcome_of(rights_request), actor=ACTOR)
