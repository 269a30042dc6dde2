"""Staff look at a face: every look is an entry in the log, and without one nobody sees it."""

from django.contrib.auth.models import User
from django.db import transaction

from subjects.actions.move import lock_case
from subjects.audit.events import EventType
from subjects.audit.log import record
from subjects.faces import pictures
from subjects.faces.values import Box
from subjects.models import FoundTemplate, Probe
from subjects.policies import actor_of, check_is_staff
from subjects.stores import stores
from subjects.stores.base import TemplateRef


def view_probe(probe: Probe, *, by: User) -> bytes:
    """Return the face of a probe as a square JPEG; before the search, the picture, small.

    Raises `BlobPurged`, `BadPicture` for one that cannot be opened, `EncoderUnavailable`.
    """
    check_is_staff(by)
    picture = probe.blob.read()
    if probe.box:
        shown = pictures.crop(picture, Box(*probe.box))
    else:
        shown = pictures.thumbnail(picture, longest=pictures.CROP_PIXELS)
    with transaction.atomic():
        lock_case(probe.case_id)
        record(
            probe.case_id,
            EventType.ACCESS_VIEWED,
            actor=actor_of(by),
            payload={"probe": probe.pk.hex},
        )
    return shown


def view_candidate(found: FoundTemplate, *, by: User) -> bytes | None:
    """Return the face of a candidate as a square JPEG at the probe's scale.

    None where the store holds only the face code. Raises `StoreUnavailable`, `TemplateGone`.
    """
    check_is_staff(by)
    picture, box = _held(found)
    if picture is None:
        return None
    small = pictures.CROP_PIXELS
    shown = pictures.crop(picture, box) if box else pictures.thumbnail(picture, longest=small)
    _note(found, by)
    return shown


def view_picture(found: FoundTemplate, *, by: User) -> bytes | None:
    """Return the whole picture of a candidate with every other face painted over (Art 15(4)).

    None where the store holds no picture, or not where in it the face is: then nobody could be
    told apart from the others. Raises as `view_candidate`.
    """
    check_is_staff(by)
    picture, box = _held(found)
    if picture is None or box is None:
        return None
    shown = pictures.mask_others(picture, [box]).picture
    _note(found, by)
    return shown


def _held(found: FoundTemplate) -> tuple[bytes | None, Box | None]:
    store, ref = stores[found.store], TemplateRef(found.template_ref)
    box = store.describe(ref).box
    return store.picture(ref), Box(*box) if box else None


def _note(found: FoundTemplate, by: User) -> None:
    """Write the entry last: a look that failed was none; what cannot be noted is not shown."""
    with transaction.atomic():
        lock_case(found.case_id)
        record(
            found.case_id,
            EventType.ACCESS_VIEWED,
            actor=actor_of(by),
            sys=found.store,
            payload={"candidate": found.pk.hex},
        )
