"""The broker is killed, emptied or hung: it only wakes workers up, so nothing is lost."""

import shutil
import time
from collections.abc import Callable

import pytest

from tests.faults.browser import file_over_http
from tests.faults.invariants import check_invariants
from tests.faults.stage import Stage
from tests.faults.stories import Stories

ANSWERS_WITHIN = 5.0
"""Seconds in which a filing is answered, whatever the broker does (Art 12(2))."""


def crash(stage: Stage) -> None:
    """Kill the broker and start it again with what it had on its disk."""
    stage.broker.kill()
    stage.broker.start()


def crash_and_lose(stage: Stage) -> None:
    """Kill the broker and start it again with nothing."""
    stage.broker.kill()
    shutil.rmtree(stage.broker.directory)
    stage.broker.start()


def empty(stage: Stage) -> None:
    """Empty the broker while everybody talks to it."""
    with stage.broker.client() as client:
        client.flushall()


@pytest.mark.faults
def test_a_broker_that_crashes_forgets_or_is_emptied_changes_nothing(
    new_stage: Callable[..., Stage],
):
    stage = new_stage()
    stage.work("worker", "sweeper")
    stories = Stories(stage, "person-2", "person-3", "person-6", "person-11")
    stories.file()
    crash_and_lose(stage)
    stories.confirm()
    empty(stage)
    stories.await_states("in_review")
    crash(stage)
    stories.review()
    stories.grant("access")
    crash_and_lose(stage)
    stories.await_states("ready", "in_review")
    stories.collect()
    empty(stage)
    stories.grant("erasure")
    crash(stage)
    stories.await_states("closed")
    stories.told()
    check_invariants(stories)


@pytest.mark.parametrize("how", [pytest.param("stopped", marks=pytest.mark.faults), "hung"])
def test_a_filing_is_answered_while_the_broker_is_away_and_ends_when_it_is_back(
    new_stage: Callable[..., Stage], how: str
):
    stage = new_stage()
    port = stage.serve()
    stage.work("worker", "sweeper")
    stories = Stories(stage, "person-3")
    if how == "hung":
        stage.broker.pause()
    else:
        stage.broker.kill()

    for story in stories.all:
        started = time.monotonic()
        page = file_over_http(port, story)
        took = time.monotonic() - started
        assert took < ANSWERS_WITHIN
        assert page.reference
        assert page.due_on
        story.case = stage.driver("case_of", reference=page.reference)

    if how == "hung":
        stage.broker.resume()
    else:
        stage.broker.start()
    stories.confirm()
    stories.await_states("in_review")
    stories.review()
    stories.copy()
    stories.erase()
    stories.told()
    check_invariants(stories)
