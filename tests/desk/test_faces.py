"""What staff see of a face: cut alike, re-encoded, sealed off, and never without an entry."""

import io
from uuid import uuid4

import numpy as np
import pytest
from PIL import Image

from subjects.audit.events import EventType
from subjects.audit.log import entries, payload_of
from subjects.errors import LeafRefused
from subjects.faces.values import MODEL
from subjects.lifecycle import State
from subjects.models import FoundTemplate
from subjects.stores.base import TemplateRef
from subjects.stores.own import Enrolment
from tests.cases import file, rights_request_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def case():
    return rights_request_at(State.IN_REVIEW).case


def probe_url(case):
    return f"/desk/cases/{case.reference}/probes/{case.probes.get().pk}.jpg"


def candidate_url(found, tail=".jpg"):
    return f"/desk/cases/{found.case.reference}/candidates/{found.pk}{tail}"


def looks(case):
    return [e for e in entries(case.pk) if e.type == EventType.ACCESS_VIEWED]


def test_probe_and_candidate_are_cut_to_the_same_scale(signed_in, case):
    browser = signed_in("reviewer")
    for url in (probe_url(case), candidate_url(case.found.first())):
        answer = browser.get(url)
        assert answer.status_code == 200
        picture = Image.open(io.BytesIO(answer.content))
        assert (picture.format, picture.size) == ("JPEG", (320, 320))
        assert "exif" not in picture.info


def test_a_picture_is_kept_by_no_browser_and_nothing_in_it_runs(signed_in, case):
    answer = signed_in("reviewer").get(probe_url(case))
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


def test_every_look_is_one_entry_that_names_what_was_seen(signed_in, case):
    browser, found = signed_in("reviewer"), case.found.first()
    browser.get(f"/desk/cases/{case.reference}/")
    assert len(looks(case)) == 1
    browser.get(probe_url(case))
    browser.get(candidate_url(found))
    seen = looks(case)
    assert len(seen) == 3
    assert payload_of(seen[1]) == {"probe": case.probes.get().pk.hex}
    assert payload_of(seen[2]) == {"candidate": found.pk.hex}
    assert seen[2].fields["sys"] == found.store
    assert seen[2].fields["actor"].startswith("role:reviewer/")


def test_a_look_that_cannot_be_noted_is_none(signed_in, case, monkeypatch):
    def refuse(*_arguments, **_fields):
        raise LeafRefused("case", "the log is full")

    browser, url = signed_in("reviewer"), candidate_url(case.found.first())
    monkeypatch.setattr("subjects.actions.view_face.record", refuse)
    with pytest.raises(LeafRefused):
        browser.get(url)


def test_in_the_whole_picture_everybody_else_is_painted_over(signed_in, case, memory_stores):
    store = memory_stores["default"]
    group = next(
        found
        for found in case.found.filter(store="default")
        if "science-night" in store.describe(TemplateRef(found.template_ref)).source_url
    )
    answer = signed_in("reviewer").get(candidate_url(group, "/picture.jpg"))
    held = Image.open(io.BytesIO(store.picture(TemplateRef(group.template_ref))))
    shown = Image.open(io.BytesIO(answer.content))
    assert shown.size == held.size
    box = store.describe(TemplateRef(group.template_ref)).box
    kept, other = _apart(held, shown, box)
    assert kept < 10
    assert other > 25
    assert len(looks(case)) == 1


def _apart(held, shown, box):
    """Mean difference inside the kept face, and the largest in any other region of its size."""
    away = np.abs(np.asarray(held, float) - np.asarray(shown, float)).mean(axis=2)
    top, right, bottom, left = box
    kept = away[top:bottom, left:right].mean()
    away[top:bottom, left:right] = 0
    side = right - left
    others = [
        away[y : y + side, x : x + side].mean()
        for y in range(0, away.shape[0] - side, side // 4)
        for x in range(0, away.shape[1] - side, side // 4)
    ]
    return kept, max(others)


def test_a_candidate_without_a_picture_says_so_on_the_page_and_alone(
    signed_in, memory_stores, case
):
    known = case.found.first()
    store = memory_stores[known.store]
    (ref,) = store.enrol(
        [Enrolment(vector=store.vector(TemplateRef(known.template_ref)), model=MODEL)]
    )
    bare = FoundTemplate.objects.create(
        case=case,
        search=known.search,
        store=known.store,
        template_ref=ref,
        distance=0.2,
        band="strong",
    )
    browser, sentence = signed_in("reviewer"), "The store holds no picture, only the face code."
    assert sentence in browser.get(f"/desk/cases/{case.reference}/").content.decode()
    for tail in (".jpg", "/picture.jpg"):
        answer = browser.get(candidate_url(bare, tail))
        assert (answer.status_code, answer.content.decode()) == (404, sentence)


def test_a_store_that_is_down_is_a_sentence_and_no_failure(signed_in, case, memory_stores):
    found = case.found.filter(store="archive")[0]
    memory_stores["archive"].down = True
    browser = signed_in("reviewer")
    page = browser.get(f"/desk/cases/{case.reference}/")
    assert page.status_code == 200
    assert "cannot be used: it does not answer" in page.content.decode()
    answer = browser.get(candidate_url(found))
    assert answer.status_code == 503
    assert answer["Content-Type"].startswith("text/plain")


def test_an_erased_template_is_gone_and_not_an_error(signed_in):
    case = rights_request_at(State.CLOSED).case
    browser = signed_in("reviewer")
    assert browser.get(f"/desk/cases/{case.reference}/").status_code == 200
    assert browser.get(candidate_url(case.found.first())).status_code == 410


def test_a_purged_probe_is_gone(signed_in, case):
    case.probes.get().blob.purge()
    browser = signed_in("reviewer")
    assert browser.get(probe_url(case)).status_code == 410
    assert "deleted, with its key" in browser.get(f"/desk/cases/{case.reference}/").content.decode()


def test_what_is_no_picture_is_never_handed_on(signed_in):
    case = file("access", picture=b"<html><script>alert(1)</script></html>")
    answer = signed_in("reviewer").get(probe_url(case))
    assert answer.status_code == 409
    assert b"script" not in answer.content
    assert not looks(case)


def test_a_face_of_another_case_is_not_found_under_this_one(signed_in, case):
    other = rights_request_at(State.IN_REVIEW).case
    browser, stem = signed_in("reviewer"), f"/desk/cases/{other.reference}"
    found, probe = case.found.first(), case.probes.get()
    for url in (
        f"{stem}/probes/{probe.pk}.jpg",
        f"{stem}/candidates/{found.pk}.jpg",
        f"{stem}/candidates/{found.pk}/picture.jpg",
        f"{stem}/probes/{uuid4()}.jpg",
    ):
        assert browser.get(url).status_code == 404
    answer = browser.post(f"{stem}/candidates/{found.pk}/decide/", {"decision": "same"})
    assert answer.status_code == 404
    assert not looks(case)
    assert not looks(other)
