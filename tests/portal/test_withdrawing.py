"""The person takes a right back: one page, one click, and never a dead end."""

import pytest

from subjects.lifecycle import WITHDRAWABLE, State
from subjects.models import Right
from tests.cases import rights_request_at
from tests.portal.conftest import open_for

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("memory_stores", "copies_are_built_once"),
]


def address(rights_request):
    return f"/cases/{rights_request.case.reference}/withdraw/{rights_request.right}/"


@pytest.mark.parametrize("state", list(State), ids=str)
def test_the_link_is_there_exactly_where_the_lifecycle_lets_the_person_go(client, state, settings):
    settings.HOLD_DAYS = 0
    rights_request = rights_request_at(state)
    # What waits for a human here got stuck in its search: it can be withdrawn there, so also now.
    may_go = state in WITHDRAWABLE or state is State.NEEDS_HUMAN
    open_for(client, rights_request.case)
    shown = client.get(f"/cases/{rights_request.case.reference}/").content.decode()
    assert (address(rights_request) in shown) == may_go
    assert client.get(address(rights_request)).status_code == 200
    answer = client.post(address(rights_request))
    rights_request.refresh_from_db()
    if may_go:
        assert rights_request.outcome == "withdrawn"
    elif state is State.CLOSED:
        assert answer.status_code == 302
    else:
        assert answer.status_code == 409
        assert "It is too late for that" in answer.content.decode()
        assert rights_request.is_open


def test_an_erasure_on_hold_is_stopped_by_its_own_button(client, settings):
    settings.HOLD_DAYS = 3
    held = rights_request_at(State.HELD)
    open_for(client, held.case)
    shown = client.get(f"/cases/{held.case.reference}/").content.decode()
    assert "Stop the erasure" in shown
    assert "You can stop it until" in shown
    client.post(address(held))
    held.refresh_from_db()
    assert (held.state, held.outcome) == (State.CLOSED, "withdrawn")


def test_the_other_rights_of_the_case_stay(client):
    access = rights_request_at(State.IN_REVIEW, Right.ACCESS, Right.ERASURE)
    open_for(client, access.case)
    client.post(address(access))
    assert access.case.rights_requests.get(right=Right.ERASURE).is_open


def test_a_right_that_was_not_asked_for_cannot_be_taken_back(client):
    access = rights_request_at(State.IN_REVIEW, Right.ACCESS)
    open_for(client, access.case)
    for right in ("erasure", "everything"):
        assert client.post(f"/cases/{access.case.reference}/withdraw/{right}/").status_code == 404
