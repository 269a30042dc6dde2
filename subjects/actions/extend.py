"""Two further months, once, before the first month ends.

Only with the reasons told (Art 12(3)).
"""

from collections.abc import Collection

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction

from subjects import deadlines, law
from subjects.actions.move import lock_case, log
from subjects.audit.events import EventType
from subjects.models import RightsRequest
from subjects.notices import write_letter
from subjects.policies import actor_of, check_can_extend


def extend(
    rights_request: RightsRequest,
    *,
    reasons: Collection[str],
    text: str,
    by: User,
) -> None:
    """Extend to three months from receipt and write the letter that says why.

    Raises `TooLate` after clock A, `NotYet` for a closed or refused request, `ReasonMissing`
    without a reason that counts and words about this case.
    """
    with transaction.atomic():
        case = lock_case(rights_request.case_id)
        rights_request.refresh_from_db()
        check_can_extend(by, rights_request)
        law.check_extension_reasons(reasons, text)
        country = settings.CONTROLLER_COUNTRY
        rights_request.extended_to = deadlines.extended_due_on(case.received_on, country)
        rights_request.extension_reason = min(reasons)
        rights_request.save(update_fields=["extended_to", "extension_reason"])
        log(
            rights_request,
            EventType.DEADLINE_EXTENDED,
            actor=actor_of(by),
            basis="art12-3",
            extended_to=rights_request.extended_to.isoformat(),
            reasons=sorted(reasons),
        )
        write_letter(rights_request, "extension", reasons=text)
