"""Bands, fusing and order of distances."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subjects.errors import VectorRefused
from subjects.faces.matching import Band, band, fused, rank

RADII = {"strong_within": 0.42, "within": 0.6}


@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        (0.0, Band.STRONG),
        (0.42, Band.STRONG),
        (np.nextafter(0.42, 1), Band.REVIEW),
        (0.6, Band.REVIEW),
        (np.nextafter(0.6, 1), Band.SET_ASIDE),
        (float("inf"), Band.SET_ASIDE),
    ],
)
def test_a_distance_on_the_radius_is_within(distance, expected):
    assert band(distance, **RADII) is expected


def test_a_distance_that_is_no_number_is_never_set_aside_in_silence():
    with pytest.raises(VectorRefused):
        band(float("nan"), **RADII)


@given(st.lists(st.floats(0, 2), min_size=2, max_size=2))
def test_a_nearer_code_is_never_in_a_lesser_band(distances):
    order = list(Band)
    near, far = sorted(distances)
    assert order.index(band(near, **RADII)) <= order.index(band(far, **RADII))


def test_the_fused_code_is_the_mean():
    low, high = np.zeros(128), np.ones(128)
    assert (fused([low, high, high]) == 2 / 3).all()
    assert (fused([high]) == high).all()


@pytest.mark.parametrize(
    "vectors",
    [
        [],
        [np.zeros(127)],
        [np.zeros(128), np.zeros(64)],
        [np.full(128, np.nan)],
        [np.zeros((1, 128))],
    ],
)
def test_what_is_not_a_face_code_is_not_fused(vectors):
    with pytest.raises(VectorRefused):
        fused(vectors)


def test_fusing_two_pictures_comes_nearer_to_a_third_of_the_person():
    person, noise = np.zeros(128), np.random.default_rng(3).normal(0, 0.04, (3, 128))
    first, second, third = person + noise
    apart = np.linalg.norm(first - third), np.linalg.norm(second - third)
    assert np.linalg.norm(fused([first, second]) - third) < min(apart)


@given(st.dictionaries(st.text(min_size=1), st.floats(0, 2)))
def test_the_order_is_nearest_first_and_always_the_same(distances):
    ranked = rank(distances)
    assert sorted(ranked) == sorted(distances)
    assert [distances[ref] for ref in ranked] == sorted(distances.values())
    assert rank(dict(reversed(distances.items()))) == ranked
