"""The bundled store, where it is half erased, shared, or written to meanwhile."""

import os

import numpy as np
import pytest
from django.db import IntegrityError
from django.utils import timezone

from subjects.errors import StoreMisconfigured, StoreUnavailable
from subjects.stores.bundled import BundledStore, enrolling
from subjects.stores.tables import BundledPicture, BundledSegment, BundledTemplate
from tests.stores.made_up import GROUP, PICTURE, codes, enrolments, group, overwrite_row, pictured

pytestmark = pytest.mark.django_db


@pytest.fixture
def short_segments(monkeypatch):
    monkeypatch.setattr(enrolling, "ROWS_PER_SEGMENT", 50)


def test_segments_fill_up_one_after_the_other(bundled, folder, short_segments):
    data = codes(130)
    refs = bundled.enrol(enrolments(data[:70])) + bundled.enrol(enrolments(data[70:]))
    assert sorted(path.name for path in (folder / "segments").iterdir()) == [
        "000001.f32",
        "000002.f32",
        "000003.f32",
    ]
    assert list(BundledSegment.objects.values_list("rows", flat=True)) == [50, 50, 30]
    for row in (0, 49, 50, 69, 70, 99, 100, 129):
        assert bundled.search(data[row], within=0).candidates[0].ref == refs[row]
        assert bundled.vector(refs[row]).tobytes() == data[row].tobytes()


def test_a_full_folder_beside_an_empty_database_is_not_an_empty_store(bundled):
    bundled.enrol(enrolments(codes(5)))
    BundledTemplate.objects.all().delete()
    BundledSegment.objects.all().delete()
    bundled._gallery.row().delete()  # noqa: SLF001  # there is no honest way to this state
    for act in (
        lambda: bundled.search(codes(1), within=0.6),
        lambda: bundled.enrol(enrolments(codes(1))),
    ):
        with pytest.raises(StoreUnavailable, match="another database"):
            act()


def test_a_store_that_was_never_filled_is_not_an_empty_answer(db, settings, tmp_path):
    store = BundledStore("new", name="New", directory=tmp_path / "new")
    with pytest.raises(StoreUnavailable):
        store.search(codes(1), within=0.6)
    assert store.pictures_held(["0" * 64]) == set()


def test_two_stores_cannot_share_a_folder(bundled, configured, folder):
    with pytest.raises(StoreMisconfigured, match="shares its directory with 'default'"):
        configured("bundled.BundledStore", "second", directory=folder)
    bundled.enrol(enrolments(codes(1)))
    with pytest.raises(StoreUnavailable, match="another database"):
        configured("bundled.BundledStore", "third", directory=folder)


def test_stores_do_not_see_each_other(bundled, configured):
    other = configured("bundled.BundledStore", "archive")
    data = codes(2)
    [mine], [theirs] = bundled.enrol(enrolments(data[:1])), other.enrol(enrolments(data[1:]))
    assert bundled.holds([mine, theirs]) == {mine}
    assert [found.ref for found in other.search(data, within=9).candidates] == [theirs]
    assert bundled.erase([theirs]).absent == {theirs}
    assert other.holds([theirs]) == {theirs}


def test_what_a_crashed_writer_left_is_not_found_and_goes_with_the_next_write(bundled, folder):
    data = codes(6)
    bundled.enrol(enrolments(data[:5]))
    overwrite_row(folder, 5, data[5])
    (folder / "incoming" / ("a" * 32)).write_bytes(PICTURE)
    (folder / "segments" / "000002.f32").write_bytes(data[5].tobytes())
    report = bundled.search(data[5], within=0.6)
    assert (report.total, report.candidates) == (5, ())
    assert len(bundled.byte_scan([data[5].tobytes(), PICTURE])) == 3
    bundled.erase([])
    assert bundled.byte_scan([data[5].tobytes(), PICTURE]) == []


def test_maintain_destroys_pictures_that_nobody_names(bundled, folder):
    [ref] = bundled.enrol([pictured(codes(1)[0], "alice")])
    (folder / "pictures" / ("b" * 32)).write_bytes(GROUP)
    bundled.maintain()
    assert bundled.byte_scan([GROUP]) == []
    assert bundled.picture(ref).startswith(PICTURE)


def test_after_an_erase_no_file_holds_vector_or_picture(bundled):
    data = codes(4)
    refs = bundled.enrol([pictured(vector, f"p{n}") for n, vector in enumerate(data)])
    needles = [data[1].tobytes(), data[1][:16].tobytes(), b"p1p1p1p1"]
    assert len(bundled.byte_scan(needles)) == 2
    report = bundled.erase([refs[1]])
    assert (report.files, bundled.byte_scan(needles)) == (2, [])
    assert len(bundled.byte_scan([data[2].tobytes(), b"p2p2p2p2"])) == 2


def test_the_unredacted_group_picture_is_overwritten_too(bundled, folder):
    refs = bundled.enrol(group(codes(2)))
    old = next((folder / "pictures").iterdir())
    with old.open("rb") as handle:
        bundled.erase(refs[:1])
        # The name is gone; the bytes behind it must be too.
        assert not any(handle.read())
    assert bundled.byte_scan([GROUP[40:90]]) == []


@pytest.fixture
def half_erased(bundled, folder):
    """Return a store whose erase of the second template stopped after `blanked`."""

    def stop(blanked):
        data = codes(5)
        refs = bundled.enrol([pictured(vector, f"p{n}") for n, vector in enumerate(data)])
        now = timezone.now()
        BundledTemplate.objects.filter(ref=refs[1]).update(erasing_at=now, restricted_at=now)
        if blanked:
            overwrite_row(folder, 1, np.zeros(128))
            picture = BundledPicture.objects.get(face_templates__ref=refs[1])
            (folder / "pictures" / picture.file).unlink()
        return data, refs

    return stop


def test_marked_and_not_yet_overwritten_is_still_found(bundled, half_erased):
    data, refs = half_erased(blanked=False)
    report = bundled.search(data[1], within=0.1)
    assert [(found.ref, found.restricted) for found in report.candidates] == [(refs[1], True)]
    assert report.total == 5
    bundled.release([refs[1]])
    assert bundled.organisation_search(data[1], within=0.1, purpose="Any") == ()


def test_overwritten_and_still_named_is_not_counted_and_not_yet_gone(bundled, half_erased):
    data, refs = half_erased(blanked=True)
    report = bundled.search(data[1], within=0.1)
    assert (report.total, report.complete, report.candidates) == (4, True, ())
    assert bundled.holds([refs[1]]) == {refs[1]}


@pytest.mark.parametrize("blanked", [False, True])
@pytest.mark.parametrize(
    "finish",
    [
        lambda store, refs: store.erase([refs[1]]),
        lambda store, refs: store.erase([]),
        lambda store, refs: store.maintain(),
        lambda store, refs: store.enrol(enrolments(codes(1, seed=8))),
    ],
    ids=["the same erase", "another erase", "upkeep", "an enrolment"],
)
def test_a_half_done_erase_is_finished(bundled, half_erased, blanked, finish):
    data, refs = half_erased(blanked)
    finish(bundled, refs)
    assert bundled.holds(refs) == {*refs} - {refs[1]}
    assert bundled.byte_scan([data[1].tobytes(), b"p1p1p1p1"]) == []
    assert bundled.search(data, within=100).complete


def test_an_erase_while_a_search_runs_leaves_a_true_report(bundled, short_segments):
    data = codes(120)
    refs = bundled.enrol(enrolments(data))
    pending = [refs[60]]

    def erase_now(done, total):
        if done >= 50 and pending:
            bundled.erase([pending.pop()])

    report = bundled.search(data[60], within=100, progress=erase_now)
    assert report.complete
    assert report.total == 119
    assert {found.ref for found in report.candidates} == set(refs) - {refs[60]}


def test_an_enrolment_while_a_search_runs_is_left_for_the_next_one(bundled, short_segments):
    data = codes(120)
    bundled.enrol(enrolments(data))
    pending = [codes(80, seed=4)]

    def enrol_now(done, total):
        if pending:
            bundled.enrol(enrolments(pending.pop()))

    assert bundled.search(data[0], within=100, progress=enrol_now).total == 120
    assert bundled.search(data[0], within=100).total == 200


def test_a_picture_on_its_way_is_read_where_it_is(bundled, folder):
    [ref] = bundled.enrol([pictured(codes(1)[0], "alice")])
    file = next((folder / "pictures").iterdir())
    file.rename(folder / "incoming" / file.name)
    assert bundled.picture(ref).startswith(PICTURE)
    bundled.erase([])
    assert file.exists()


def test_a_picture_without_a_box_is_refused_by_the_database(bundled):
    [ref] = bundled.enrol([pictured(codes(1)[0], "alice")])
    with pytest.raises(IntegrityError):
        BundledTemplate.objects.filter(ref=ref).update(box=None)


def test_the_depth_of_an_erasure_admits_what_overwriting_cannot_prove(bundled):
    for word in ("overwritten with zeros", "solid-state", "snapshot", "backup"):
        assert word in bundled.erasure_depth


def test_what_is_written_is_forced_to_the_disk(bundled, monkeypatch):
    last: dict[int, str] = {}

    def noted(name):
        act = getattr(os, name)

        def call(file, *arguments):
            last[os.fstat(file).st_ino] = name
            return act(file, *arguments)

        return call

    for name in ("pwrite", "ftruncate", "fsync"):
        monkeypatch.setattr(os, name, noted(name))
    refs = bundled.enrol([*group(codes(2)), pictured(codes(1, seed=2)[0], "alice")])
    bundled.erase([refs[0], refs[2]])
    assert len(last) >= 5
    assert set(last.values()) == {"fsync"}
