"""Nobody stays restricted who is not the person, and nobody is let go whom another case holds."""

from collections.abc import Callable

import pytest

from tests.faults.stage import Stage
from tests.faults.stories import Stories

NOBODY = "nobody"
"""As whom a reviewer sees everybody found: then all of them are somebody else."""


@pytest.mark.faults
def test_who_was_restricted_just_before_a_crash_is_let_go(new_stage: Callable[..., Stage]):
    stage = new_stage()
    stage.work("worker", "sweeper")
    stories = Stories(stage, "person-3")
    stage.arm("restrict:restricted")
    stories.file()
    stories.confirm()
    stage.wait(lambda: not stage.unfired(), "the store was told, and nobody noted it")
    stage.kill("worker")
    assert _restricted(stage)

    (case,) = stories.cases
    stage.driver("review", case=case, person=NOBODY)
    stage.work("worker")
    stage.wait(lambda: not _restricted(stage), "they are let go")
    stories.await_restrictions()


@pytest.mark.faults
def test_a_case_lets_nobody_go_whom_another_case_holds(new_stage: Callable[..., Stage]):
    stage = new_stage()
    stage.work("worker", "sweeper")
    mistaken, right = Stories(stage, "person-3"), Stories(stage, "person-3")
    for stories in (mistaken, right):
        stories.search()
    right.review()
    held = _restricted(stage)
    assert held
    stage.driver("review", case=mistaken.cases[0], person=NOBODY)
    mistaken.await_restrictions()
    assert _restricted(stage) == held


def _restricted(stage: Stage) -> set[str]:
    held = stage.driver("holdings")
    return {ref for ref, now in held.items() if now["restricted"]}
