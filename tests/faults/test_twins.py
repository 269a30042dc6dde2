"""Everything twice: messages, workers, sweepers, and workers that wake up too late."""

import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from tests.faults.invariants import check_invariants
from tests.faults.stage import Stage
from tests.faults.stories import Stories, tell

COPIES = 3
TAKEN_OVER = "another worker has taken over"


def lines(stage: Stage, *names: str) -> list[dict[str, str]]:
    """Return what workers have logged."""
    said = [line for name in names for line in stage.log(name).read_text().splitlines()]
    return [json.loads(line) for line in said if line.startswith("{")]


@pytest.mark.faults
def test_every_message_three_times_to_two_workers_from_two_sweepers_is_done_once(
    new_stage: Callable[..., Stage],
):
    stage = new_stage(FAULTS_COPIES=str(COPIES))
    stage.work("worker-1", "worker-2", "sweeper-1", "sweeper-2")
    stage.wait(lambda: _ready(stage) == {"worker-1", "worker-2"}, "both workers are bound")
    stories = tell(stage, ["person-1", "person-4", "person-8"])
    check_invariants(stories)
    received = Counter(
        line["message"]
        for line in lines(stage, "worker-1", "worker-2")
        if line["message"].endswith("received")
    )
    assert set(received.values()) == {COPIES}


@pytest.mark.faults
def test_a_worker_that_wakes_up_after_its_lease_changes_nothing(new_stage: Callable[..., Stage]):
    stage = new_stage()
    stage.work("worker-1", "worker-2", "sweeper")
    stories = Stories(stage, "person-3", "person-6")

    with asleep(stage, "search"):
        stories.search()
    stories.review()
    stories.copy()
    with asleep(stage, "erase", "erased", "search"):
        stories.erase()

    stories.told()
    check_invariants(stories)


@contextmanager
def asleep(stage: Stage, *places: str) -> Iterator[None]:
    """Let one worker stand still at each place until all is done without it; then wake them up."""
    before = _replaced(stage)
    with stage.ordered(*(f"stop-{place}" for place in places)):
        yield
        sleepers = stage.stopped()
        assert len(sleepers) == len(places)
    for process in sleepers:
        os.kill(process, signal.SIGCONT)
    stage.wait(lambda: _replaced(stage) == before + len(places), "all noticed that they are late")


def _replaced(stage: Stage) -> int:
    said = lines(stage, "worker-1", "worker-2")
    return sum(line["message"] == TAKEN_OVER for line in said)


def _ready(stage: Stage) -> set[str]:
    return {
        name
        for name in stage.processes
        if any(line["message"].endswith("ready.") for line in lines(stage, name))
    }
