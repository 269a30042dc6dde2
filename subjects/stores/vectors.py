"""Checks face codes, and finds each one within a radius: a float32 filter, a float64 decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from subjects.errors import VectorRefused
from subjects.stores.base import Vector

DIMENSIONS: Final = 128
_ROUNDING: Final = 2.0**-24
_SLACK: Final = 4 * DIMENSIONS * _ROUNDING / (1 - DIMENSIONS * _ROUNDING)
_UNDERFLOW: Final = 1e-30


def checked_probes(vectors: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Return probes as float64, shape (k, 128), k at least one; else `VectorRefused`."""
    try:
        probes = np.atleast_2d(np.asarray(vectors, dtype=np.float64))
    except (TypeError, ValueError) as error:
        what = "there is something other than numbers"
        raise VectorRefused(what) from error
    if probes.shape != (len(probes), DIMENSIONS) or not len(probes):
        what = f"its shape is {probes.shape}"
        raise VectorRefused(what)
    if not np.isfinite(probes).all():
        what = "a number is missing or infinite"
        raise VectorRefused(what)
    return probes


def checked_template(vector: npt.ArrayLike) -> Vector:
    """Return a code as it is stored: 128 finite float32, not all zero; else `VectorRefused`."""
    probe = checked_probes(vector)
    if np.ndim(vector) != 1:
        what = "there are several"
        raise VectorRefused(what)
    with np.errstate(over="ignore", under="ignore"):
        stored: Vector = probe[0].astype("<f4")
    if not np.isfinite(stored).all():
        what = "a number is too large to be stored"
        raise VectorRefused(what)
    # All zeros is what an erased row looks like.
    if not stored.any():
        what = "all its numbers are zero"
        raise VectorRefused(what)
    return stored


def checked_radii(within: float | Sequence[float], probes: int) -> npt.NDArray[np.float64]:
    """Return one finite radius, not below zero, for each probe."""
    radii = np.asarray(within, dtype=np.float64)
    if radii.ndim == 0:
        radii = np.full(probes, radii)
    if radii.shape != (probes,) or not (np.isfinite(radii) & (radii >= 0)).all():
        message = f"within must be one radius, or one for each of the {probes} probes"
        raise ValueError(message)
    return radii


def distances(rows: Vector, probe: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return Euclidean distances in float64, as `face_recognition.face_distance` takes them."""
    away: npt.NDArray[np.float64] = np.linalg.norm(rows.astype(np.float64) - probe, axis=1)
    return away


def nearest_within(
    rows: Vector, probes: npt.NDArray[np.float64], radii: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return each row's smallest distance to a probe that reaches it; infinite where none does."""
    nearest = np.full(len(rows), np.inf)
    for probe, radius in zip(probes, radii, strict=True):
        distance = distances(rows, probe)
        reached = distance <= radius
        nearest[reached] = np.minimum(nearest[reached], distance[reached])
    return nearest


@dataclass(frozen=True, slots=True)
class Scanned:
    """One block: which rows are blank, and which are within a radius and how far."""

    blank: npt.NDArray[np.intp]
    rows: npt.NDArray[np.intp]
    distances: npt.NDArray[np.float64]


class RangeScan:
    """Every row within a radius, none missed, whatever the data.

    For a row x (float32, exact) and a probe q let a = |x|, b = |q|, d = |x - q|, u = 2^-24 and
    g = 128u / (1 - 128u). Then d² = a² - 2 x.q + b². In float32, in any order of summation, the
    computed squares A and products P satisfy |A - a²| <= g a² and |P - x.q| <= (g (1 + u) + u) a b,
    the last u for rounding q itself (Higham, Accuracy and Stability of Numerical Algorithms, 3.1).
    The row is kept when

        k A - 2P  <=  r² - (1 - c) b²        with c = 4g and k = 1 - c.

    The left side is (1 - c) a² - 2 x.q + e, where, with 2ab <= a² + b² and four more roundings,
    |e| <= (2g + 6u) a² + (g + 3u) b² < 3g (a² + b²). If d <= r then (1 - c) a² - 2 x.q =
    d² - b² - c a² <= r² - b² - c a². So the left side is at most r² - b² - c a² + |e|, which is not
    above r² - (1 - c) b² because |e| <= c (a² + b²). The g left over also covers that d is itself
    computed, in float64. `_UNDERFLOW` covers products that underflow; what overflows is kept. So
    no row can be missed, and what is kept is decided in float64 with `<=`.
    """

    def __init__(self, probes: npt.NDArray[np.float64], radii: npt.NDArray[np.float64]) -> None:
        self._probes, self._radii = probes, radii
        with np.errstate(over="ignore", under="ignore"):
            squares = np.square(probes).sum(axis=1)
            limits = np.square(radii) - (1 - _SLACK) * squares + _UNDERFLOW
            self._columns = np.ascontiguousarray(2 * probes.T, dtype=np.float32)
            self._limits = np.nextafter(limits.astype(np.float32), np.float32(np.inf))
        self._keep = np.float32(1 - _SLACK)

    def scan(self, block: Vector) -> Scanned:
        """Scan one block of rows, shape (n, 128), little-endian float32.

        A row that is not a number at all is returned with a distance that is not one either.
        """
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            squares = np.vecdot(block, block)
            left = (self._keep * squares)[:, None] - block @ self._columns
            # "not above" keeps what is not a number, "not finite" what overflowed.
            kept = (~(left > self._limits) | ~np.isfinite(left)).any(axis=1)
        zero = np.flatnonzero(squares == 0)
        blank = zero[~block[zero].any(axis=1)]
        kept[blank] = False
        rows = np.flatnonzero(kept)
        nearest = nearest_within(block[rows], self._probes, self._radii)
        broken = ~np.isfinite(block[rows]).all(axis=1)
        nearest[broken] = np.nan
        within = ~np.isinf(nearest)
        return Scanned(blank, rows[within], nearest[within])
