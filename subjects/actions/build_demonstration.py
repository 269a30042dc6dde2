"""Fill the stores of the demonstration, once: portraits with their metadata, and strangers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from subjects.actions.draw_strangers import Codes, Portraits, draw_strangers, nearest
from subjects.actions.read_demonstration import (
    Demonstration,
    DemonstrationPicture,
    read_demonstration,
)
from subjects.errors import StoreMisconfigured
from subjects.faces.encoder import encode
from subjects.faces.values import MODEL, Face
from subjects.stores import stores
from subjects.stores.own import Enrolment, OwnStore

RADIUS = 0.6
"""Within it the tolerance of face_recognition calls two faces one person."""
KEEP_AWAY = RADIUS + 0.01
FIRST_DAY = datetime(2016, 10, 1, tzinfo=UTC)
YEARS = 10
COUNTRIES = ("FR", "DE", "IT", "ES", "")
"""Where the synthetic codes come from, in turn; of every fifth one nobody noted it."""

Encoded = tuple[DemonstrationPicture, list[Face]]


@dataclass(frozen=True, slots=True)
class Filled:
    """What one store got; `nearest` is the distance of its nearest stranger to a portrait."""

    store: str
    pictures: int
    faces: int
    strangers: int
    nearest: float


def build_demonstration(say: Callable[[str], None] = lambda _line: None) -> list[Filled]:
    """Fill each store of the manifest that holds nothing yet; say one line for each.

    A store that holds anything is left alone: what somebody had erased must not come back with
    the next start. Each store takes everything or nothing, so that a crash is mended by the next
    call. Raises ImproperlyConfigured in production, EncoderUnavailable, and StoreError.
    """
    if settings.PRODUCTION:
        message = "The demonstration is not for production: it would mix with real people."
        raise ImproperlyConfigured(message)
    manifest = read_demonstration()
    empty = {alias: _own(alias) for alias in manifest.strangers if not _own(alias).model}
    for alias in sorted(set(manifest.strangers) - set(empty)):
        say(f"{stores[alias].name}: holds face codes already, left as it is")
    if not empty:
        return []
    encoded = [_encoded(picture) for picture in manifest.pictures]
    strangers = _strangers(manifest, encoded)
    return [_fill(store, encoded, strangers[alias], say) for alias, store in empty.items()]


def _own(alias: str) -> OwnStore:
    store = stores[alias]
    if not isinstance(store, OwnStore):
        raise StoreMisconfigured(alias, "the demonstration needs a store that takes pictures in")
    return store


def _encoded(picture: DemonstrationPicture) -> Encoded:
    faces = encode(picture.path.read_bytes())
    if len(faces) != len(picture.people):
        message = f"{picture.path.name}: {len(faces)} faces found, {len(picture.people)} named"
        raise ImproperlyConfigured(message)
    return picture, faces


def _strangers(manifest: Demonstration, encoded: Sequence[Encoded]) -> dict[str, Codes]:
    """Draw the strangers of all stores at once, so that each store's are the same every time."""
    by_person: dict[str, list[Portraits]] = {}
    for picture, faces in encoded:
        for person, face in zip(picture.people, faces, strict=True):
            by_person.setdefault(person, []).append(face.vector)
    probe = encode(manifest.probe.read_bytes())
    by_person[manifest.person] += [face.vector for face in probe]
    codes = draw_strangers(
        np.array([np.mean(vectors, axis=0) for vectors in by_person.values()]),
        np.concatenate([np.array(vectors) for vectors in by_person.values()]),
        count=sum(manifest.strangers.values()),
        seed=manifest.seed,
        keep=KEEP_AWAY,
    )
    ends = np.cumsum(list(manifest.strangers.values()))[:-1]
    return dict(zip(manifest.strangers, np.split(codes, ends), strict=True))


def _fill(
    store: OwnStore, encoded: Sequence[Encoded], strangers: Codes, say: Callable[[str], None]
) -> Filled:
    ours = [(picture, faces) for picture, faces in encoded if picture.store == store.alias]
    known = [enrolment for each in ours for enrolment in _enrolments(*each)]
    store.enrol([*known, *_nobody(store.alias, strangers)])
    portraits = np.array([face.vector for _, faces in encoded for face in faces])
    filled = Filled(
        store=store.alias,
        pictures=len(ours),
        faces=len(known),
        strangers=len(strangers),
        nearest=float(nearest(strangers, portraits).min()),
    )
    say(
        f"{store.name}: {filled.pictures} pictures with {filled.faces} faces, "
        f"{filled.strangers} synthetic face codes, the nearest {filled.nearest:.3f} from a portrait"
    )
    return filled


def _enrolments(picture: DemonstrationPicture, faces: Sequence[Face]) -> Iterator[Enrolment]:
    content = picture.path.read_bytes()
    for face in faces:
        yield Enrolment(
            vector=face.vector,
            model=MODEL,
            picture=content,
            box=face.box.astuple(),
            source_url=picture.source_url,
            page_title=picture.page_title,
            collector=picture.collector,
            caption=picture.caption,
            collected_at=picture.collected_at,
            collected_in=picture.collected_in,
            recipients=picture.recipients,
        )


def _nobody(alias: str, strangers: Codes) -> Iterator[Enrolment]:
    """Give the synthetic codes dates over the last ten years, evenly, and countries in turn."""
    step = timedelta(days=365 * YEARS) / len(strangers)
    for number, vector in enumerate(strangers):
        yield Enrolment(
            vector=vector,
            model=MODEL,
            source_url=f"https://synthetic.example/{alias}/{number}",
            page_title="Synthetic face code: it belongs to nobody",
            collector="demonstration",
            collected_at=FIRST_DAY + number * step,
            collected_in=COUNTRIES[number % len(COUNTRIES)],
        )
