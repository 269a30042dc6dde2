"""Stores that are down, that lie, and that take somebody in while their templates are erased."""

from collections.abc import Callable

import pytest

from tests.faults.invariants import LETTERS, check_invariants
from tests.faults.stage import Stage
from tests.faults.stories import Stories, refs

TRIED_AGAIN = ("attempt.failed", "search.failed")


@pytest.mark.faults
def test_a_store_that_is_down_keeps_the_case_open_and_is_named(new_stage: Callable[..., Stage]):
    stage = new_stage()
    stage.work("worker", "sweeper")
    stories = Stories(stage, "person-2")
    archive, away = stage.var / "stores" / "archive", stage.var / "stores" / "away"
    (case,) = _filed(stories)

    archive.rename(away)
    stories.confirm()
    stage.wait(lambda: _ledger(stories, case)["failed"] == ["archive"], "the search names it")
    assert stories.states() == {"searching"}
    assert "search.completed" not in _ledger(stories, case)["entries"]
    away.rename(archive)
    stories.hurry_to("in_review")

    stories.review()
    stories.copy()
    archive.rename(away)
    stories.grant("erasure")
    stage.wait(lambda: "archive" in _erasure(stories, case)["trouble"], "the erasure names it")
    assert _erasure(stories, case)["state"] == "erasing"
    away.rename(archive)
    stories.hurry_to("closed")

    stories.told()
    check_invariants(stories, allowed=TRIED_AGAIN)


@pytest.mark.faults
def test_a_store_that_lies_is_found_out_and_ends_with_a_human(new_stage: Callable[..., Stage]):
    """One store says "erased" and still holds it; the other even denies that it holds it."""
    stage = new_stage()
    stage.work("worker", "sweeper")
    stories = Stories(stage, "person-3", "person-4")
    stories.search()
    stories.review()
    stories.copy()

    with stage.ordered("lie-default", "deny-archive"):
        stories.grant("erasure")
        stories.hurry_to("closed", "needs_human")
        for case in stories.cases:
            assert _erasure(stories, case)["state"] == "needs_human"
            assert "erasure-incomplete" in _erasure(stories, case)["trouble"]
            assert "erasure.verified" not in _ledger(stories, case)["entries"]
        held = stage.driver("holdings")
        assert {ref for case in stories.cases for ref in _planned(stories, case)} <= set(held)

    for case in stories.cases:
        stage.driver("resume", case=case, right="erasure")
    stories.hurry_to("closed")
    stories.told()
    resumed = ("needs_human", "erasure.started", "erasure.carried_out")
    check_invariants(stories, allowed=(*TRIED_AGAIN, *resumed))


@pytest.mark.faults
def test_who_is_taken_in_during_an_erasure_survives_and_is_reported(
    new_stage: Callable[..., Stage],
):
    """Even when the worker that found it dies before it could say so."""
    stage = new_stage()
    stage.work("worker", "sweeper")
    stories = Stories(stage, "person-3")
    stories.search()
    stories.review()
    stories.copy()
    (case,) = stories.cases

    stage.kill("worker")
    stories.grant("erasure")
    new = stage.driver("enrol", pictures=["person-3-a"])
    stage.arm("search:store-recorded", "erase:searched-again")
    stage.work("worker")
    stories.hurry_to("closed", "in_review")
    assert stage.unfired() == set()
    assert _erasure(stories, case)["state"] == "in_review"
    assert set(new) <= set(stage.driver("holdings"))
    assert set(new).isdisjoint(_planned(stories, case))

    stories.review()
    stories.erase()
    assert set(new) <= set(_planned(stories, case))
    stories.told()
    second_round = ("review.started", "request.proposed", "request.approved", "hold.started")
    second_erasure = ("started", "planned", "intended", "carried_out", "verified")
    done = ("template.erased", "letter.sent")
    check_invariants(
        stories,
        allowed=(*second_round, *(f"erasure.{step}" for step in second_erasure), *done),
        new=new,
        letters=LETTERS | {"hold": 2},
    )


def _filed(stories: Stories) -> list[str]:
    stories.file()
    return stories.cases


def _ledger(stories: Stories, case: str) -> dict:
    return stories.stage.driver("ledger", case=case)


def _erasure(stories: Stories, case: str) -> dict[str, str]:
    return _ledger(stories, case)["rights"]["erasure"]


def _planned(stories: Stories, case: str) -> list[str]:
    return refs(_ledger(stories, case)["items"])
