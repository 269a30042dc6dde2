"""A state changes together with its entry in the log, once, or not at all."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction

from subjects.actions.move import ENTRY_EVENT, move
from subjects.audit.events import Actor
from subjects.audit.leaf import blind
from subjects.audit.log import entries
from subjects.audit.verify import verify
from subjects.errors import LeafRefused, MoveNotAllowed, Superseded
from subjects.lifecycle import TRANSITIONS, State
from subjects.models import Right, RightsRequest
from tests.cases import file, rights_request_at

DESK = Actor.system("lifecycle")


@pytest.fixture
def rights_request(db, memory_stores) -> RightsRequest:
    return file(Right.ERASURE).rights_requests.get()


def stands_at(rights_request: RightsRequest, state: State) -> bool:
    return RightsRequest.objects.get(pk=rights_request.pk).state == state


def test_a_move_is_written_with_its_state_and_both_clocks(rights_request):
    move(rights_request, State.SEARCHING, actor=DESK)
    entry = entries(rights_request.case_id)[-1]
    assert entry.type == ENTRY_EVENT[State.SEARCHING]
    assert entry.fields["request"] == blind(rights_request.pk, entry.fields["n"])
    assert entry.fields["state"] == "searching"
    assert entry.fields["due"] == rights_request.due_on.isoformat()
    assert entry.fields["due_b"] == rights_request.paused_due_on.isoformat()
    assert entry.fields["right"] == "art17"


def test_a_move_that_the_log_does_not_take_does_not_happen(rights_request):
    before = len(entries(rights_request.case_id))
    with pytest.raises(LeafRefused):
        move(rights_request, State.SEARCHING, actor=DESK, sys="a-store-that-nobody-set-up")
    assert stands_at(rights_request, State.RECEIVED)
    assert len(entries(rights_request.case_id)) == before


def test_a_move_whose_entry_cannot_be_stored_does_not_happen(rights_request):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_outbox RENAME TO audit_outbox_lost")
    with pytest.raises(DatabaseError), transaction.atomic():
        move(rights_request, State.SEARCHING, actor=DESK)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_outbox_lost RENAME TO audit_outbox")
    assert stands_at(rights_request, State.RECEIVED)
    assert verify().holds


def test_an_entry_does_not_outlive_a_move_that_is_undone(rights_request):
    before = len(entries(rights_request.case_id))
    with transaction.atomic():
        move(rights_request, State.SEARCHING, actor=DESK)
        transaction.set_rollback(True)
    assert stands_at(rights_request, State.RECEIVED)
    assert len(entries(rights_request.case_id)) == before


@pytest.mark.parametrize("to", sorted(set(State) - TRANSITIONS[State.RECEIVED]))
def test_no_move_outside_the_table(rights_request, to):
    with pytest.raises(MoveNotAllowed):
        move(rights_request, to, actor=DESK)
    assert stands_at(rights_request, State.RECEIVED)


def test_whoever_read_an_older_state_moves_nothing(rights_request):
    late = RightsRequest.objects.get(pk=rights_request.pk)
    move(rights_request, State.AWAITING_PICTURE, actor=DESK)
    with pytest.raises(Superseded):
        move(late, State.SEARCHING, actor=DESK)
    assert stands_at(rights_request, State.AWAITING_PICTURE)


def test_the_same_state_under_a_newer_lease_moves_nothing(db, memory_stores):
    paused = rights_request_at(State.EXPORTING)
    assert paused.claim()
    RightsRequest.objects.filter(pk=paused.pk).update(lease_until=None)
    successor = RightsRequest.objects.get(pk=paused.pk)
    assert successor.claim()
    with pytest.raises(Superseded):
        move(paused, State.READY, actor=DESK)
    assert stands_at(paused, State.EXPORTING)
    move(successor, State.READY, actor=DESK)


def test_a_move_ends_the_lease_and_forgets_the_attempts(db, memory_stores):
    working = rights_request_at(State.EXPORTING)
    working.claim()
    move(working, State.READY, actor=DESK)
    assert (working.lease_until, working.attempts, working.trouble) == (None, 0, "")


@pytest.mark.django_db(transaction=True)
def test_of_many_who_move_at_once_exactly_one_does(memory_stores):
    rights_request = file(Right.ERASURE).rights_requests.get()
    before = len(entries(rights_request.case_id))
    movers = 6
    gate = Barrier(movers)

    def mover(_: int) -> bool:
        mine = RightsRequest.objects.select_related("case").get(pk=rights_request.pk)
        gate.wait(20)
        try:
            move(mine, State.AWAITING_PICTURE, actor=DESK)
        except Superseded:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(movers) as pool:
        assert sum(pool.map(mover, range(movers))) == 1
    close_old_connections()
    assert len(entries(rights_request.case_id)) == before + 1
    assert verify().holds
