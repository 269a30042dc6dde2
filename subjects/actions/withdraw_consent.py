"""The person takes back their consent: the pictures they sent are destroyed at once (R-051)."""

from django.db import transaction

from subjects.actions.move import lock_case
from subjects.audit.events import Actor, EventType
from subjects.audit.log import record
from subjects.models import Case, SealedBlob


def withdraw_consent(case: Case, *, actor: Actor | None = None) -> int:
    """Destroy every picture the person sent, with its key; returns how many. Twice is no error.

    The request goes on another way: a search under way finds no picture and asks for another lead,
    and the desk works with what the person wrote (Article 7(3)).
    """
    with transaction.atomic():
        locked = lock_case(case.pk)
        blobs = SealedBlob.objects.filter(probe__case=locked, purged_at=None)
        destroyed = sum(blob.purge() for blob in blobs)
        if destroyed:
            record(
                locked.pk,
                EventType.PROBE_PURGED,
                actor=actor or Actor.person(),
                count=destroyed,
                reason="consent-withdrawn",
            )
        locked.consented_at = None  # the version stays: the proof of what was agreed to
        locked.save(update_fields=["consented_at"])
    return destroyed
