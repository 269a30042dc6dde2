"""Measures the exact scan of the bundled store against numpy and face_distance, on the same rows.

Run with `python -m tests.load.bench_search --rows 1000000`. Times depend on the machine; the ratios
of one run can be compared. Ends with exit code 1 when an answer differs from float64 brute force.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

# One core for all, or the comparison would be of numbers of threads.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rights_portal.settings")

import django
import numpy as np

django.setup()

from subjects.stores.bundled import files, segments  # noqa: E402  # after setup()
from subjects.stores.bundled.searching import BLOCK  # noqa: E402  # after setup()
from subjects.stores.vectors import RangeScan, checked_probes, checked_radii  # noqa: E402  # after setup()

RADIUS = 0.6
LOT = 65_536
HEADER = segments.header("0" * 32, 1, "synthetic")
Answer = dict[int, float]


def written(folder: Path, rows: int) -> np.ndarray:
    """Write made-up codes into one segment file and map it, as the store does.

    The distances spread as those of strangers do: about 0.85, few below 0.6.
    """
    path, rng = folder / "000001.f32", np.random.default_rng(1)
    files.write_new(path, HEADER)
    spectrum = 0.96 ** np.arange(128)
    spectrum *= 0.85 / np.sqrt(2 * np.square(spectrum).sum())
    for first in range(0, rows, LOT):
        lot = rng.normal(0, 1, (min(LOT, rows - first), 128)) * spectrum
        segments.write_rows(path, first, lot.astype(np.float32))
    return segments.mapped(path, HEADER, rows)


def starts(rows: np.ndarray, size: int) -> Iterator[tuple[int, np.ndarray]]:
    for start in range(0, len(rows), size):
        yield start, np.asarray(rows[start : start + size])


def bundled(rows: np.ndarray, probe: np.ndarray) -> Answer:
    """Scan as the store does: filtered in float32, decided in float64."""
    scan = RangeScan(checked_probes(probe), checked_radii(RADIUS, 1))
    found: Answer = {}
    for start, block in starts(rows, BLOCK):
        hits = scan.scan(block)
        found |= zip((hits.rows + start).tolist(), hits.distances.tolist(), strict=True)
    return found


def numpy_product(rows: np.ndarray, norms: np.ndarray, probe: np.ndarray) -> int:
    """Do the least that any exact search in numpy does: X @ q, with the norms known before."""
    probe32 = probe.astype(np.float32)
    return sum(
        int(np.count_nonzero(norms[start : start + LOT] - 2 * (block @ probe32) < RADIUS))
        for start, block in starts(rows, LOT)
    )


def face_distance(rows: np.ndarray, probe: np.ndarray) -> Answer:
    """Compare all in float64, as face_recognition.face_distance does: the reference."""
    found: Answer = {}
    for start, block in starts(rows, LOT):
        away = np.linalg.norm(block.astype(np.float64) - probe, axis=1)
        near = np.flatnonzero(away <= RADIUS)
        found |= zip((near + start).tolist(), away[near].tolist(), strict=True)
    return found


def best(run: Callable[[], object], times: int) -> float:
    """Return the seconds of the fastest run."""
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - started)
    return min(seconds)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = written(Path(folder), asked.rows)
        norms = np.concatenate([np.vecdot(block, block) for _, block in starts(rows, LOT)])
        # Another picture of the first person; no float32, as a mean of several probes is none.
        probe = rows[0] + np.random.default_rng(2).normal(0, 0.03, 128)
        seconds = {
            "bundled scan, exact": best(lambda: bundled(rows, probe), 5),
            "numpy X @ q, not decided": best(lambda: numpy_product(rows, norms, probe), 5),
            "face_distance, float64": best(lambda: face_distance(rows, probe), 1),
        }
        found, expected = bundled(rows, probe), face_distance(rows, probe)
    for name, took in seconds.items():
        ratio = took / seconds["numpy X @ q, not decided"]
        print(f"{name:26} {took * 1000:9.1f} ms  ratio {ratio:6.2f}")  # noqa: T201  # the answer
    equal = found == expected
    counts = f"{asked.rows} rows, {len(expected)} within {RADIUS}"
    print(f"{counts}, equal to brute force: {equal}")  # noqa: T201  # the answer
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main())
