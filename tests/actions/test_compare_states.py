"""A state that was written by hand has no entry, and `audit_verify` names the request."""

import pytest
from django.core.management import call_command
from django.db import connection

from subjects.actions.compare_states import states_without_entry
from subjects.lifecycle import State
from subjects.models import Right, RightsRequest
from tests.cases import file, rights_request_at

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("state", sorted(set(State) - {State.READY}))  # slow: it makes a copy
def test_a_request_that_was_moved_by_the_actions_is_never_suspected(memory_stores, state):
    rights_request_at(state)
    assert states_without_entry() == []


def test_a_state_set_in_the_rows_is_named(memory_stores, capsys):
    good = file(Right.ACCESS).rights_requests.get()
    forged = file(Right.ERASURE).rights_requests.get()
    RightsRequest.objects.filter(pk=forged.pk).update(state=State.SEARCHING)
    with pytest.raises(SystemExit) as stopped:
        call_command("audit_verify")
    said = capsys.readouterr().err
    assert stopped.value.code == 1
    assert forged.pk.hex in said
    assert forged.case.reference in said
    assert "'searching'" in said
    assert "'received'" in said
    assert good.pk.hex not in said


def test_a_state_set_by_sql_is_named(memory_stores):
    forged = rights_request_at(State.AWAITING_APPROVAL)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE subjects_rightsrequest SET state = 'in_review'")
    (line,) = states_without_entry()
    assert forged.pk.hex in line


def test_a_request_that_vanished_is_named(memory_stores, capsys):
    gone = file(Right.ERASURE).rights_requests.get()
    case = gone.case_id.hex
    gone.delete()
    with pytest.raises(SystemExit):
        call_command("audit_verify")
    assert f"case {case} under art17 stands in the log and has no row" in capsys.readouterr().err


def test_a_log_that_holds_and_true_rows_are_said_to_hold(memory_stores, capsys):
    rights_request_at(State.CLOSED)
    call_command("audit_verify")
    assert "Every entry is what was written." in capsys.readouterr().out
