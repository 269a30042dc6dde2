"""What a picture of a face becomes: plain values that need neither Pillow nor dlib."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

MODEL = "dlib-resnet-v1/face_recognition-1.3.0"
"""Stands on every face template. Distances between codes of different models mean nothing."""

SHARPNESS_WARN = 30.0
LUMINANCE_REFUSE, LUMINANCE_BRIGHT = 35.0, 200.0
FACE_PIXELS_REFUSE, FACE_PIXELS_WARN = 40, 100
ROLL_WARN = 30.0


@dataclass(frozen=True)
class Box:
    """Where a face is, in pixels of the picture turned by its EXIF tag, at its original size.

    `top` and `left` are inside, `bottom` and `right` outside, as in a slice.
    """

    top: int
    right: int
    bottom: int
    left: int

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return self.bottom - self.top

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return self.right - self.left

    @property
    def centre(self) -> tuple[float, float]:
        """Give the middle as (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def astuple(self) -> tuple[int, int, int, int]:
        """Give (top, right, bottom, left), the order of face_recognition."""
        return self.top, self.right, self.bottom, self.left

    def grown(self, share: float) -> "Box":
        """Wider on each side by `share` of its own width and height. May leave the picture."""
        across, down = round(self.width * share), round(self.height * share)
        return Box(self.top - down, self.right + across, self.bottom + down, self.left - across)

    def scaled(self, across: float, down: float) -> "Box":
        """Give the same place in a picture `across` times as wide and `down` times as high."""
        return Box(
            round(self.top * down),
            round(self.right * across),
            round(self.bottom * down),
            round(self.left * across),
        )

    def within(self, width: int, height: int) -> "Box":
        """Give the part inside a picture of this size."""
        return Box(
            min(max(self.top, 0), height),
            min(max(self.right, 0), width),
            min(max(self.bottom, 0), height),
            min(max(self.left, 0), width),
        )

    def overlap(self, other: "Box") -> float:
        """Shared area over joint area, from 0 (apart) to 1 (the same box)."""
        across = min(self.right, other.right) - max(self.left, other.left)
        down = min(self.bottom, other.bottom) - max(self.top, other.top)
        if across <= 0 or down <= 0:
            return 0.0
        shared = across * down
        return shared / (self.width * self.height + other.width * other.height - shared)


@dataclass(frozen=True)
class Quality:
    """How well a face can be compared.

    sharpness:    variance of the Laplacian over the aligned face of 150 pixels
    luminance:    mean brightness of the face, 0 black to 255 white
    face_pixels:  shorter side of the face in the original picture
    roll_degrees: how far the head leans, from the line between the eyes
    """

    sharpness: float
    luminance: float
    face_pixels: int
    roll_degrees: float

    def warnings(self) -> tuple[str, ...]:
        """Name what makes a comparison less certain: blurred, dark, bright, small, leaning."""
        found = {
            "blurred": self.sharpness < SHARPNESS_WARN,
            "dark": self.luminance < LUMINANCE_REFUSE,
            "bright": self.luminance > LUMINANCE_BRIGHT,
            "small": self.face_pixels < FACE_PIXELS_WARN,
            "leaning": abs(self.roll_degrees) > ROLL_WARN,
        }
        return tuple(name for name, holds in found.items() if holds)


@dataclass(frozen=True, eq=False)
class Face:
    """One face of a picture. `vector` is the face code: 128 float64, made by `MODEL`."""

    box: Box
    quality: Quality
    vector: NDArray[np.float64] = field(repr=False)  # Art. 9: must not slip into a log line


@dataclass(frozen=True)
class MaskedPicture:
    """A JPEG with every face but the kept ones painted over; `boxes` are the painted ones."""

    picture: bytes = field(repr=False)
    boxes: tuple[Box, ...]

    @property
    def masked(self) -> int:
        """How many places were painted over."""
        return len(self.boxes)
