"""What may be shown or handed out, and what nobody can see on it any more."""

import numpy as np
import pytest
from PIL import Image

from subjects.errors import NoFaceFound, PictureTooSmall
from subjects.faces.encoder import encode, encode_one
from subjects.faces.pictures import clean, crop, mask_others, thumbnail
from subjects.faces.redact import blank_faces
from subjects.faces.values import Box
from tests.faces import makers

PAINT = (110, 110, 110)


def pixels(picture: bytes) -> np.ndarray:
    return np.asarray(makers.opened(picture), dtype=np.int16)


def part(picture: bytes, box: Box) -> np.ndarray:
    return pixels(picture)[max(box.top, 0) : box.bottom, max(box.left, 0) : box.right]


def test_a_cleaned_picture_is_upright_and_at_most_2048_pixels(portrait):
    large = makers.resized(2400, 3000)(portrait)
    assert makers.opened(clean(makers.with_orientation(6)(large))).size == (1638, 2048)


def test_a_cleaned_picture_gives_nearly_the_same_code(portrait):
    before, after = encode_one(portrait), encode_one(clean(portrait))
    assert np.linalg.norm(before.vector - after.vector) < 0.1


def test_two_people_are_cropped_at_the_same_scale(portrait, another_person):
    sides = []
    for picture in (portrait, makers.resized(2560, 3200)(portrait), another_person):
        cropped = crop(picture, encode_one(picture).box)
        assert makers.opened(cropped).size == (320, 320)
        face = encode_one(cropped)
        assert abs(face.box.centre[0] - 160) < 20
        sides.append(face.quality.face_pixels)
    assert max(sides) / min(sides) < 1.3


def test_a_face_at_the_edge_is_cropped_with_grey_beyond(portrait):
    cropped = crop(portrait, Box(0, 150, 150, 0))
    assert np.abs(pixels(cropped)[4, 4] - PAINT).max() < 6


def test_a_thumbnail_has_the_size_asked_for(portrait):
    assert makers.opened(thumbnail(portrait, longest=120)).size == (96, 120)


def test_pictures_held_by_the_organisation_may_be_tiny(portrait):
    tiny = makers.resized(96, 120)(portrait)
    with pytest.raises(PictureTooSmall):
        clean(tiny)
    assert makers.opened(thumbnail(tiny)).size == (96, 120)
    thumb = makers.resized(160, 200)(portrait)
    assert len(encode(thumb, held=True)) == 1
    assert makers.opened(mask_others(tiny, []).picture).size == (96, 120)


@pytest.mark.parametrize("kept", [0, 1])
def test_the_other_face_is_gone_and_the_kept_one_untouched(group, kept):
    faces = encode(group)
    keep, other = faces[kept], faces[1 - kept]
    masked = mask_others(group, [keep.box])
    assert masked.masked >= 1
    left = encode_one(masked.picture)  # exactly one face is found
    assert np.linalg.norm(left.vector - keep.vector) < 0.2
    assert np.abs(part(masked.picture, keep.box) - part(group, keep.box)).mean() < 3
    assert np.abs(part(masked.picture, other.box) - PAINT).max() < 12


def test_nothing_of_a_masked_face_hides_in_the_file(group):
    faces = encode(group)
    masked = mask_others(makers.with_place(group), [faces[0].box]).picture
    assert makers.CAMERA.encode() not in masked
    assert len(masked) < len(group) * 3
    with Image.open(makers.BytesIO(masked)) as image:
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}


def test_without_a_face_to_keep_all_are_masked(three_people):
    masked = mask_others(three_people, [])
    assert masked.masked >= 3
    with pytest.raises(NoFaceFound):
        encode(masked.picture)


def test_both_kept_faces_stay(three_people):
    left, _, right = encode(three_people)
    masked = mask_others(three_people, [left.box, right.box])
    assert len(encode(masked.picture)) == 2


def test_a_portrait_alone_stays_as_it_is(portraits):
    spoiled, sample = 0, list(portraits.values())[::3]
    for picture in sample:
        keep = encode_one(picture).box
        masked = mask_others(picture, [keep])
        spoiled += masked.masked
        assert np.abs(part(masked.picture, keep) - part(picture, keep)).mean() < 3
    assert spoiled <= len(sample) // 5


def test_a_face_that_touches_the_kept_one_does_not_hide_it(portrait, another_person):
    both, kept = makers.touching(portrait, another_person)
    masked = mask_others(both, [kept])
    middle = kept.grown(-0.2)
    assert np.abs(part(masked.picture, middle) - part(both, middle)).mean() < 3


@pytest.mark.parametrize("degrees", [90, 180])
def test_a_face_lying_on_its_side_is_masked_too(portrait, another_person, degrees):
    other = makers.opened(another_person).resize((500, 500))
    keep = encode_one(portrait)
    both = makers.saved(makers.beside(makers.opened(portrait), other.rotate(degrees)), "PNG")
    masked = mask_others(both, [keep.box])
    right_half = makers.opened(masked.picture).crop((640, 0, 1140, 500)).rotate(-degrees)
    with pytest.raises(NoFaceFound):
        encode(makers.saved(right_half, "PNG"))


def test_a_blanked_face_is_flat_and_every_other_pixel_is_identical(group):
    blanked_one, other = encode(group)
    blanked = blank_faces(group, [blanked_one.box.astuple()])
    assert blanked.startswith(makers.PNG)
    before, after = pixels(group), pixels(blanked)
    margin = blanked_one.box.grown(0.35).within(before.shape[1], before.shape[0])
    inside = np.zeros(before.shape[:2], dtype=bool)
    inside[margin.top : margin.bottom, margin.left : margin.right] = True
    assert (after[inside] == PAINT).all()
    assert (after[~inside] == before[~inside]).all()
    assert (encode_one(blanked).vector == other.vector).all()


def test_a_blanked_picture_can_be_blanked_and_masked_again(group):
    first, second = encode(group)
    once = blank_faces(group, [first.box.astuple()])
    twice = blank_faces(once, [second.box.astuple()])
    with pytest.raises(NoFaceFound):
        encode(twice)


def test_blanking_follows_the_turned_picture(portrait):
    turned = makers.with_orientation(6)(portrait)
    blanked = blank_faces(turned, [encode_one(turned).box.astuple()])
    assert makers.opened(blanked).size == makers.opened(portrait).size
    with pytest.raises(NoFaceFound):
        encode(blanked)
