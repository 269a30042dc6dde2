"""Pictures that may be shown or handed out: cleaned, cut, reduced or masked, in a child process."""

from collections.abc import Sequence
from typing import Any

from subjects.errors import PictureTooHard
from subjects.faces import formats, sandbox
from subjects.faces.values import Box, MaskedPicture

CLEAN_PIXELS, CROP_PIXELS, THUMBNAIL_PIXELS = 2048, 320, 240
JPEG = b"\xff\xd8\xff"


def clean(picture: bytes) -> bytes:
    """Encode an upload anew as JPEG: turned upright, at most 2048 pixels a side, no metadata.

    What was hidden in the file (EXIF, GPS, a second file behind it) is gone. Raises BadPicture.
    """
    formats.check(picture, at_most=formats.upload_bytes())
    return _jpeg("clean", picture, longest=CLEAN_PIXELS, held=False)[1]


def thumbnail(picture: bytes, *, longest: int = THUMBNAIL_PIXELS) -> bytes:
    """Reduce a picture to at most `longest` pixels a side, as JPEG without metadata."""
    formats.check(picture, at_most=formats.HELD_BYTES)
    return _jpeg("clean", picture, longest=longest, held=True)[1]


def crop(picture: bytes, box: Box, size: int = CROP_PIXELS) -> bytes:
    """Cut a face out as a square JPEG of `size` pixels, the face half as wide as the square.

    The same scale for probe and candidate, so that a reviewer compares like with like.
    """
    formats.check(picture, at_most=formats.HELD_BYTES)
    return _jpeg("crop", picture, box=box.astuple(), size=size)[1]


def mask_others(picture: bytes, keep: Sequence[Box]) -> MaskedPicture:
    """Paint over every face but those in `keep`, for good (Art. 15(4)), at the picture's own size.

    The kept faces are never painted over, even where another face touches them. The result was
    searched again, and painted again where a face was still found.
    """
    formats.check(picture, at_most=formats.HELD_BYTES)
    answer, masked = _jpeg("mask", picture, keep=[box.astuple() for box in keep])
    try:
        boxes = tuple(Box(*map(int, box)) for box in answer["boxes"])
    except (KeyError, TypeError, ValueError) as error:
        raise PictureTooHard from error
    return MaskedPicture(masked, boxes)


def _jpeg(order: str, picture: bytes, **options: object) -> tuple[dict[str, Any], bytes]:
    answer, data = sandbox.ask(order, picture, **options)
    if not data.startswith(JPEG):
        raise PictureTooHard  # the child did not keep to the form: it is not trusted
    return answer, data
