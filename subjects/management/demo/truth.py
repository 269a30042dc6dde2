"""What the stores held before the story began, to compare with afterwards, byte by byte."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from subjects.actions.read_demonstration import read_demonstration
from subjects.errors import NoFaceFound, StoreMisconfigured
from subjects.faces import encoder
from subjects.models import bundled_tables
from subjects.stores import stores
from subjects.stores.base import TemplateRef
from subjects.stores.own import OwnStore

SAME_FACE: Final = 0.05
"""A bystander's face code after a redaction beside it differs at most by this much."""
Key = tuple[str, TemplateRef]


@dataclass
class Truth:
    """The face codes of the person, those of everybody else, and the bytes of all of them."""

    person: set[Key] = field(default_factory=set)
    sources: set[str] = field(default_factory=set)
    vectors: dict[Key, bytes] = field(default_factory=dict)
    pictures: dict[Key, bytes] = field(default_factory=dict)

    @property
    def bystanders(self) -> set[Key]:
        """Everybody else, with or without a picture."""
        return set(self.vectors) - self.person

    @property
    def needles(self) -> list[bytes]:
        """Bytes that must be nowhere after the erasure: the person's codes, and their own pictures.

        Of a picture that a bystander is in as well, another one stays; of the original nothing.
        """
        pictures = {self.pictures[key] for key in self.person if key in self.pictures}
        return [self.vectors[key] for key in self.person] + [
            picture[start : start + 512]
            for picture in pictures
            for start in range(1024, len(picture) - 512, max(len(picture) // 8, 512))
        ]


def look() -> Truth:
    """Read everything that the demonstration's stores hold now."""
    manifest, truth = read_demonstration(), Truth()
    faces_of = {entry.source_url: entry.people for entry in manifest.pictures}
    for alias in stores:
        truth.vectors |= {(alias, ref): vector.tobytes() for ref, vector in _own(alias).contents()}
    pictured = bundled_tables.BundledTemplate.objects.filter(picture__isnull=False)
    for alias, name in pictured.values_list("segment__gallery__alias", "ref"):
        store, ref = stores[alias], TemplateRef(name)
        truth.pictures[alias, ref] = store.picture(ref) or b""
        source = store.describe(ref).source_url or ""
        people = faces_of.get(source, ())
        if people and people[_from_the_left(alias, ref)] == manifest.person:
            truth.person.add((alias, ref))
            truth.sources.add(source)
    return truth


def changed_bystanders(truth: Truth) -> list[Key]:
    """Return bystanders whose code or picture is not what it was.

    A group picture in which the person's face was blanked is another file; there the bystander's
    face must still be found and give the code it gave.
    """
    now = look()
    shared = {truth.pictures[key] for key in truth.person if key in truth.pictures}
    return [
        key
        for key in truth.bystanders
        if now.vectors.get(key) != truth.vectors[key]
        or not _same_picture(truth.pictures.get(key), now.pictures.get(key), shared, truth, key)
    ]


def scan(needles: list[bytes]) -> list[str]:
    """Return the files of all stores in which one of `needles` still stands."""
    return [str(path) for alias in stores for path in _own(alias).byte_scan(needles)]


def _same_picture(
    before: bytes | None, after: bytes | None, shared: set[bytes], truth: Truth, key: Key
) -> bool:
    if before == after:
        return True
    if after is None or before not in shared:
        return False
    vector = np.frombuffer(truth.vectors[key], dtype="<f4")
    try:
        faces = encoder.encode(after, held=True)
    except NoFaceFound:
        return False
    return min(float(np.linalg.norm(face.vector - vector)) for face in faces) <= SAME_FACE


def _own(alias: str) -> OwnStore:
    store = stores[alias]
    if not isinstance(store, OwnStore):
        raise StoreMisconfigured(alias, "the demonstration needs a store that takes pictures in")
    return store


def _from_the_left(alias: str, ref: TemplateRef) -> int:
    """Return which face of its picture a template is, 0 first."""
    described, store = stores[alias].describe(ref), bundled_tables.BundledTemplate.objects
    beside = (
        store.filter(picture__face_templates__ref=ref)
        .exclude(ref=ref)
        .values_list("box", flat=True)
    )
    left = described.box[3] if described.box else 0
    return sum(box[3] < left for box in beside if box)
