"""Face codes, pictures and a redactor made up for the tests of the stores."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from subjects.stores.base import Box, Disclosure
from subjects.stores.bundled import segments
from subjects.stores.own import Enrolment

MODEL = "test-model/1"
DIMENSIONS = 128
PICTURE = b"\xff\xd8\xff a picture of "
DAY = date(2024, 2, 29)
GROUP = PICTURE + b"two people " + bytes(range(256)) * 20


def codes(count: int, seed: int = 1, spread: float = 0.125) -> np.ndarray:
    """Return made-up codes about as long as real ones, in the precision that stores keep."""
    return np.random.default_rng(seed).normal(0, spread, (count, DIMENSIONS)).astype(np.float32)


def enrolments(vectors: np.ndarray, **held: object) -> list[Enrolment]:
    """Return one enrolment for each vector."""
    return [Enrolment(vector=vector, model=MODEL, **held) for vector in vectors]


def pictured(vector: np.ndarray, name: str) -> Enrolment:
    """Return an enrolment with a picture of its own and everything noted about it."""
    return Enrolment(
        vector=vector,
        model=MODEL,
        picture=PICTURE + name.encode() * 100,
        box=(10, 60, 60, 10),
        source_url=f"https://gallery.example/{name}",
        page_title=f"Page of {name}",
        collector="crawler-7",
        caption=f"{name} at the market",
        recipients=(Disclosure("Customer A", "Looking for a witness", on=DAY),),
    )


def group(vectors: np.ndarray) -> list[Enrolment]:
    """Return enrolments that share one picture."""
    return [
        Enrolment(vector=vector, model=MODEL, picture=GROUP, box=(10, 60 + n, 60, 10 + n))
        for n, vector in enumerate(vectors)
    ]


def blank(picture: bytes, boxes: Sequence[Box]) -> bytes:
    """Stand in for the real redactor, which needs real pictures: keeps none of the bytes."""
    return f"\x89PNG\r\n\x1a\n {len(picture)} bytes without {sorted(boxes)}".encode("latin-1")


def brute_force(
    vectors: np.ndarray, probes: np.ndarray, radii: Sequence[float]
) -> dict[int, float]:
    """Return rows and distances by comparing everything in float64."""
    found: dict[int, float] = {}
    for probe, radius in zip(np.atleast_2d(probes), radii, strict=True):
        away = np.linalg.norm(vectors.astype(np.float64) - probe.astype(np.float64), axis=1)
        for row in np.flatnonzero(away <= radius).tolist():
            found[row] = min(float(away[row]), found.get(row, np.inf))
    return found


def overwrite_row(folder: Path, row: int, vector: np.ndarray) -> None:
    """Write over one row of the first segment, as no part of the store does."""
    segments.write_rows(folder / "segments" / "000001.f32", row, np.array([vector], dtype="<f4"))
