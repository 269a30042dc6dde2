"""What every store of face templates promises, run against each one that ships."""

import hashlib

import numpy as np
import pytest

from subjects.errors import ModelMismatch, StoreMisconfigured, TemplateGone, VectorRefused
from subjects.stores.base import Description, ErasureReport, TemplateRef
from subjects.stores.memory import MemoryStore
from subjects.stores.own import Enrolment
from tests.stores.made_up import (
    GROUP,
    MODEL,
    PICTURE,
    brute_force,
    codes,
    enrolments,
    group,
    pictured,
)

pytestmark = pytest.mark.django_db

NOWHERE = TemplateRef("0" * 32)


def answer(report, refs):
    """Return the candidates as rows and distances, after checking what holds for every report."""
    assert report.complete
    assert report.total == len(refs)
    distances = [candidate.distance for candidate in report.candidates]
    assert distances == sorted(distances)
    return {refs.index(candidate.ref): candidate.distance for candidate in report.candidates}


@pytest.mark.parametrize(
    "data",
    [
        codes(3000),
        codes(30)[np.random.default_rng(2).integers(0, 30, 3000)],
        codes(3000) * np.where(np.arange(3000) % 50, 1, 50)[:, None].astype(np.float32),
        np.sign(codes(3000)),
    ],
    ids=["random", "equal rows", "outlying", "signs"],
)
def test_the_answer_is_what_float64_brute_force_finds(store, data):
    refs = store.enrol(enrolments(data))
    away = np.sort(np.linalg.norm(data.astype(np.float64) - data[7], axis=1))
    # The last three lie exactly on a row.
    for radius in (0.0, 1.7, 1e3, away[1], away[len(away) // 2], np.nextafter(away[40], 0)):
        report = store.search(data[7], within=radius)
        assert answer(report, refs) == brute_force(data, data[7], [radius])


def test_several_probes_find_what_any_of_them_reaches(store):
    data = codes(500)
    refs = store.enrol(enrolments(data))
    radii = [1.6, 1.7, 0.0]
    report = store.search(data[:3], within=radii)
    assert answer(report, refs) == brute_force(data, data[:3], radii)
    assert report.within == 1.7


def test_more_than_twenty_thousand_candidates_come_back_whole(store):
    data = codes(20_500)
    refs = store.enrol(enrolments(data))
    report = store.search(data[0], within=100)
    assert {candidate.ref for candidate in report.candidates} == set(refs)
    assert report.complete


def test_nothing_found_is_an_empty_answer_over_everything(store):
    store.enrol(enrolments(codes(40)))
    report = store.search(codes(1, seed=5) + 9, within=0.6)
    assert (report.candidates, report.compared, report.total) == ((), 40, 40)
    assert (report.store, report.model) == ("default", MODEL)


def test_an_empty_store_answers_that_it_is_empty(store):
    report = store.search(codes(1), within=0.6)
    assert (report.candidates, report.total, report.complete) == ((), 0, True)
    assert store.census().count == 0
    assert store.model == ""


def test_progress_is_told_up_to_the_last_row(store):
    told = []
    store.enrol(enrolments(codes(40)))
    store.search(codes(1), within=0.6, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (40, 40)


def test_wrong_probes_and_radii_are_refused(store):
    with pytest.raises(VectorRefused):
        store.search(np.full(128, np.nan), within=0.6)
    with pytest.raises(ValueError, match="within"):
        store.search(codes(2), within=[0.6])


def test_a_search_with_another_model_is_refused(store):
    store.enrol(enrolments(codes(2)))
    assert store.search(codes(1), within=0.6, model=MODEL).complete
    with pytest.raises(ModelMismatch):
        store.search(codes(1), within=0.6, model="test-model/2")


def test_codes_of_another_model_are_not_mixed_in(store):
    store.enrol(enrolments(codes(2)))
    with pytest.raises(ModelMismatch):
        store.enrol([Enrolment(vector=codes(1)[0], model="test-model/2")])
    assert store.census().count == 2


def test_one_bad_vector_keeps_all_of_its_lot_out(store):
    lot = enrolments(codes(3))
    with pytest.raises(VectorRefused):
        store.enrol([*lot, Enrolment(vector=np.full(128, np.inf), model=MODEL)])
    assert store.census().count == 0


def test_everything_held_is_described(store):
    vector = codes(1)[0]
    [ref] = store.enrol([pictured(vector, "alice")])
    store.organisation_search(vector, within=0.1, purpose="Test of the doors")
    held: Description = store.describe(ref)
    assert (held.ref, held.model, held.source_url) == (ref, MODEL, "https://gallery.example/alice")
    assert (held.page_title, held.caption) == ("Page of alice", "alice at the market")
    assert (held.collector, held.box, held.restricted) == ("crawler-7", (10, 60, 60, 10), False)
    assert [(shown.name, shown.on.isoformat()) for shown in held.recipients] == [
        ("Customer A", "2024-02-29")
    ]
    assert [looked.purpose for looked in held.consultations] == ["Test of the doors"]
    assert held.picture_media_type == "image/jpeg"
    assert store.picture(ref) == PICTURE + b"alice" * 100
    assert store.vector(ref).tobytes() == vector.tobytes()


def test_what_is_not_known_is_none_not_empty(store):
    [ref] = store.enrol(enrolments(codes(1)))
    held = store.describe(ref)
    assert (held.source_url, held.caption, held.box, held.picture_media_type) == (None,) * 4
    assert store.picture(ref) is None


@pytest.mark.parametrize("read", ["describe", "picture", "vector"])
def test_what_is_not_held_is_named_as_gone(store, read):
    with pytest.raises(TemplateGone):
        getattr(store, read)(NOWHERE)


def test_restricted_is_hidden_from_the_organisation_and_not_from_us(store):
    data = codes(10)
    refs = store.enrol(enrolments(data))
    store.restrict([refs[3], refs[3], NOWHERE])
    store.restrict([refs[3]])
    shown = store.organisation_search(data[3], within=100, purpose="Any")
    assert {candidate.ref for candidate in shown} == set(refs) - {refs[3]}
    assert store.describe(refs[3]).consultations == ()
    nearest = store.search(data[3], within=100).candidates[0]
    assert (nearest.ref, nearest.distance, nearest.restricted) == (refs[3], 0.0, True)
    assert (store.describe(refs[3]).restricted, store.census().restricted) == (True, 1)


def test_released_is_found_by_the_organisation_again(store):
    data = codes(10)
    refs = store.enrol(enrolments(data))
    store.restrict(refs)
    assert store.organisation_search(data[3], within=100, purpose="Any") == ()
    store.release([refs[3], NOWHERE])
    [shown] = store.organisation_search(data[3], within=100, purpose="Any")
    assert shown.ref == refs[3]


def test_erased_is_gone_and_stays_gone(store):
    data = codes(10)
    refs = store.enrol([pictured(vector, f"p{n}") for n, vector in enumerate(data)])
    before = store.census()
    report: ErasureReport = store.erase(refs[2:4])
    assert (report.erased, report.absent) == (frozenset(refs[2:4]), frozenset())
    assert (report.pictures, report.redacted) == (2, 0)
    assert report.depth.startswith(store.erasure_depth)
    assert store.holds(refs) == set(refs) - set(refs[2:4])
    found = store.search(data[2:4], within=100)
    assert {candidate.ref for candidate in found.candidates} == set(refs) - set(refs[2:4])
    assert (found.total, found.complete) == (8, True)
    with pytest.raises(TemplateGone):
        store.describe(refs[2])
    after = store.census()
    assert (after.count, after.digest == before.digest) == (8, False)
    store.maintain()
    assert store.census() == after


def test_erasing_twice_is_no_error(store):
    refs = store.enrol(enrolments(codes(3)))
    store.erase(refs[:1])
    again = store.erase([*refs[:1], NOWHERE])
    assert (again.erased, again.absent) == (frozenset(), frozenset([refs[0], NOWHERE]))
    assert store.erase([]).erased == frozenset()
    assert store.census().count == 2


def test_bystanders_are_byte_equal_after_an_erase(store):
    refs = store.enrol([pictured(vector, f"p{n}") for n, vector in enumerate(codes(6))])
    others = [ref for ref in refs if ref != refs[2]]
    before = [(store.describe(ref), store.picture(ref), bytes(store.vector(ref))) for ref in others]
    store.erase([refs[2]])
    after = [(store.describe(ref), store.picture(ref), bytes(store.vector(ref))) for ref in others]
    assert after == before


def test_a_group_picture_is_redacted_for_the_others_in_it(store):
    alice, bob, carol = store.enrol(group(codes(3)))
    report = store.erase([alice])
    assert (report.pictures, report.redacted) == (0, 1)
    left = store.picture(bob)
    assert left == store.picture(carol)
    assert left.endswith(b"without [(10, 60, 60, 10)]")
    assert store.describe(bob).picture_media_type == "image/png"
    report = store.erase([bob, carol])
    assert (report.pictures, report.redacted) == (1, 0)


def test_a_group_picture_goes_when_everybody_in_it_is_erased(store):
    refs = store.enrol(group(codes(3)))
    report = store.erase(refs)
    assert (report.pictures, report.redacted) == (1, 0)
    assert store.byte_scan([GROUP[40:90]]) == []


def test_a_group_picture_taken_in_again_is_redacted_again(store):
    data = codes(2)
    alice, bob = store.enrol(group(data))
    store.erase([alice])
    second_alice, second_bob = store.enrol(group(data))
    assert store.picture(second_bob) == GROUP
    report = store.erase([second_alice])
    assert (report.redacted, store.picture(second_bob)) == (1, store.picture(bob))
    assert store.holds([bob, second_bob]) == {bob, second_bob}


@pytest.mark.parametrize("kind", ["memory.MemoryStore", "bundled.BundledStore"])
def test_without_a_redactor_a_group_picture_is_refused_before_anything_is_touched(configured, kind):
    store = configured(kind, redactor=None)
    alice, bob = store.enrol(group(codes(2)))
    with pytest.raises(StoreMisconfigured, match="redactor"):
        store.erase([alice])
    assert store.holds([alice, bob]) == {alice, bob}
    assert store.picture(alice) == GROUP
    assert store.erase([alice, bob]).pictures == 1


def test_a_picture_is_kept_once_and_known_by_its_hash(store):

    digest = hashlib.sha256(GROUP).hexdigest()
    assert store.pictures_held([digest]) == set()
    refs = store.enrol(group(codes(2)))
    assert store.pictures_held([digest, "0" * 64]) == {digest}
    store.erase(refs[:1])
    assert store.pictures_held([digest]) == set()


def test_enrolled_between_plan_and_erase_survives_and_is_reported_as_new(store):
    data = codes(3)
    plan = store.enrol(enrolments(data))
    [new] = store.enrol(enrolments(data[:1]))
    store.erase(plan)
    [candidate] = store.search(data[0], within=0.6).candidates
    assert (candidate.ref, new in plan) == (new, False)


def test_names_are_never_used_again(store):
    first = store.enrol(enrolments(codes(50)))
    store.erase(first)
    second = store.enrol(enrolments(codes(50)))
    assert len({*first, *second}) == 100


def test_the_digest_is_of_the_names_alone_in_any_order(store):
    refs = store.enrol(enrolments(codes(20)))

    assert store.census().digest == hashlib.sha256("\n".join(sorted(refs)).encode()).hexdigest()


class LyingStore(MemoryStore):
    """Says that it erased, and keeps everything."""

    def erase(self, refs):
        return ErasureReport(frozenset(refs), frozenset(), 0, 0, 0, "All gone. Honestly.")


def test_a_store_that_lies_about_an_erase_is_caught_by_asking_and_by_searching():
    store = LyingStore("liar")
    data = codes(3)
    refs = store.enrol(enrolments(data))
    assert store.erase(refs[:1]).erased == {refs[0]}
    assert store.holds(refs[:1]) == {refs[0]}
    assert refs[0] in {found.ref for found in store.search(data[0], within=0.6).candidates}
