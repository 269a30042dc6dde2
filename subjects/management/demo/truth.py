"""What the stores held before the story began, to compare with afterwards, byte by byte."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from subjects.actions.read_demonstration import read_demonstration
from subjects.errors import NoFaceFound, TemplateGone
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
    for alias, ref, has_picture in _refs():
        store, key = stores[alias], (alias, ref)
        truth.vectors[key] = np.asarray(store.vector(ref), dtype="<f4").tobytes()
        if not has_picture:
            continue
        truth.pictures[key] = store.picture(ref) or b""
        source = store.describe(ref).source_url or ""
        people = faces_of.get(source, ())
        if people and people[_from_the_left(alias, ref)] == manifest.person:
            truth.person.add(key)
            truth.sources.add(source)
    return truth


def changed_bystanders(truth: Truth) -> list[Key]:
    """Return bystanders whose code or picture is not what it was.

    A group picture in which the person's face was blanked is another file; there the bystander's
    face must still be found and give the code it gave.
    """
    return [key for key in truth.bystanders if not _is_as_before(truth, key)]


def scan(needles: list[bytes]) -> list[str]:
    """Return the files of all stores in which one of `needles` still stands."""
    return [
        str(path)
        for alias in stores
        if isinstance(store := stores[alias], OwnStore)
        for path in store.byte_scan(needles)
    ]


def _is_as_before(truth: Truth, key: Key) -> bool:
    alias, ref = key
    store = stores[alias]
    try:
        vector = np.asarray(store.vector(ref), dtype="<f4")
        picture = store.picture(ref) if key in truth.pictures else None
    except TemplateGone:
        return False
    if vector.tobytes() != truth.vectors[key]:
        return False
    if picture is None or picture == truth.pictures[key]:
        return picture is not None or key not in truth.pictures
    shared = truth.pictures[key] in {
        truth.pictures[one] for one in truth.person if one in truth.pictures
    }
    try:
        nearest = min(
            float(np.linalg.norm(face.vector - vector)) for face in encoder.encode(picture)
        )
    except NoFaceFound:
        return False
    return shared and nearest <= SAME_FACE


def _from_the_left(alias: str, ref: TemplateRef) -> int:
    """Return which face of its picture a template is, 0 first."""
    described, store = stores[alias].describe(ref), bundled_tables.BundledTemplate.objects
    beside = (
        store.filter(picture__templates__ref=ref).exclude(ref=ref).values_list("box", flat=True)
    )
    left = described.box[3] if described.box else 0
    return sum(box[3] < left for box in beside if box)


def _refs() -> Iterator[tuple[str, TemplateRef, bool]]:
    rows = bundled_tables.BundledTemplate.objects.order_by("pk")
    for alias, ref, picture in rows.values_list("segment__gallery__alias", "ref", "picture"):
        yield alias, TemplateRef(ref), picture is not None
