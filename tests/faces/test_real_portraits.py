"""Figures on real portraits that are not part of the project: skipped where they are missing."""

import csv
from collections import defaultdict
from itertools import combinations, product

import numpy as np
import pytest

from subjects.faces.encoder import encode
from subjects.faces.matching import fused
from subjects.faces.pictures import mask_others
from subjects.faces.values import Box

PEOPLE = 20


@pytest.fixture(scope="module")
def faces(faces_folder):
    """Encode forty portraits, two of each of twenty people: the faces found, by person."""
    with (faces_folder / "manifest.csv").open(newline="") as manifest:
        files = defaultdict(list)
        for row in csv.DictReader(manifest):
            files[row["identity"]].append(faces_folder / "pictures" / row["file"])
    pairs = [paths[:2] for paths in files.values() if len(paths) > 1][: 11 * PEOPLE : 11]
    return [[encode(path.read_bytes(), held=True) for path in paths] for paths in pairs]


@pytest.fixture(scope="module")
def codes(faces):
    """Of each portrait the code of the largest face."""
    return [[max(found, key=size).vector for found in of_one] for of_one in faces]


def size(face):
    return face.quality.face_pixels


def test_a_real_portrait_gives_one_face(faces):
    counts = [len(found) for of_one in faces for found in of_one]
    assert len(counts) == 2 * PEOPLE
    assert counts.count(1) >= 2 * PEOPLE - 1  # one has somebody in the background


def test_all_pictures_of_one_person_are_within_the_outer_radius(codes):
    assert max(np.linalg.norm(first - second) for first, second in codes) <= 0.6


def test_strangers_are_seldom_strong(codes):
    distances = [
        np.linalg.norm(one - other)
        for people in combinations(codes, 2)
        for one, other in product(*people)
    ]
    assert np.mean(np.array(distances) <= 0.42) < 0.001
    assert np.mean(np.array(distances) <= 0.6) < 0.05


def test_a_mean_code_stands_farther_from_strangers_than_its_own_pictures_from_it(codes):
    for own in codes:
        mean = fused(own)
        strangers = [code for other in codes if other is not own for code in other]
        nearest = min(np.linalg.norm(mean - code) for code in strangers)
        assert max(np.linalg.norm(mean - code) for code in own) < nearest


def test_people_in_the_background_of_a_real_portrait_are_masked(faces_folder):
    picture = (faces_folder / "pictures" / "p0255_2.jpg").read_bytes()
    person, behind = encode(picture)
    assert size(person) > size(behind)
    masked = mask_others(picture, [person.box])
    assert len(encode(masked.picture)) == 1
    blurred_man = Box(132, 132, 244, 20)
    assert any(box.overlap(blurred_man) > 0.5 for box in masked.boxes)
