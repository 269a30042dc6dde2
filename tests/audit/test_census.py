"""The census: what the database counts is what a stranger counts from the leaves alone."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from subjects.audit.census import Census, take_census
from subjects.audit.leaf import HOUSE, leaf_hash
from subjects.audit.log import entries
from subjects.audit.models import AuditEntry, AuditEvent, AuditOutbox
from subjects.audit.sequencer import sequence
from subjects.audit.standalone.merkle import EMPTY_ROOT, root_of
from tests.audit.entries import chain, write

VECTOR = json.loads(Path(__file__).with_name("census_vector.json").read_text("utf-8"))
EXPECTED = [
    Census(one["entries"], one["count"], bytes.fromhex(one["digest"])) for one in VECTOR["census"]
]

LOST = 11
"""The size at which the database of the vector went back to an older state."""


class Rows:
    """The leaves of the vector, each in its chain, numbered or waiting."""

    def __init__(self) -> None:
        self.cases: dict[str, UUID] = defaultdict(uuid4, house=HOUSE)
        self.done = 0

    def event(self, place: int) -> AuditEvent:
        """Write the entry as it stands in the database."""
        leaf = VECTOR["leaves"][place].encode()
        said = json.loads(leaf)
        name = VECTOR["chains"][place]
        event = AuditEvent(
            id=said["id"],
            case=self.cases[name],
            step=said["step"],
            type=said["type"],
            leaf=leaf,
            leaf_hash=leaf_hash(leaf),
            created=datetime.fromisoformat(said["t"]).astimezone(UTC),
            recovered="recovered" in name,
        )
        event.save(force_insert=True)
        return event

    def number(self, upto: int) -> None:
        """Give the next ones their numbers."""
        for place in range(self.done, upto):
            event = AuditEvent.objects.filter(id=json.loads(VECTOR["leaves"][place])["id"]).first()
            row = event or self.event(place)
            AuditEntry.objects.create(index=place, event=row.pk, leaf_hash=row.leaf_hash)
            AuditOutbox.objects.filter(event=row.pk).delete()
        self.done = upto

    def queue(self, upto: int) -> None:
        """Let the next ones wait for their numbers."""
        for place in range(self.done, upto):
            row = self.event(place)
            AuditOutbox.objects.create(event=row.pk, case=row.case, step=row.step)


@pytest.mark.django_db
def test_the_census_is_that_of_the_vector_at_every_size():
    rows = Rows()
    for expected in EXPECTED:
        if expected.entries == LOST:
            continue  # at that moment nothing had come back yet, so no chain was in two parts
        rows.number(expected.entries)
        assert take_census() == expected


@pytest.mark.django_db
def test_what_waits_for_its_number_is_not_counted():
    rows = Rows()
    rows.number(4)
    rows.queue(8)
    assert take_census() == EXPECTED[2]
    rows.number(8)
    assert take_census() == EXPECTED[3]


@pytest.mark.django_db
def test_while_a_restored_log_settles_nothing_is_counted():
    rows = Rows()
    rows.number(11)
    rows.queue(14)
    assert take_census() is None
    rows.number(14)
    assert take_census() == EXPECTED[5]


@pytest.mark.django_db
def test_an_empty_log_has_a_census_too():
    assert take_census() == Census(0, 0, EMPTY_ROOT)


@pytest.mark.django_db(transaction=True)
def test_the_census_of_a_sequenced_log_is_the_root_over_the_ends_of_its_chains():
    cases = [chain(steps)[0] for steps in (1, 3, 2)]
    sequence()
    ends = [entries(case)[-1].leaf_hash for case in cases]
    write(cases[0])
    chain()
    assert take_census() == Census(6, 3, root_of(map(leaf_hash, sorted(ends))))


@pytest.mark.django_db
def test_a_case_taken_out_with_all_its_entries_contradicts_the_census():
    rows = Rows()
    rows.number(8)
    before = take_census()
    assert before is not None
    without = [one for one in EXPECTED[3:4] if one.count == before.count - 1]
    assert without == []
    heads = [bytes.fromhex(head) for head in VECTOR["census"][3]["heads"]]
    for gone in heads:
        left = [leaf_hash(head) for head in heads if head != gone]
        assert root_of(left) != before.digest


@pytest.mark.django_db
def test_the_census_asks_once_however_many_cases_there_are():
    for _ in range(20):
        chain(1)
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        take_census()
    assert len(asked) == 1
