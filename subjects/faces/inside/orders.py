"""The orders a child carries out: one picture in, one answer out."""

from collections.abc import Callable
from typing import Any

from subjects.errors import BadPicture, PictureTooHard
from subjects.faces.inside import decode, find, retouch
from subjects.faces.values import Box, Face

Order = dict[str, Any]
Answer = tuple[dict[str, Any], bytes]

DETECTION_PIXELS = 1024
KNOWN_START = (-0.108849, 0.150643, 0.08843, -0.020555, -0.05236, -0.040497, -0.079681, -0.007251)
KNOWN_WITHIN = 0.001
"""Rounding differs between processors, by far less than this."""


def carry_out(order: Order, picture: bytes) -> Answer:
    """Do as told. What is wrong with the picture is named by the code of its error."""
    try:
        return ORDERS[order["order"]](order, picture)
    except BadPicture as error:
        return {"refused": error.code}, b""
    except MemoryError:
        return {"refused": PictureTooHard.code}, b""


def _check(_order: Order, _picture: bytes) -> Answer:
    start = find.known_answer()[: len(KNOWN_START)]
    right = max(abs(start - KNOWN_START)) < KNOWN_WITHIN
    return {"right": bool(right)}, b""


def _encode(order: Order, picture: bytes) -> Answer:
    decoded = decode.decode(picture, longest=DETECTION_PIXELS, held=bool(order["held"]))
    faces = find.faces_of(decoded)
    return {"faces": [_plain(face) for face in faces]}, b""


def _plain(face: Face) -> dict[str, Any]:
    return {
        "box": face.box.astuple(),
        "quality": vars(face.quality),
        "vector": face.vector.tolist(),
    }


def _clean(order: Order, picture: bytes) -> Answer:
    decoded = decode.decode(picture, longest=int(order["longest"]), held=bool(order["held"]))
    return {}, decode.as_jpeg(decoded.image)


def _crop(order: Order, picture: bytes) -> Answer:
    image = retouch.square(
        decode.decode(picture, held=True).image, Box(*order["box"]), int(order["size"])
    )
    return {}, decode.as_jpeg(image)


def _mask(order: Order, picture: bytes) -> Answer:
    keep = [Box(*box) for box in order["keep"]]
    image, boxes = retouch.mask_others(decode.decode(picture, held=True).image, keep)
    return {"boxes": [box.astuple() for box in boxes]}, decode.as_jpeg(image)


def _blank(order: Order, picture: bytes) -> Answer:
    boxes = [Box(*box) for box in order["boxes"]]
    return {}, decode.as_png(retouch.blank(decode.decode(picture, held=True).image, boxes))


ORDERS: dict[str, Callable[[Order, bytes], Answer]] = {
    "check": _check,
    "encode": _encode,
    "clean": _clean,
    "crop": _crop,
    "mask": _mask,
    "blank": _blank,
}
