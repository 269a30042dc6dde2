"""Every store is searched with every picture, nothing is complete before, nobody is enrolled."""

import numpy as np
import pytest

from subjects.actions.add_picture import add_picture, choose_face
from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.outstanding import outstanding
from subjects.actions.search import search_stores
from subjects.actions.start_search import start_search
from subjects.audit.events import Actor, EventType
from subjects.audit.log import entries
from subjects.errors import NotYet, PictureTooLarge, SeveralFacesFound
from subjects.faces.encoder import encode
from subjects.faces.values import MODEL
from subjects.lifecycle import State
from subjects.models import Case, FoundTemplate, Right, Search, StoreSearch
from subjects.models.leased import MAX_ATTEMPTS
from subjects.stores.base import SearchReport
from subjects.stores.own import Enrolment
from tests.cases import FOLDER, PROBE, file, rights_request_at, search

pytestmark = pytest.mark.django_db
ONE_MORE = {"consent_version": "consent-1", "limit": 12 * 1024 * 1024}


def picture(name: str) -> bytes:
    return (FOLDER / "pictures" / f"{name}.jpg").read_bytes()


def confirmed(*rights: Right, **filing) -> Case:
    case = file(*(rights or (Right.ERASURE,)), **filing)
    confirm_contact(case)
    return case


def state_of(case: Case) -> str:
    return case.rights_requests.values_list("state", flat=True)[0]


def facts(case: Case, event: EventType) -> list[dict]:
    return [entry.fields for entry in entries(case.pk) if entry.type == event]


def again(case: Case) -> None:
    """Search as soon as the pause is over."""
    Search.objects.filter(case=case).update(next_attempt_at=None)
    search(case)


def test_every_store_is_searched_and_the_log_says_what_was_compared(memory_stores):
    case = confirmed()
    search(case)
    assert state_of(case) == State.IN_REVIEW
    (told,) = facts(case, EventType.SEARCH_COMPLETED)
    assert {one["alias"]: one["compared"] for one in told["stores"]} == {
        alias: store.census().count for alias, store in memory_stores.items()
    }
    assert all(one["compared"] == one["total"] for one in told["stores"])
    assert (told["model"], told["radius"]) == (MODEL, "0.6000")
    assert sum(told["bands"].values()) == FoundTemplate.objects.count() == 4


def test_a_search_leaves_every_store_as_it_was(memory_stores):
    """Searched, never enrolled (R-052)."""
    before = {alias: store.census() for alias, store in memory_stores.items()}
    search(confirmed())
    assert {alias: store.census() for alias, store in memory_stores.items()} == before


def test_no_face_code_of_the_person_is_kept_anywhere(memory_stores):
    case = confirmed()
    search(case)
    (face,) = encode(PROBE.read_bytes())
    kept = " ".join(
        str(row) for model in (Case, Search, FoundTemplate) for row in model.objects.values()
    )
    kept += str(list(case.probes.values()))
    assert not any(f"{abs(number):.6f}" in kept for number in face.vector[:20])


@pytest.mark.parametrize("alias", ["default", "archive"])
def test_one_store_that_fails_keeps_the_search_open_and_is_named(memory_stores, alias):
    memory_stores[alias].down = True
    case = confirmed()
    for _ in range(2 * MAX_ATTEMPTS):
        again(case)
    ordered = Search.objects.get()
    assert state_of(case) == State.SEARCHING
    assert (ordered.finished_at, ordered.attempts) == (None, 0)
    assert ordered.trouble == f"store:{alias}"
    assert not facts(case, EventType.SEARCH_COMPLETED)
    failed = facts(case, EventType.SEARCH_FAILED)[-1]
    assert {one["alias"]: one["result"] for one in failed["stores"]}[alias] == "failed"
    assert StoreSearch.objects.get(store=alias).trouble == "store-unavailable"


def test_what_the_other_store_answered_is_kept_and_not_asked_again(memory_stores):
    memory_stores["archive"].down = True
    case = confirmed()
    again(case)
    kept = StoreSearch.objects.get(store="default")
    memory_stores["archive"].down, memory_stores["default"].down = False, True
    again(case)
    assert state_of(case) == State.IN_REVIEW
    assert StoreSearch.objects.get(store="default").at == kept.at
    assert FoundTemplate.objects.values("store").distinct().count() == 2


def test_a_search_is_due_again_after_its_pause_and_not_before(memory_stores):
    memory_stores["archive"].down = True
    case = confirmed()
    search(case)
    memory_stores["archive"].down = False
    search(case)
    assert state_of(case) == State.SEARCHING
    assert not [work for work in outstanding(case) if work.job == "search"]
    again(case)
    assert state_of(case) == State.IN_REVIEW


def test_a_store_that_compared_only_a_part_is_one_that_failed(memory_stores, monkeypatch):
    honest = memory_stores["archive"].search

    def short(*arguments: object, **options: object) -> SearchReport:
        report = honest(*arguments, **options)
        return SearchReport(
            report.store,
            report.total,
            report.total - 1,
            report.candidates,
            report.model,
            report.within,
            report.seconds,
        )

    monkeypatch.setattr(memory_stores["archive"], "search", short)
    case = confirmed()
    again(case)
    assert state_of(case) == State.SEARCHING
    assert StoreSearch.objects.get(store="archive").result == StoreSearch.Result.FAILED
    assert not FoundTemplate.objects.filter(store="archive").exists()


def test_a_search_that_lost_its_lease_writes_nothing(memory_stores, monkeypatch):
    case = confirmed()
    honest = memory_stores["archive"].search

    def slow(*arguments: object, **options: object) -> SearchReport:
        Search.objects.update(fence=99)  # another worker took over meanwhile
        return honest(*arguments, **options)

    monkeypatch.setattr(memory_stores["archive"], "search", slow)
    with pytest.raises(Exception, match="Somebody else"):
        search(case)
    assert state_of(case) == State.SEARCHING
    assert not FoundTemplate.objects.filter(store="archive").exists()


def test_several_pictures_find_more_than_each_and_nobody_twice(memory_stores):
    case = confirmed()
    search(case)
    alone = dict(FoundTemplate.objects.values_list("template_ref", "distance"))
    add_picture(case, picture("person-1-c"), **ONE_MORE)
    search(case)
    both = dict(FoundTemplate.objects.values_list("template_ref", "distance"))
    assert alone.keys() <= both.keys()
    assert all(both[ref] <= distance for ref, distance in alone.items())
    assert min(both.values()) < 0.1  # the very picture that a store holds
    assert case.searches.count() == 2


def test_no_usable_picture_makes_it_the_persons_turn_with_a_mail_and_a_reason(memory_stores):
    case = confirmed(picture=b"no picture at all")
    search(case)
    assert state_of(case) == State.AWAITING_PICTURE
    assert case.probes.get().refusal == "not-a-picture"
    assert case.outbox.filter(kind="news").count() == 1
    assert facts(case, EventType.PROBE_REFUSED)[0]["reason"] == "not-a-picture"
    add_picture(case, PROBE.read_bytes(), **ONE_MORE)
    search(case)
    assert state_of(case) == State.IN_REVIEW


def test_of_several_faces_the_person_chooses_and_only_theirs_is_searched(memory_stores):
    case = confirmed(picture=picture("group-2"))
    search(case)
    probe = case.probes.get()
    assert (probe.refusal, probe.faces_found) == ("several-faces-found", 2)
    for no_such in (-1, 2):
        with pytest.raises(SeveralFacesFound):
            choose_face(probe, no_such)
    choose_face(probe, 0)
    search(case)
    assert state_of(case) == State.IN_REVIEW
    (found,) = FoundTemplate.objects.all()
    assert found.store == "archive"  # person-2-b, and nobody of the others


def test_a_picture_loses_its_metadata_before_anything_else(memory_stores):
    case = confirmed()
    original = case.probes.get().blob
    search(case)
    probe = case.probes.get()
    assert probe.cleaned
    assert probe.blob_id != original.pk
    original.refresh_from_db()
    assert original.purged_at
    assert b"Exif" not in probe.blob.read()


def test_five_pictures_are_enough_and_too_large_ones_are_refused(memory_stores):
    case = file(Right.ERASURE)
    for _ in range(4):
        add_picture(case, PROBE.read_bytes(), **ONE_MORE)
    with pytest.raises(NotYet, match="5 pictures"):
        add_picture(case, PROBE.read_bytes(), **ONE_MORE)
    with pytest.raises(PictureTooLarge):
        add_picture(case, b"x" * 11, consent_version="consent-1", limit=10)


def test_no_picture_is_taken_where_the_search_is_over(memory_stores):
    rights_request = rights_request_at(State.HELD)
    with pytest.raises(NotYet):
        add_picture(rights_request.case, PROBE.read_bytes(), **ONE_MORE)


def test_a_search_is_ordered_once_however_often_it_is_asked_for(memory_stores):
    case = confirmed()
    for _ in range(3):
        start_search(case, actor=Actor.person())
    assert case.searches.count() == 1
    (ordered,) = case.searches.all()
    search_stores(ordered)
    search_stores(Search.objects.get())
    assert len(facts(case, EventType.SEARCH_COMPLETED)) == 1


def test_one_search_serves_every_right_of_the_case(memory_stores):
    case = confirmed(Right.ACCESS, Right.ERASURE)
    search(case)
    assert set(case.rights_requests.values_list("state", flat=True)) == {State.IN_REVIEW}
    assert case.searches.count() == 1


def test_somebody_who_is_a_stranger_to_every_store_finds_nobody(memory_stores):
    (face,) = encode(PROBE.read_bytes())
    far = np.asarray(face.vector) + 1.0
    memory_stores["default"].enrol([Enrolment(vector=far, model=MODEL)])
    case = confirmed(picture=picture("person-10-a"))
    search(case)
    assert state_of(case) == State.IN_REVIEW
    assert not FoundTemplate.objects.exists()
