"""The bundled store, where its folder, a file or a row is broken: it never answers short."""

import numpy as np
import pytest

from subjects.errors import StoreUnavailable
from subjects.stores.bundled import segments
from subjects.stores.tables import BundledTemplate
from tests.stores.made_up import MODEL, codes, enrolments, overwrite_row, pictured

pytestmark = pytest.mark.django_db


def broken_folder(folder):
    folder.rename(folder.with_name("gone"))


def missing_pictures_folder(folder):
    (folder / "pictures").rename(folder / "away")


def missing_segment(folder):
    (folder / "segments" / "000001.f32").unlink()


def short_segment(folder):
    path = folder / "segments" / "000001.f32"
    path.write_bytes(path.read_bytes()[:-1])


def unreadable_segment(folder):
    path = folder / "segments" / "000001.f32"
    path.unlink()
    path.mkdir()


def wrong_header(folder):
    path = folder / "segments" / "000001.f32"
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)


def swapped_segment(folder):
    path = folder / "segments" / "000001.f32"
    data = path.read_bytes()
    path.write_bytes(segments.header("f" * 32, 1, MODEL) + data[segments.HEADER_BYTES :])


def other_identity(folder):
    (folder / "identity").write_text("f" * 32)


@pytest.mark.parametrize(
    "breaks",
    [
        broken_folder,
        missing_pictures_folder,
        missing_segment,
        short_segment,
        unreadable_segment,
        wrong_header,
        swapped_segment,
        other_identity,
    ],
)
def test_a_dead_or_half_dead_store_never_answers_short(bundled, folder, breaks):
    refs = bundled.enrol(enrolments(codes(5)))
    breaks(folder)
    with pytest.raises(StoreUnavailable, match="'default'"):
        bundled.search(codes(1), within=0.6)
    with pytest.raises(StoreUnavailable):
        bundled.census()
    with pytest.raises(StoreUnavailable):
        bundled.vector(refs[0])
    assert BundledTemplate.objects.count() == 5


@pytest.mark.parametrize("breaks", [broken_folder, missing_pictures_folder, other_identity])
def test_a_store_without_its_folder_confirms_nothing(bundled, folder, breaks):
    refs = bundled.enrol(enrolments(codes(5)))
    breaks(folder)
    for ask in (bundled.holds, bundled.erase, bundled.restrict, bundled.release):
        with pytest.raises(StoreUnavailable):
            ask(refs)
    with pytest.raises(StoreUnavailable):
        bundled.enrol(enrolments(codes(1)))


def test_a_row_blanked_by_nobody_is_damage_not_an_erasure(bundled, folder):
    bundled.enrol(enrolments(codes(5)))
    overwrite_row(folder, 2, np.zeros(128))
    with pytest.raises(StoreUnavailable, match="blank, but were never erased"):
        bundled.search(codes(1), within=0.6)


def test_a_row_that_is_no_number_is_damage(bundled, folder):
    bundled.enrol(enrolments(codes(5)))
    overwrite_row(folder, 2, np.full(128, np.nan))
    with pytest.raises(StoreUnavailable, match="broken rows"):
        bundled.search(codes(1), within=0.6)


@pytest.mark.parametrize("within", [0.0, 100.0])
def test_a_row_deleted_without_being_overwritten_is_not_passed_over(bundled, within):
    refs = bundled.enrol(enrolments(codes(5)))
    BundledTemplate.objects.get(ref=refs[2]).delete()
    with pytest.raises(StoreUnavailable, match="not named"):
        bundled.search(codes(1, seed=3), within=within)


def test_a_row_swapped_for_another_does_not_hide_behind_the_count(bundled, folder):
    refs = bundled.enrol(enrolments(codes(5)))
    BundledTemplate.objects.get(ref=refs[2]).delete()
    overwrite_row(folder, 4, np.zeros(128))
    with pytest.raises(StoreUnavailable):
        bundled.search(codes(1, seed=3), within=0.0)


def test_a_missing_picture_is_damage_not_none(bundled, folder):
    [ref] = bundled.enrol([pictured(codes(1)[0], "alice")])
    next((folder / "pictures").iterdir()).unlink()
    with pytest.raises(StoreUnavailable, match="a picture"):
        bundled.picture(ref)
