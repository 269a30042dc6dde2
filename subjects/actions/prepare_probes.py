"""The person's pictures are decoded in the sandbox, cleaned of metadata.

Turned into face codes.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from django.db import transaction

from subjects import vault
from subjects.actions.move import lock_case, log
from subjects.audit.events import Actor, EventType
from subjects.audit.log import record_system
from subjects.errors import BadPicture, BlobPurged, SeveralFacesFound
from subjects.faces import encoder, pictures
from subjects.faces.matching import fused
from subjects.faces.values import Face
from subjects.lifecycle import State
from subjects.models import Case, Probe, SealedBlob

ACTOR: Final = Actor.system("search")
Renew = Callable[[], None]


def prepare_probes(case: Case, *, renew: Renew) -> np.ndarray:
    """Return the face codes of the usable probes of `case`, (k, 128); none usable: (0, 128).

    `renew` holds the caller's lease; it is called before each decoding, which may take its time.

    A face code lives in this process only and is never written anywhere (R-053). A picture that
    cannot be used is marked with the code of what is wrong, for the person to mend.
    """
    usable = case.probes.filter(refusal="")
    vectors = [face.vector for probe in usable if (face := face_of(probe, renew))]
    if len(vectors) > 1:
        # The mean of several pictures finds more than each of them.
        vectors.append(fused(vectors))
    return np.asarray(vectors, dtype=np.float64).reshape(-1, 128)


def face_of(probe: Probe, renew: Renew) -> Face | None:
    """Encode a probe, None where it is purged or cannot be used (then it is marked so).

    Raises `BadPicture` for one that could be used before.
    """
    try:
        renew()
        if not probe.cleaned:
            _clean(probe)
            renew()
        face = encoder.encode_one(probe.blob.read(), chosen=probe.chosen_face)
    except BlobPurged:
        return None
    except BadPicture as error:
        if probe.quality is not None:
            # It was encoded before, so this attempt failed and not the picture: a search without
            # it, above all the one after an erasure, would say less than it seems to.
            raise
        _refuse(probe, error)
        return None
    if probe.quality is None:
        probe.quality = {
            "sharpness": round(face.quality.sharpness, 1),
            "luminance": round(face.quality.luminance, 1),
            "face_pixels": face.quality.face_pixels,
            "roll_degrees": round(face.quality.roll_degrees, 1),
        }
        probe.box = face.box.astuple()
        probe.save(update_fields=["quality", "box"])
    return face


def _clean(probe: Probe) -> None:
    """Replace what was sent by a clean copy.

    Place, camera and whatever else it carried are gone (R-056).
    """
    clean = pictures.clean(probe.blob.read())
    with transaction.atomic():
        lock_case(probe.case_id)
        probe.refresh_from_db()
        if probe.cleaned:  # a twin was faster
            return
        original = probe.blob
        probe.blob = SealedBlob.put(clean, SealedBlob.Purpose.PROBE)
        probe.cleaned = True
        probe.save(update_fields=["blob", "cleaned"])
        # In one transaction: a crash in between would keep the original for ever, named by nobody.
        original.destroy_key()
        record_system(EventType.PROBE_PURGED, actor=Actor.system("purge"), count=1)
    vault.remove_file(original.pk)


def _refuse(probe: Probe, error: BadPicture) -> None:
    with transaction.atomic():
        case = lock_case(probe.case_id)
        probe.refusal = error.code
        if isinstance(error, SeveralFacesFound):
            probe.faces_found = error.count
        probe.save(update_fields=["refusal", "faces_found"])
        for rights_request in case.rights_requests.filter(state=State.SEARCHING)[:1]:
            log(rights_request, EventType.PROBE_REFUSED, actor=ACTOR, reason=error.code)
