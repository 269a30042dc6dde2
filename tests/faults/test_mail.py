"""The mail server is down: nothing waits for it, and every mail goes out once when it is back."""

from collections.abc import Callable

import pytest

from tests.faults.invariants import check_invariants
from tests.faults.stage import Stage
from tests.faults.stories import Stories


@pytest.mark.faults
def test_a_mail_server_that_is_down_holds_nothing_up(new_stage: Callable[..., Stage]):
    stage = new_stage()
    stage.mail.down()
    stage.work("worker", "sweeper")
    stories = Stories(stage, "person-6", "person-8")
    stories.search()
    stories.review()
    stories.copy()
    stories.erase()
    assert stage.mail.mails == []
    stage.mail.up()
    stories.told()
    check_invariants(stories)
