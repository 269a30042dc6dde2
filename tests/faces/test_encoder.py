"""The face codes are those of face_recognition, whatever way up the picture lies."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from subjects.errors import SeveralFacesFound
from subjects.faces.encoder import check, encode, encode_one
from tests.faces import makers
from tests.faces.conftest import PICTURES

PLAIN = """
import json, sys, warnings
warnings.simplefilter("ignore")
import face_recognition
answers = {}
for path in sys.argv[1:]:
    pixels = face_recognition.load_image_file(path)
    found = face_recognition.face_locations(pixels, 0) or face_recognition.face_locations(pixels, 1)
    found = sorted(found, key=lambda box: box[3])
    codes = face_recognition.face_encodings(pixels, found, model="small")
    answers[path] = [[list(box), code.tolist()] for box, code in zip(found, codes)]
print(json.dumps(answers))
"""


def test_the_codes_equal_those_of_face_recognition_called_plainly():
    paths = [str(path) for path in sorted(PICTURES.glob("*.jpg"))[::2]]
    command = [sys.executable, "-c", PLAIN, *paths]
    plain = subprocess.run(command, capture_output=True, check=True, timeout=120)  # noqa: S603 - ours
    for path, expected in json.loads(plain.stdout).items():
        faces = encode(Path(path).read_bytes())
        assert [list(face.box.astuple()) for face in faces] == [box for box, _ in expected]
        for face, (_, code) in zip(faces, expected, strict=True):
            assert np.abs(face.vector - code).max() < 1e-9, path


@pytest.mark.parametrize("orientation", makers.LAID_DOWN)
def test_a_picture_lying_on_its_side_gives_the_same_face(orientation, portrait):
    upright = encode_one(makers.with_orientation(1)(portrait))
    turned = encode_one(makers.with_orientation(orientation)(portrait))
    assert np.linalg.norm(turned.vector - upright.vector) < 0.15
    assert turned.box.overlap(upright.box) > 0.9


def test_boxes_are_those_of_the_original_size(portrait):
    small, large = encode_one(portrait), encode_one(makers.resized(2560, 3200)(portrait))
    assert large.box.scaled(0.25, 0.25).overlap(small.box) > 0.7
    assert np.linalg.norm(large.vector - small.vector) < 0.3
    assert large.quality.face_pixels > 400


def test_one_person_is_near_and_another_far(portrait, same_person, another_person):
    code = encode_one(portrait).vector
    assert np.linalg.norm(code - encode_one(same_person).vector) < 0.6
    assert np.linalg.norm(code - encode_one(another_person).vector) > 0.6


def test_faces_come_from_left_to_right(three_people):
    faces = encode(three_people)
    assert [face.box.left for face in faces] == sorted(face.box.left for face in faces)
    assert len(faces) == 3


def test_of_several_faces_the_person_chooses(group):
    with pytest.raises(SeveralFacesFound) as asked:
        encode_one(group)
    assert asked.value.count == 2
    left, right = encode(group)
    assert (encode_one(group, 0).vector == left.vector).all()
    assert (encode_one(group, 1).vector == right.vector).all()


@pytest.mark.parametrize("chosen", [-1, 2])
def test_a_choice_that_does_not_exist_is_asked_again(group, chosen):
    with pytest.raises(SeveralFacesFound):
        encode_one(group, chosen)


def test_one_face_may_be_chosen_too(portrait):
    assert encode_one(portrait, 0).vector.shape == (128,)


def test_the_encoder_answers_its_known_question():
    check()


def test_quality_is_measured(portrait):
    good = encode_one(portrait).quality
    assert good.warnings() == ()
    assert abs(good.roll_degrees) < 10
    blurred = encode_one(makers.blurred(4)(portrait)).quality
    assert blurred.sharpness < good.sharpness / 10
    leaning = encode_one(makers.leaning(20)(portrait)).quality
    assert 14 < abs(leaning.roll_degrees - good.roll_degrees) < 26


@pytest.mark.parametrize("maker", [makers.sixteen_bits_grey, makers.in_mode("CMYK", "JPEG")])
def test_odd_colours_keep_the_face(maker, portrait):
    assert np.linalg.norm(encode_one(maker(portrait)).vector - encode_one(portrait).vector) < 0.35
