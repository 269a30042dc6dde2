"""How near two face codes are, what that is called, and in which order a human sees them."""

import math
from collections.abc import Mapping, Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from subjects.errors import VectorRefused

NUMBERS = 128


class Band(StrEnum):
    """What a distance means for the order of work. Never a decision: a human decides."""

    STRONG = "strong"
    REVIEW = "review"
    SET_ASIDE = "set_aside"


def band(distance: float, *, strong_within: float, within: float) -> Band:
    """Name the band of a distance; both radii belong to the nearer band (`<=`).

    Raises VectorRefused for a distance that is not a number: it would be set aside unseen.
    """
    if math.isnan(distance):
        what = "a distance is not a number"
        raise VectorRefused(what)
    if distance <= strong_within:
        return Band.STRONG
    return Band.REVIEW if distance <= within else Band.SET_ASIDE


def fused(vectors: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Average the codes of several pictures of one person into one code of 128 float64.

    Averaging shortens every distance: use a smaller radius (about 0.47 instead of 0.6).
    Raises VectorRefused when there is no code, or one that is not 128 finite numbers.
    """
    shapes = {np.shape(vector) for vector in vectors}
    mean = (
        np.mean(np.asarray(vectors, dtype=np.float64), axis=0) if shapes == {(NUMBERS,)} else None
    )
    if mean is None or not np.isfinite(mean).all():
        what = f"{len(vectors)} codes cannot be averaged"
        raise VectorRefused(what)
    return np.asarray(mean, dtype=np.float64)


def rank(distances: Mapping[str, float]) -> list[str]:
    """Order template references, nearest first; equal distances by reference, so runs agree."""
    return sorted(distances, key=lambda ref: (distances[ref], ref))
