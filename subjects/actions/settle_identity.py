"""Staff record how they know that the person who asks is the person in the picture (Art 12(6))."""

from django.contrib.auth.models import User
from django.db import transaction

from subjects.actions.move import lock_case
from subjects.audit.events import EventType
from subjects.audit.log import record
from subjects.errors import NotYet, ReasonMissing
from subjects.models import Case
from subjects.policies import TIERS, actor_of, check_can_review

METHODS = {
    "photo_comparison": "Compared several photos of the person",
    "video_call": "Spoke with the person by video",
    "in_person_check": "Met the person",
    "url_control": "The person controls the page where the picture is published",
    "wallet": "European digital identity wallet",
    "national_eid": "National electronic identity",
    "id_document": "Saw an identity document; not kept",
}
"""The ways to settle an identity by hand.

None is the only one (R-032), and no document is kept (R-034).
"""


def settle_identity(case: Case, *, tier: str, method: str, by: User) -> None:
    """Note the tier reached and the way; a tier never falls by this.

    Raises `NotYet` before the contact is confirmed, `ReasonMissing` for a way that is not listed.
    """
    check_can_review(by)
    if method not in METHODS or tier not in {Case.Tier.T1, Case.Tier.T2}:
        what = "how the identity was settled"
        raise ReasonMissing(what, "Art 12(6)")
    with transaction.atomic():
        locked = lock_case(case.pk)
        if not locked.contact_confirmed_at:
            message = "the person has not confirmed their contact"
            raise NotYet(message)
        if TIERS.index(locked.identity_tier) >= TIERS.index(tier):
            return
        locked.identity_tier, locked.identity_method = tier, method
        locked.save(update_fields=["identity_tier", "identity_method"])
        record(
            locked.pk,
            EventType.IDENTITY_CONFIRMED,
            actor=actor_of(by),
            tier=tier,
            method=method,
        )
    case.refresh_from_db()
