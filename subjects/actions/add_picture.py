"""The person sends another picture, or says which face in it is theirs.

The stores are searched again.
"""

from django.db import transaction

from subjects.actions.file_case import MAX_PROBES, keep_picture
from subjects.actions.move import lock_case, log
from subjects.actions.start_search import start_search
from subjects.audit.events import Actor, EventType
from subjects.errors import NotYet, PictureTooLarge, SeveralFacesFound
from subjects.lifecycle import State
from subjects.models import Case, Probe

OPEN_TO_PICTURES = (State.RECEIVED, State.AWAITING_PICTURE, State.IN_REVIEW)


def add_picture(
    case: Case, picture: bytes, *, consent_version: str, limit: int, actor: Actor | None = None
) -> None:
    """Add a probe of at most `limit` bytes and search again, up to five times.

    Raises `NotYet` where the case is past its search or holds five already, `PictureTooLarge`.
    """
    actor = actor or Actor.person()
    if len(picture) > limit:
        raise PictureTooLarge
    with transaction.atomic():
        locked = lock_case(case.pk)
        waiting = list(locked.rights_requests.filter(state__in=OPEN_TO_PICTURES))
        if not waiting:
            message = "your pictures are being searched, or your case has gone past the search"
            raise NotYet(message)
        if locked.probes.filter(refusal="", blob__purged_at=None).count() >= MAX_PROBES:
            message = f"there are {MAX_PROBES} pictures already; more do not improve the search"
            raise NotYet(message)
        probe = keep_picture(locked, picture)
        if probe is None:
            message = (
                "we could not keep your picture; please send it again later, or by e-mail or post"
            )
            raise NotYet(message)
        if not locked.consented_at:
            locked.consent_version, locked.consented_at = consent_version, probe.added_at
            locked.save(update_fields=["consent_version", "consented_at"])
        log(waiting[0], EventType.PROBE_ADDED, actor=actor, count=locked.probes.count())
        if locked.contact_confirmed_at:
            start_search(locked, actor=actor)


def choose_face(probe: Probe, face: int, *, actor: Actor | None = None) -> None:
    """Say which face of a picture with several is the person's: 0 is the first from the left.

    Raises `SeveralFacesFound` where there is no such face.
    """
    with transaction.atomic():
        case = lock_case(probe.case_id)
        probe.refresh_from_db()
        if probe.refusal != SeveralFacesFound.code:
            return
        if not 0 <= face < (probe.faces_found or 0):
            raise SeveralFacesFound(probe.faces_found or 2)
        probe.chosen_face, probe.refusal = face, ""
        probe.save(update_fields=["chosen_face", "refusal"])
        start_search(case, actor=actor or Actor.person())
