"""A worker is killed at every named point: each case ends as if nothing had happened."""

from collections.abc import Callable

import pytest

from subjects.faults import POINTS
from tests.faults.invariants import check_invariants
from tests.faults.stage import Stage
from tests.faults.stories import Stories

PEOPLE = [f"person-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11)]
"""Nobody of them is so like another that their searches would meet."""
OF_THE_WEB = {point for point in POINTS if point.startswith("web:")}
OF_THE_LOG = {point for point in POINTS if point.startswith(("sequence:", "publish:", "blank:"))}
"""See test_sequencer.py."""


def _points(*jobs: str) -> list[str]:
    return sorted(point for point in POINTS if point.partition(":")[0] in jobs)


def test_the_points_are_those_that_are_killed_at():
    assert {*_points("search", "restrict", "export", "erase")} == POINTS - OF_THE_WEB - OF_THE_LOG


@pytest.mark.faults
def test_a_worker_killed_at_every_point_changes_nothing(new_stage: Callable[..., Stage]):
    stage = new_stage()
    stage.work("worker", "sweeper")
    stories = Stories(stage, *PEOPLE)

    stage.arm(*_points("search", "restrict"))
    stories.search()
    assert stage.unfired() == set()
    stories.review()

    stage.arm(*_points("export"))
    stories.copy()
    assert stage.unfired() == set()

    # The stores are searched again after an erase: killed there as well.
    stage.arm(*_points("erase"), "search:store-searched", "search:store-recorded")
    stories.erase()
    assert stage.unfired() == set()

    stories.told()
    check_invariants(stories)


def test_a_worker_killed_between_erasing_and_noting_it_changes_nothing(
    new_stage: Callable[..., Stage],
):
    stage = new_stage()
    stage.work("worker", "sweeper")
    stories = Stories(stage, "person-3")
    stories.search()
    stories.review()
    stories.copy()
    stage.arm("erase:deleted-not-confirmed")
    stories.erase()
    assert stage.unfired() == set()
    stories.told()
    check_invariants(stories)
