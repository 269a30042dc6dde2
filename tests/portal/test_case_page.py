"""The page of a case: what happens now, the dates, the letters, and nothing that tells a result."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings as configured
from django.utils import timezone

from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.extend import extend
from subjects.actions.purge import purge
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.errors import BadPicture
from subjects.lifecycle import Outcome, State
from subjects.models import Case, Probe, Right
from subjects.portal import words
from subjects.portal.case_page import heading
from subjects.portal.timeline import NOT_SHOWN, SENTENCES, timeline
from tests.cases import decide_all, file, rights_request_at, search, staff
from tests.portal.conftest import open_for

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("memory_stores", "copies_are_built_once"),
]


def page(client, case, address=""):
    open_for(client, case)
    answer = client.get(f"/cases/{case.reference}/{address}")
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return re.sub(r"\s+", " ", answer.content.decode()).replace("&#x27;", "'")


def test_there_are_words_for_every_state_outcome_letter_picture_and_entry():
    letters = {path.stem for path in (configured.BASE_DIR / "templates" / "letters").glob("*.txt")}
    assert set(words.STATE_WORDS) == set(State)
    assert set(words.OUTCOME_WORDS) == set(Outcome)
    assert set(words.LETTER_TITLES) == letters
    assert SENTENCES.keys() | NOT_SHOWN == set(EventType)
    assert not SENTENCES.keys() & NOT_SHOWN
    for error in BadPicture.__subclasses__():
        assert words.picture_problem(Probe(refusal=error.code, faces_found=3))
    assert words.picture_problem(Probe(refusal="unheard-of")) == BadPicture.sentence


@pytest.mark.parametrize("state", list(State), ids=str)
def test_every_state_has_its_page(client, state, settings):
    settings.HOLD_DAYS = 0
    case = rights_request_at(state).case
    shown = page(client, case)
    assert str(words.STATE_WORDS[state].heading) in shown
    assert settings.DPO_CONTACT in shown
    assert "Commission nationale" in shown


def test_of_several_rights_the_one_that_waits_for_the_person_makes_the_heading(client):
    ready = rights_request_at(State.READY, Right.ACCESS, Right.ERASURE)
    assert "Your copy is ready" in page(client, ready.case)
    assert heading(list(ready.case.rights_requests.all())) == words.STATE_WORDS[State.READY]


def test_the_days_left_are_counted_and_being_late_is_said(client):
    case = rights_request_at(State.RECEIVED).case
    due_on = case.rights_requests.get().due_on
    left = (due_on - timezone.localdate()).days
    assert f"{left} days left" in page(client, case)
    for days, text in ((1, "1 day left"), (0, "0 days left"), (-2, "2 days late")):
        noon = timezone.now().replace(hour=12) + timedelta(days=left - days)
        with time_machine.travel(noon, tick=False):
            assert text in page(client, case)


def test_an_extension_shows_its_reason_and_its_date_and_the_one_before(client):
    rights_request = rights_request_at(State.IN_REVIEW)
    extend(rights_request, reasons=["complexity"], text="Many stores.", by=staff("reviewer"))
    shown = page(client, rights_request.case)
    first, later = rights_request.due_on, rights_request.answer_due_on
    assert f"{first.day} {first:%B %Y}" in shown
    assert f"{later.day} {later:%B %Y}" in shown
    assert "The request is complex." in shown


def test_the_page_is_the_same_for_a_known_and_an_unknown_face_until_the_answer(client):
    known, unknown = rights_request_at(State.IN_REVIEW).case, file(Right.ERASURE)
    confirm_contact(unknown)
    unknown_probe = configured.BASE_DIR / "demonstration" / "pictures" / "person-11-a.jpg"
    stranger = file(Right.ERASURE, picture=unknown_probe.read_bytes())
    confirm_contact(stranger)
    search(stranger)
    assert known.found.exists()
    assert not stranger.found.exists()
    decide_all(known)
    assert masked(page(client, known), known) == masked(page(client, stranger), stranger)


def masked(text, case):
    text = text.replace(case.reference, "REFERENCE")
    return re.sub(r'value="\w{64}"|datetime="[^"]+"|receipts/[0-9a-f-]{36}|\d\d:\d\d', "", text)


def test_no_distance_and_no_band_stands_on_any_page(client):
    case = rights_request_at(State.CLOSED).case
    shown = page(client, case) + "".join(
        page(client, case, f"letters/{letter.pk}/") for letter in case.letters.all()
    )
    for found in case.found.all():
        assert f"{found.distance:.3f}"[:5] not in shown
    for word in ("distance", "score", "strong", "%", "radius"):
        assert word not in re.sub(r"<[^>]+>", "", shown)


def test_letters_are_read_on_the_page_and_only_there(client):
    case = rights_request_at(State.CLOSED).case
    assert case.letters.count() == 2
    for letter in case.letters.all():
        shown = page(client, case, f"letters/{letter.pk}/")
        assert "Our data protection officer" in shown
    other = file(Right.ACCESS)
    open_for(client, other)
    assert client.get(f"/cases/{other.reference}/letters/{letter.pk}/").status_code == 404
    assert client.get(f"/cases/{other.reference}/letters/{uuid4()}/").status_code == 404


def test_the_timeline_is_newest_first_and_joins_what_happened_to_several_rights(client):
    case = rights_request_at(State.SEARCHING, Right.ERASURE, Right.ACCESS).case
    lines = timeline(entries(case.pk), one_right=False)
    assert [line.type for line in lines] == [
        EventType.SEARCH_STARTED,
        EventType.CONTACT_CONFIRMED,
        EventType.REQUEST_RECEIVED,
    ]
    assert lines[-1].rights == ["Get a copy", "Have it erased"]


def test_a_store_that_fails_for_days_is_one_line(memory_stores, client):
    case = rights_request_at(State.SEARCHING).case
    memory_stores["archive"].down = True
    for days in range(4):
        with time_machine.travel(timezone.now() + timedelta(days=days)):
            search(case)
    lines = timeline(entries(case.pk), one_right=True)
    assert [line.type for line in lines].count(EventType.SEARCH_FAILED) == 1


def test_the_destruction_of_the_pictures_is_dated_on_the_page(client, settings):
    case = rights_request_at(State.CLOSED).case
    assert "Kept sealed until" in page(client, case)
    day = timezone.now() + timedelta(days=settings.PROBE_DAYS + 1)
    with time_machine.travel(day, tick=False):
        purge()
        shown = page(client, case)
        today = timezone.localdate()
    assert f"Destroyed on {today.day} {today:%B %Y}" in shown
    assert "Pictures that you sent were destroyed" in shown


def test_a_purged_case_is_gone_for_the_browser_as_well(client):
    case = rights_request_at(State.CLOSED).case
    open_for(client, case)
    Case.objects.filter(pk=case.pk).update(purged_at=timezone.now())
    assert client.get(f"/cases/{case.reference}/").status_code == 302
