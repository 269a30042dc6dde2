"""Blanking a face out of a picture that a store keeps for the sake of others in it."""

from collections.abc import Sequence

from subjects.errors import PictureTooHard
from subjects.faces import formats, sandbox

PNG = b"\x89PNG\r\n\x1a\n"


def blank_faces(picture: bytes, boxes: Sequence[tuple[int, int, int, int]]) -> bytes:
    """Fill boxes (top, right, bottom, left) and a margin around them with one flat colour.

    Boxes are pixels of the picture turned by its EXIF tag. Nothing of the face is left. Returns
    a PNG without metadata, in which every other pixel equals the decoded original.
    Raises BadPicture.
    """
    formats.check(picture, at_most=formats.HELD_BYTES)
    _, blanked = sandbox.ask("blank", picture, boxes=[list(box) for box in boxes])
    if not blanked.startswith(PNG):
        raise PictureTooHard  # the child did not keep to the form: it is not trusted
    return blanked
