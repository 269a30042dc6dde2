"""The life of a request is one table, and everything that follows from a state is total over it."""

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from subjects.actions.close import GRANTED_LETTER, LETTER
from subjects.actions.move import ARTICLE, ENTRY_EVENT
from subjects.actions.outstanding import JOB_OF
from subjects.audit import words
from subjects.errors import PortalError
from subjects.law import rights
from subjects.lifecycle import (
    APPROVED,
    OPEN,
    STATES,
    TRANSITIONS,
    TURN,
    WITHDRAWABLE,
    Outcome,
    State,
    Turn,
    as_mermaid,
)
from subjects.models import Right, RightsRequest
from subjects.tasks import current_app


def codes(error: type[PortalError]) -> set[str]:
    return {error.code}.union(*map(codes, error.__subclasses__()))


def test_the_table_of_moves_is_total():
    assert set(TRANSITIONS) == set(State)
    assert set().union(*TRANSITIONS.values()) <= set(State)


def test_every_state_is_somebodys_turn_once():
    assert sorted(state for states in STATES.values() for state in states) == sorted(State)
    assert set(TURN) == set(State)
    assert set(STATES) == set(Turn)


def test_every_state_has_its_own_entry_in_the_log():
    assert set(ENTRY_EVENT) == set(State)
    assert len(set(ENTRY_EVENT.values())) == len(State)


def test_the_log_knows_the_same_words():
    assert set(words.STATES) == set(State)
    assert set(words.OUTCOMES) == set(Outcome)
    assert set(ARTICLE) == set(Right)
    assert {str(right): article for right, article in ARTICLE.items()}.items() <= (
        words.ARTICLES.items()
    )


def test_every_error_can_stand_in_the_log_as_a_reason():
    assert set(words.ERRORS) - set(words.GONE) == codes(PortalError)
    assert set(words.ERRORS) <= set(words.REASONS)


def test_every_error_has_a_code_of_its_own():
    classes = {PortalError}
    while more := {below for one in classes for below in one.__subclasses__()} - classes:
        classes |= more
    assert len({one.code for one in classes}) == len(classes)


def test_a_job_works_on_every_state_that_is_a_machines_turn():
    assert {*JOB_OF, State.SEARCHING} == set(STATES[Turn.MACHINE])
    assert {*JOB_OF.values(), "search", "send_mail", "restrict"} <= set(current_app.tasks)


def test_every_state_can_be_reached():
    reached = {State.RECEIVED}
    while more := set().union(*(TRANSITIONS[state] for state in reached)) - reached:
        reached |= more
    assert reached == set(State)


def test_every_open_state_leads_to_an_end():
    ends = {State.CLOSED}
    while more := {one for one in State if TRANSITIONS[one] & ends} - ends:
        ends |= more
    assert ends == set(State)
    assert TRANSITIONS[State.CLOSED] == frozenset()
    assert set(OPEN) == set(State) - {State.CLOSED}


def test_what_has_begun_to_be_destroyed_cannot_be_withdrawn():
    destroying = {State.ERASING, State.VERIFYING, State.RESTRICTING, State.NEEDS_HUMAN}
    assert set(State) - WITHDRAWABLE == {*destroying, State.CLOSED}
    assert all(State.CLOSED in TRANSITIONS[state] for state in WITHDRAWABLE)


def test_nothing_is_released_or_destroyed_but_after_an_approval():
    """Every way into an approved state starts at the approval, in another one, or at the desk."""
    doors = {State.AWAITING_APPROVAL, State.NEEDS_HUMAN}
    for state in set(State) - APPROVED - doors:
        assert not TRANSITIONS[state] & APPROVED, f"{state} goes round the approval"
    assert not {State.HELD, State.READY} & TRANSITIONS[State.NEEDS_HUMAN]


def test_a_machines_turn_can_always_be_handed_to_a_human_and_back():
    for state in STATES[Turn.MACHINE]:
        assert State.NEEDS_HUMAN in TRANSITIONS[state]
        assert state in TRANSITIONS[State.NEEDS_HUMAN]


def test_every_end_has_its_letter():
    granted = {Outcome.GRANTED, Outcome.PARTLY_GRANTED}
    assert set(LETTER) == set(Outcome) - granted
    assert set(GRANTED_LETTER) == set(Right) - {Right.ACCESS}


def test_every_right_that_can_be_filed_is_in_the_law():
    assert {str(right) for right in Right} <= {entry.code for entry in rights()}


def test_the_printed_lifecycle_is_the_real_one(capsys):
    call_command("print_lifecycle")
    printed = capsys.readouterr().out
    assert Path(settings.BASE_DIR, "docs", "lifecycle.md").read_text("utf-8") == printed


@pytest.mark.parametrize("state", State)
def test_the_diagram_shows_every_move(state):
    lines = as_mermaid().splitlines()
    shown = {line.split(" --> ")[1] for line in lines if line.startswith(f"    {state} --> ")}
    assert shown - {"[*]"} == {str(after) for after in TRANSITIONS[state]}


@pytest.mark.parametrize("stuck_in", sorted(State), ids=str)
def test_what_waits_for_a_human_is_withdrawn_only_where_it_could_be_before(stuck_in):
    waiting = RightsRequest(state=State.NEEDS_HUMAN, stuck_in=stuck_in)
    assert waiting.is_withdrawable == (stuck_in in WITHDRAWABLE)
