"""The search after an erasure is made with the person's picture, or the case stays open."""

import pytest

from subjects import vault
from subjects.errors import PictureTooHard
from subjects.lifecycle import Outcome, State
from subjects.models import RightsRequest
from subjects.tasks import erase
from tests.cases import rights_request_at

pytestmark = pytest.mark.django_db


def test_a_picture_that_cannot_be_opened_for_the_second_search_leaves_the_case_open(memory_stores):
    erasing = rights_request_at(State.ERASING)
    for probe in erasing.case.probes.all():
        vault.write_file(probe.blob_id, vault.seal(b"no picture", context="other").ciphertext)
    erase(str(erasing.pk))
    erasing.refresh_from_db()
    assert (erasing.state, erasing.outcome) == (State.VERIFYING, "")
    assert erasing.trouble == "blob-damaged"


def test_a_picture_that_was_usable_before_is_not_struck_off_after_the_erase(
    memory_stores, monkeypatch
):
    def no_time(*_words, **_options):
        raise PictureTooHard

    erasing = rights_request_at(State.ERASING)
    monkeypatch.setattr("subjects.faces.encoder.encode_one", no_time)
    erase(str(erasing.pk))
    erasing.refresh_from_db()
    assert (erasing.state, erasing.trouble) == (State.VERIFYING, "picture-too-hard")
    assert not erasing.case.probes.exclude(refusal="").exists()
    monkeypatch.undo()
    RightsRequest.objects.filter(pk=erasing.pk).update(next_attempt_at=None)
    erase(str(erasing.pk))
    erasing.refresh_from_db()
    assert erasing.outcome == Outcome.GRANTED
