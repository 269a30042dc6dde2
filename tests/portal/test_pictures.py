"""Pictures of a case: what is wrong with one, which face it is, another one, none at all."""

import io

import pytest
from PIL import Image

from subjects.actions.confirm_contact import confirm_contact
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.errors import BlobPurged, NoFaceFound
from subjects.lifecycle import State
from subjects.models import Right
from tests.cases import file, finish, rights_request_at, search
from tests.portal.conftest import PICTURE, open_for, picture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory_stores")]


def group():
    return (PICTURE.parent / "group-1.jpg").read_bytes()


@pytest.fixture
def waiting(client):
    """Give a case that waits for a picture, open in this browser."""
    case = rights_request_at(State.AWAITING_PICTURE).case
    open_for(client, case)
    return case


def post(client, case, address, **form):
    return client.post(f"/cases/{case.reference}/{address}", form)


def test_a_picture_sent_later_begins_the_search(client, waiting):
    answer = post(client, waiting, "pictures/", picture=picture(), consent="on")
    assert answer.status_code == 302
    assert waiting.rights_requests.get().state == State.SEARCHING
    waiting.refresh_from_db()
    assert waiting.consent_version == "consent-en-1"


def test_without_the_tick_it_is_not_kept(client, waiting):
    answer = post(client, waiting, "pictures/", picture=picture())
    assert answer.status_code == 422
    assert "Please tick this box" in answer.content.decode()
    assert not waiting.probes.exists()


def test_one_that_is_too_large_or_missing_is_told_on_the_page(client, waiting, settings):
    settings.UPLOAD_BYTES = 10
    answer = post(client, waiting, "pictures/", picture=picture(), consent="on")
    assert "too large" in answer.content.decode()
    answer = post(client, waiting, "pictures/", consent="on")
    assert "Please choose a picture" in answer.content.decode()


def test_after_five_pictures_no_more_is_taken_and_the_page_says_so(client):
    case = file(Right.ACCESS)
    open_for(client, case)
    for _ in range(4):
        assert post(client, case, "pictures/", picture=picture(), consent="on").status_code == 302
    answer = post(client, case, "pictures/", picture=picture(), consent="on")
    assert answer.status_code == 422
    assert "there are 5 pictures already" in answer.content.decode()


def test_a_picture_without_a_face_is_told_with_the_way_to_mend_it(client):
    case = file(Right.ACCESS, picture=blank())
    confirm_contact(case)
    search(case)
    open_for(client, case)
    shown = client.get(f"/cases/{case.reference}/").content.decode()
    assert NoFaceFound.sentence in shown
    assert "Would you rather send none? You need not." in shown


def blank():
    """Make a picture of nothing."""
    buffer = io.BytesIO()
    Image.effect_noise((400, 400), 40).convert("RGB").save(buffer, "JPEG")
    return buffer.getvalue()


def test_of_several_faces_the_person_says_which_is_theirs(client):
    case = file(Right.ACCESS, picture=group())
    confirm_contact(case)
    search(case)
    open_for(client, case)
    probe = case.probes.get()
    shown = client.get(f"/cases/{case.reference}/").content.decode()
    assert f"We found {probe.faces_found} faces in picture 1" in shown
    assert shown.count('name="face"') == probe.faces_found
    for wrong in ({}, {"face": probe.faces_found}, {"face": "-1"}, {"face": "left"}):
        assert post(client, case, f"pictures/{probe.pk}/face/", **wrong).status_code == 422
    answer = post(client, case, f"pictures/{probe.pk}/face/", face=1)
    assert answer.status_code == 302
    probe.refresh_from_db()
    assert (probe.chosen_face, probe.refusal) == (1, "")
    search(case)
    assert case.rights_requests.get().state == State.IN_REVIEW


def test_nobody_chooses_a_face_in_a_picture_of_another_case(client, waiting):
    other = file(Right.ACCESS, picture=group())
    answer = post(client, waiting, f"pictures/{other.probes.get().pk}/face/", face=0)
    assert answer.status_code == 404


def test_consent_is_taken_back_with_one_click_and_the_request_goes_on(client):
    rights_request = rights_request_at(State.SEARCHING)
    case = rights_request.case
    blob = case.probes.get().blob
    open_for(client, case)
    assert post(client, case, "consent/").status_code == 302
    blob.refresh_from_db()
    with pytest.raises(BlobPurged):
        blob.read()
    purged = [entry for entry in entries(case.pk) if entry.type is EventType.PROBE_PURGED]
    assert [entry.fields["reason"] for entry in purged] == ["consent-withdrawn"]
    search(case)
    rights_request.refresh_from_db()
    assert rights_request.state == State.AWAITING_PICTURE
    shown = client.get(f"/cases/{case.reference}/").content.decode()
    assert "Destroyed on" in shown


def test_consent_taken_back_twice_is_noted_once(client):
    case = rights_request_at(State.IN_REVIEW).case
    open_for(client, case)
    for _ in range(2):
        assert post(client, case, "consent/").status_code == 302
    types = [entry.type for entry in entries(case.pk)]
    assert types.count(EventType.PROBE_PURGED) == 1


def test_an_erasure_is_finished_after_the_consent_was_taken_back(client, settings):
    settings.HOLD_DAYS = 0
    rights_request = rights_request_at(State.HELD)
    open_for(client, rights_request.case)
    post(client, rights_request.case, "consent/")
    finish(rights_request)
    assert (rights_request.state, rights_request.outcome) == (State.CLOSED, "granted")


def test_a_new_picture_after_that_needs_a_new_consent(client, waiting):
    post(client, waiting, "pictures/", picture=picture(), consent="on")
    post(client, waiting, "consent/")
    search(waiting)
    assert post(client, waiting, "pictures/", picture=picture()).status_code == 422
    assert post(client, waiting, "pictures/", picture=picture(), consent="on").status_code == 302
    waiting.refresh_from_db()
    assert waiting.consented_at
