"""From the bytes of a picture to face codes, in a child process."""

import math
from typing import Any

import numpy as np

from subjects.errors import EncoderUnavailable, PictureTooHard, SeveralFacesFound
from subjects.faces import formats, sandbox
from subjects.faces.matching import NUMBERS
from subjects.faces.values import Box, Face, Quality


def encode(picture: bytes, *, held: bool = False) -> list[Face]:
    """Find and encode every face of a JPEG, PNG or WebP, left to right, by face_recognition.

    Boxes are pixels of the original picture turned by its EXIF tag. A picture held by the
    organisation may have more bytes and shorter sides than an upload. Never empty: raises
    NoFaceFound. Raises the other BadPicture errors, and EncoderUnavailable.
    """
    formats.check(picture, at_most=formats.HELD_BYTES if held else formats.upload_bytes())
    answer, _ = sandbox.ask("encode", picture, held=held)
    try:
        return [_face(plain) for plain in answer["faces"]]
    except (KeyError, TypeError, ValueError) as error:
        raise PictureTooHard from error  # the child did not keep to the form: it is not trusted


def encode_one(picture: bytes, chosen: int | None = None) -> Face:
    """Encode the one face of a picture, or the chosen one, counted from 0 at the left.

    Raises SeveralFacesFound with their number when the person must choose (again).
    """
    faces = encode(picture)
    if chosen is None and len(faces) == 1:
        return faces[0]
    if chosen is None or not 0 <= chosen < len(faces):
        raise SeveralFacesFound(len(faces))
    return faces[chosen]


def check() -> None:
    """Start the encoder if need be and let it answer a known question.

    Raises EncoderUnavailable when a library or model is missing, or gives other numbers.
    """
    try:
        answer, _ = sandbox.ask("check")
    except PictureTooHard as error:
        what = "a child of it was killed on a tiny test; ENCODER_MEMORY_MB may be too low"
        raise EncoderUnavailable(what) from error
    if answer.get("right") is not True:
        what = "the model gives other numbers than it should"
        raise EncoderUnavailable(what)


def _face(plain: dict[str, Any]) -> Face:
    quality = Quality(**plain["quality"])
    vector = np.array(plain["vector"], dtype=np.float64)
    if vector.shape != (NUMBERS,) or not np.isfinite(vector).all():
        raise ValueError
    if not all(math.isfinite(number) for number in vars(quality).values()):
        raise ValueError
    return Face(Box(*map(int, plain["box"])), quality, vector)
