"""The scan misses no row, whatever the data: it agrees with float64 brute force, bit by bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subjects.errors import VectorRefused
from subjects.stores.vectors import RangeScan, checked_probes, checked_radii, checked_template
from tests.stores.made_up import DIMENSIONS, brute_force, codes


def scanned(rows: np.ndarray, probes: np.ndarray, radii: np.ndarray) -> dict[int, float]:
    found = RangeScan(probes, radii).scan(rows)
    return dict(zip(found.rows.tolist(), found.distances.tolist(), strict=True))


def odd_rows(kind: str, rng: np.random.Generator) -> np.ndarray:
    rows = rng.normal(0, 0.125, (400, DIMENSIONS))
    match kind:
        case "equal":
            rows[:] = rows[0]
        case "clustered":
            rows = rows[rng.integers(0, 5, 400)] + rng.normal(0, 1e-3, (400, DIMENSIONS))
        case "outlying":
            rows[::7] *= 50
            rows[::31] *= 1e6
        case "signs":
            rows = rng.choice([-1.0, 1.0], (400, DIMENSIONS))
        case "tiny":
            rows *= 1e-18
        case "huge":
            rows *= rng.choice([1.0, 1e18, 1e20, 1e37], (400, 1))
        case "far":
            rows += 300
    return rows.astype(np.float32)


KINDS = ["random", "equal", "clustered", "outlying", "signs", "tiny", "huge", "far"]


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    seed=st.integers(0, 2**32 - 1),
    probes=st.integers(1, 3),
    how=st.sampled_from(["on a row", "just under a row", "just over a row", "any", "zero"]),
)
def test_every_row_within_the_radius_and_no_other_is_found(kind, seed, probes, how):
    rng = np.random.default_rng(seed)
    rows = odd_rows(kind, rng)
    # A probe is seldom exactly a float32: a mean of several codes is not.
    chosen = rows[rng.integers(0, len(rows), probes)].astype(np.float64)
    asked = chosen * rng.choice([1.0, 1 + 1e-9, 0.8]) + rng.choice([0.0, 0.03])
    away = np.linalg.norm(rows.astype(np.float64) - asked[0], axis=1)
    radius = float(rng.choice(away))
    radius = {
        "on a row": radius,
        "just under a row": np.nextafter(radius, 0),
        "just over a row": np.nextafter(radius, np.inf),
        "any": float(rng.uniform(0, 2)),
        "zero": 0.0,
    }[how]
    radii = checked_radii(radius, probes)
    assert scanned(rows, asked, radii) == brute_force(rows, asked, radii)


def test_each_probe_has_its_own_radius():
    rows = codes(300)
    probes = checked_probes(rows[:3])
    radii = checked_radii([0.0, 1.75, 1.6], 3)
    assert scanned(rows, probes, radii) == brute_force(rows, probes, radii)


def test_rows_at_the_boundary_are_decided_in_float64():
    rows = codes(2000)
    probe = checked_probes(codes(1, seed=9))
    away = np.linalg.norm(rows.astype(np.float64) - probe[0], axis=1)
    for row in np.argsort(away)[:200]:
        assert row in scanned(rows, probe, away[row : row + 1])
        assert row not in scanned(rows, probe, np.nextafter(away[row : row + 1], 0))


def test_blank_rows_are_told_apart_from_very_small_ones():
    rows = codes(10)
    rows[3], rows[4] = 0, 1e-30
    found = RangeScan(checked_probes(rows[4]), checked_radii(0.0, 1)).scan(rows)
    assert found.blank.tolist() == [3]
    assert found.rows.tolist() == [4]


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_broken_row_is_handed_on_as_broken_never_passed_over(broken):
    rows = codes(10)
    rows[6, 17] = broken
    found = RangeScan(checked_probes(rows[0]), checked_radii(0.1, 1)).scan(rows)
    assert np.isnan(found.distances[found.rows.tolist().index(6)])


@pytest.mark.parametrize(
    "vector",
    [
        np.full(128, np.nan),
        np.r_[np.ones(127), np.inf],
        np.ones(127),
        np.ones((2, 2, 128)),
        [],
        "a face",
        None,
        [[1.0], [1.0, 2.0]],
    ],
)
def test_what_is_not_a_face_code_is_refused_at_the_door(vector):
    with pytest.raises(VectorRefused):
        checked_probes(vector)
    with pytest.raises(VectorRefused):
        checked_template(vector)


@pytest.mark.parametrize("vector", [np.zeros(128), np.full(128, 1e-60), np.full(128, 1e39)])
def test_what_cannot_be_stored_as_float32_is_refused(vector):
    with pytest.raises(VectorRefused):
        checked_template(vector)


@pytest.mark.parametrize("within", [-0.1, np.nan, np.inf, [0.6], [0.6, 0.6, 0.6], [[0.6, 0.6]]])
def test_a_radius_that_means_nothing_is_refused(within):
    with pytest.raises(ValueError, match="within must be"):
        checked_radii(within, 2)
