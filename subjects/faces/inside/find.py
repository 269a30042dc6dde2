"""Finding and encoding faces, by face_recognition as its users know it."""

import math

import dlib
import face_recognition
import numpy as np
from face_recognition.api import face_encoder, pose_predictor_5_point
from numpy.typing import NDArray

from subjects.errors import FaceTooSmall, NoFaceFound, PictureTooDark
from subjects.faces.inside.decode import Decoded, Pixels
from subjects.faces.values import FACE_PIXELS_REFUSE, LUMINANCE_REFUSE, Box, Face, Quality

ALIGNED_PIXELS = 150  # what the network is given
LUMA = np.array((0.299, 0.587, 0.114))  # ITU-R BT.601


def faces_of(decoded: Decoded) -> list[Face]:
    """Every face that is large enough, left to right, its box in the original picture.

    Raises NoFaceFound, FaceTooSmall when none is large enough, PictureTooDark when all are dark.
    """
    pixels = decoded.pixels()
    # Without enlarging first: five times faster, and faces of 80 pixels are found.
    found = face_recognition.face_locations(pixels, number_of_times_to_upsample=0)
    found = found or face_recognition.face_locations(pixels, number_of_times_to_upsample=1)
    if not found:
        raise NoFaceFound
    boxes = [(reduced, decoded.to_original(Box(*reduced))) for reduced in sorted(found, key=_left)]
    large = [(reduced, box) for reduced, box in boxes if _side(box) >= FACE_PIXELS_REFUSE]
    if not large:
        raise FaceTooSmall
    vectors = face_recognition.face_encodings(
        pixels, [reduced for reduced, _ in large], model="small"
    )
    faces = [
        Face(box, quality(pixels, reduced, _side(box)), vector)
        for (reduced, box), vector in zip(large, vectors, strict=True)
    ]
    if all(face.quality.luminance < LUMINANCE_REFUSE for face in faces):
        raise PictureTooDark
    return faces


def quality(pixels: Pixels, location: tuple[int, int, int, int], side: int) -> Quality:
    """Judge the face at (top, right, bottom, left); `side` is its size in the original picture."""
    top, right, bottom, left = location
    landmarks = pose_predictor_5_point(pixels, dlib.rectangle(left, top, right, bottom))
    aligned = dlib.get_face_chip(pixels, landmarks, size=ALIGNED_PIXELS)
    return Quality(
        sharpness=round(_laplacian_variance(aligned @ LUMA), 2),
        luminance=round(float((pixels[top:bottom, left:right] @ LUMA).mean()), 2),
        face_pixels=side,
        roll_degrees=round(_roll(landmarks), 2),
    )


def known_answer() -> NDArray[np.float64]:
    """Encode a drawn pattern: the network must always answer the same."""
    y, x = np.mgrid[0:ALIGNED_PIXELS, 0:ALIGNED_PIXELS]
    pattern = np.stack((x * 5 + y * 3, x * y // 7, x * 2 + 255 - y), axis=2) % 256
    return np.array(face_encoder.compute_face_descriptor(pattern.astype(np.uint8)))


def _left(location: tuple[int, int, int, int]) -> tuple[int, int]:
    return location[3], location[0]


def _side(box: Box) -> int:
    return min(box.width, box.height)


def _laplacian_variance(grey: NDArray[np.float64]) -> float:
    inner = grey[1:-1, 1:-1]
    around = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    return float((around - 4 * inner).var())


def _roll(landmarks: dlib.full_object_detection) -> float:
    """Degrees between the line through the eyes and the horizon; the points are two an eye."""
    points = [(landmarks.part(n).x, landmarks.part(n).y) for n in range(4)]
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
    return math.degrees(math.atan2((y0 + y1) - (y2 + y3), (x0 + x1) - (x2 + x3)))
