"""The builder of cases reaches every state by the real actions: other tests rely on it."""

import pytest

from subjects.faces.matching import Band
from subjects.lifecycle import State
from tests.cases import rights_request_at

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", State)
def test_every_state_is_reached_through_the_actions(memory_stores, state):
    assert rights_request_at(state).state == state


def test_a_review_has_strong_candidates_and_some_of_the_grey_band(memory_stores):
    found = rights_request_at(State.IN_REVIEW).case.found.all()
    assert len(found) == 4
    assert {one.band for one in found} == {Band.STRONG, Band.REVIEW}
    assert {one.store for one in found} == {"default", "archive"}
