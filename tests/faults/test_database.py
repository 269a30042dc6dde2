"""PostgreSQL crashes while everybody works: connections break, nothing is done twice or halved."""

from collections.abc import Callable

import pytest

from tests.faults.databases import Postgres
from tests.faults.invariants import check_invariants
from tests.faults.stage import Database, Stage
from tests.faults.stories import Stories


@pytest.mark.faults
def test_a_database_that_crashes_and_comes_back_changes_nothing(
    new_stage: Callable[..., Stage], database: Database
):
    if not isinstance(database, Postgres):
        pytest.skip("SQLite is no server: killed workers are its crashes")
    stage = new_stage()
    stage.work("worker", "sweeper")
    stories = Stories(stage, "person-1", "person-4", "person-5")
    stories.file()
    stories.confirm()
    database.crash()
    stories.await_states("in_review")
    stories.await_restrictions()
    stories.review()
    stories.grant("access")
    database.crash()
    stories.await_states("ready", "in_review")
    stories.collect()
    stories.grant("erasure")
    database.crash()
    stories.hurry_to("closed")
    stories.told()
    check_invariants(stories, allowed=("attempt.failed",), mails_may_repeat=True)
