"""One worker at a time works on a row, and one that was passed by changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from subjects.errors import Superseded
from subjects.lifecycle import State
from subjects.models import Search
from tests.cases import rights_request_at


@pytest.fixture
def row(db, memory_stores) -> Search:
    rights_request_at(State.SEARCHING)
    return Search.objects.get()


def again(row: Search) -> Search:
    return Search.objects.get(pk=row.pk)


def test_a_row_is_claimed_once(row):
    assert row.claim()
    assert not again(row).claim()
    assert (again(row).attempts, again(row).fence) == (1, 1)


def test_a_lease_that_ran_out_is_taken_over_under_a_higher_fence(row):
    row.claim()
    Search.objects.update(lease_until=Now() - timedelta(seconds=1))
    successor = again(row)
    assert successor.claim()
    assert successor.fence == row.fence + 1


def test_whoever_lost_the_lease_cannot_renew_it(row):
    row.claim()
    Search.objects.update(lease_until=Now() - timedelta(seconds=1))
    again(row).claim()
    with pytest.raises(Superseded):
        row.renew()


def test_whoever_lost_the_lease_gives_nothing_back(row):
    row.claim()
    Search.objects.update(lease_until=Now() - timedelta(seconds=1))
    successor = again(row)
    successor.claim()
    stale = again(row)
    stale.fence = row.fence
    stale.give_back(trouble="late")
    assert again(row).trouble == ""
    successor.renew()


def test_a_lease_lives_by_the_clock_of_the_database(row, settings):
    settings.LEASE_SECONDS = 120
    row.claim()
    left = again(row).lease_until - timezone.now()
    assert timedelta(seconds=110) < left <= timedelta(seconds=121)


def test_the_pause_grows_from_seconds_to_ten_minutes(row):
    pauses = []
    for _ in range(12):
        Search.objects.update(next_attempt_at=None)
        row.refresh_from_db()
        assert row.claim()
        row.give_back(trouble="store:archive", counts=False)
        pauses.append(round((row.next_attempt_at - timezone.now()).total_seconds()))
    assert pauses[0] < 15
    assert pauses == sorted(pauses)
    assert pauses[-1] == 600
    assert row.attempts == 0


@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_at_once_exactly_one_gets_it(memory_stores):
    rights_request_at(State.SEARCHING)
    row = Search.objects.get()
    workers = 6
    gate = Barrier(workers)

    def worker(_: int) -> bool:
        mine = Search.objects.get(pk=row.pk)
        gate.wait(20)
        try:
            return mine.claim()
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as pool:
        assert sum(pool.map(worker, range(workers))) == 1
    assert again(row).attempts == 1
