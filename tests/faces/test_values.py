"""Boxes and quality, by arithmetic alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from subjects.faces.values import Box, Face, Quality

GOOD = {"sharpness": 200.0, "luminance": 120.0, "face_pixels": 180, "roll_degrees": 2.0}


@pytest.mark.parametrize(
    ("worse", "warning"),
    [
        ({"sharpness": 29.9}, "blurred"),
        ({"luminance": 34.9}, "dark"),
        ({"luminance": 200.1}, "bright"),
        ({"face_pixels": 99}, "small"),
        ({"roll_degrees": -31.0}, "leaning"),
    ],
)
def test_each_weakness_is_warned_of(worse, warning):
    assert Quality(**GOOD).warnings() == ()
    assert Quality(**(GOOD | worse)).warnings() == (warning,)


@given(*[st.integers(-500, 500)] * 2, *[st.integers(1, 300)] * 2)
def test_a_box_cut_to_its_picture_lies_inside(top, left, height, width):
    inside = Box(top, left + width, top + height, left).grown(0.35).within(320, 240)
    assert 0 <= inside.left <= inside.right <= 320
    assert 0 <= inside.top <= inside.bottom <= 240


def test_overlap_is_one_for_the_same_box_and_none_apart():
    box = Box(10, 110, 110, 10)
    assert box.overlap(box) == 1
    assert box.overlap(Box(10, 220, 110, 120)) == 0
    assert box.overlap(Box(10, 160, 110, 60)) == pytest.approx(1 / 3)


def test_a_face_code_is_not_printed():
    face = Face(Box(0, 1, 1, 0), Quality(**GOOD), np.full(128, 0.123456))
    assert "0.123456" not in repr(face)
