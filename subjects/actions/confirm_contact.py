"""The person confirms that we reach them: the search may begin."""

from django.db import transaction
from django.utils import timezone

from subjects.actions.move import lock_case, log
from subjects.actions.start_search import start_search
from subjects.audit.events import Actor, EventType
from subjects.lifecycle import State
from subjects.models import Case


def confirm_contact(case: Case, *, actor: Actor | None = None) -> None:
    """Note the first opening of the case as confirmation of the contact and let the search begin.

    Confirming again changes nothing.
    """
    actor = actor or Actor.person()
    with transaction.atomic():
        locked = lock_case(case.pk)
        if locked.contact_confirmed_at:
            return
        locked.contact_confirmed_at = timezone.now()
        locked.identity_tier = locked.identity_tier or Case.Tier.T0
        locked.save(update_fields=["contact_confirmed_at", "identity_tier"])
        for rights_request in locked.rights_requests.filter(state=State.RECEIVED):
            log(rights_request, EventType.CONTACT_CONFIRMED, actor=actor, channel=locked.channel)
        start_search(locked, actor=actor)
