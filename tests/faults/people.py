"""Who is held on a stage: the people of the demonstration, and a few hundred strangers."""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
from django.conf import settings
from PIL import Image, ImageOps

from subjects.actions.draw_strangers import draw_strangers
from subjects.actions.read_demonstration import DemonstrationPicture, read_demonstration
from subjects.faces.encoder import encode
from subjects.faces.values import MODEL
from subjects.stores import stores
from subjects.stores.base import Box
from subjects.stores.own import Enrolment, OwnStore

STRANGERS = 200
"""In each store."""
Seen = tuple[Box, list[float]]
"""A face in a picture: where it is, and its face code."""
LONGEST_SIDE, LONGEST_SIDE_OF_A_GROUP = 320, 640
"""Pixels. Small pictures are masked in a second, so that the leases of a stage can be short."""


class Truth:
    """Which reference belongs to whom: what a reviewer sees by looking at the pictures."""

    def __init__(self) -> None:
        self.file = Path(settings.VAR_DIR) / "truth.json"
        self.known: dict[str, list] = (
            json.loads(self.file.read_text()) if self.file.exists() else {}
        )

    def person(self, ref: str) -> str:
        return self.known[ref][0]

    def picture(self, ref: str) -> str:
        return self.known[ref][1]

    def boxes_in(self, picture: str) -> dict[str, Box]:
        """Return the place of each face that was ever taken in from a picture."""
        return {ref: tuple(box) for ref, (_, name, box) in self.known.items() if name == picture}

    def note(
        self, refs: Sequence[str], picture: DemonstrationPicture, seen: Sequence[Seen]
    ) -> None:
        for ref, person, (box, _) in zip(refs, picture.people, seen, strict=True):
            self.known[ref] = [person, picture.path.stem, box]
        self.file.write_text(json.dumps(self.known))


def fill(faces: Path) -> None:
    """Fill both stores; `faces` keeps the face codes for the next stage."""
    manifest = read_demonstration()
    for picture in manifest.pictures:
        _keep_small(picture)
    if not faces.exists():
        faces.write_text(json.dumps({one.path.stem: _looked_at(one) for one in manifest.pictures}))
    known: dict[str, list[Seen]] = json.loads(faces.read_text())
    take_in([one.path.stem for one in manifest.pictures], known)
    vectors = np.array([vector for seen in known.values() for _, vector in seen])
    probe = np.array([face.vector for face in encode(manifest.probe.read_bytes())])
    everybody = np.concatenate([vectors, probe])
    for seed, alias in enumerate(stores):
        drawn = draw_strangers(everybody, everybody, count=STRANGERS, seed=seed, keep=0.61)
        _own(alias).enrol([Enrolment(vector=vector, model=MODEL) for vector in drawn])


def take_in(names: Sequence[str], known: dict[str, list[Seen]] | None = None) -> list[str]:
    """Enrol pictures of the demonstration as the organisation would; return their references."""
    truth, refs = Truth(), []
    for picture in read_demonstration().pictures:
        if picture.path.stem not in names:
            continue
        seen = known[picture.path.stem] if known else _looked_at(picture)
        new = _own(picture.store).enrol(list(_enrolments(picture, seen)))
        truth.note(new, picture, seen)
        refs += new
    return refs


def picture_of(name: str) -> Path:
    """Return where the stage keeps a picture as it was before anything was erased."""
    return Path(settings.VAR_DIR) / "pictures" / f"{name}.jpg"


@cache
def probe_of(person: str) -> bytes:
    """Return a picture of the person with nobody else in it."""
    manifest = read_demonstration()
    if person == manifest.person:
        return manifest.probe.read_bytes()
    alone = (one for one in manifest.pictures_of(person) if len(one.people) == 1)
    return next(alone).path.read_bytes()


def _own(alias: str) -> OwnStore:
    store = stores[alias]
    assert isinstance(store, OwnStore)
    return store


def _enrolments(picture: DemonstrationPicture, seen: Sequence[Seen]) -> Iterator[Enrolment]:
    for box, vector in seen:
        yield Enrolment(
            vector=np.array(vector),
            model=MODEL,
            picture=picture_of(picture.path.stem).read_bytes(),
            box=box,
            source_url=picture.source_url,
            page_title=picture.page_title,
            collector=picture.collector,
            collected_at=picture.collected_at,
            recipients=picture.recipients,
        )


def _looked_at(picture: DemonstrationPicture) -> list[Seen]:
    faces = encode(picture_of(picture.path.stem).read_bytes())
    return [(face.box.astuple(), face.vector.tolist()) for face in faces]


def _keep_small(picture: DemonstrationPicture) -> None:
    small = ImageOps.exif_transpose(Image.open(picture.path)).convert("RGB")
    side = LONGEST_SIDE_OF_A_GROUP if len(picture.people) > 1 else LONGEST_SIDE
    small.thumbnail((side, side))
    picture_of(picture.path.stem).parent.mkdir(exist_ok=True)
    small.save(picture_of(picture.path.stem), quality=92)
