"""The web is killed between the commit and the message: the case stands and is worked off."""

import http.client
from collections.abc import Callable

import pytest

from tests.faults.browser import Browser, filled, send
from tests.faults.invariants import check_invariants
from tests.faults.stage import Stage
from tests.faults.stories import Stories


@pytest.mark.faults
def test_a_web_killed_after_the_commit_loses_no_case_and_makes_no_second_one(
    new_stage: Callable[..., Stage],
):
    stage = new_stage()
    port = stage.serve()
    stories = Stories(stage, "person-8")
    (story,) = stories.all
    browser, token, key = Browser.at_the_form(port)

    stage.arm("web:committed-not-published")
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        browser.ask("POST", "/cases/new/", *filled(story, token, key))
    assert stage.unfired() == set()
    story.case = stage.driver("case_of_contact", canary=story.canary)
    assert story.case

    page = send(browser, story, token, key)  # the person presses the button again
    assert stage.driver("case_of", reference=page.reference) == story.case
    assert stage.driver("case_of_contact", canary=story.canary) == story.case

    stage.work("worker", "sweeper")
    stories.confirm()
    stories.await_states("in_review")
    stories.review()
    stories.copy()
    stories.erase()
    stories.told()
    check_invariants(stories)
