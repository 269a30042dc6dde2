import json
from collections.abc import Callable
from pathlib import Path

import pytest

from subjects.audit.fields import HEAD
from subjects.audit.standalone.canonical import is_canonical
from subjects.audit.standalone.merkle import leaf_hash
from subjects.audit.standalone.reading import read_log
from tests.audit.standalone.leaves import HOUSE, Writer
from tests.audit.standalone.make_log import make_log

VECTOR = json.loads((Path(__file__).parent.parent / "census_vector.json").read_text())


@pytest.fixture
def log() -> Writer:
    return Writer()


def test_a_made_up_year_has_no_problem() -> None:
    read = read_log(make_log(3000).triples)
    assert read.problems == []
    assert read.warnings == []
    assert read.censuses == 365
    assert sum(not chain.house for chain in read.chains) > 60


# --- One entry ----------------------------------------------------------------------------


@pytest.mark.parametrize("field", sorted(HEAD))
def test_an_entry_without_a_field_of_its_head_is_named(field: str, log: Writer) -> None:
    log.receive("a")
    fields = json.loads(log.leaves[0])
    del fields[field]
    log.leaves[0] = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
    [(index, words)] = log.problems()
    assert index == 0
    assert "cannot be read" in words


@pytest.mark.parametrize(
    "leaf",
    [
        b"[]",
        b"nothing",
        b'{"a":1} ',
        b"\xff",
        b"[" * 60_000,
        b'{"v":1,"step":"1"}',
        b'{"case":[],"prev":1,"step":1,"t":"x","type":{},"v":1}',
    ],
)
def test_what_is_no_entry_is_named_and_the_rest_is_read(leaf: bytes, log: Writer) -> None:
    log.receive("a")
    log.put_bytes("b", leaf, 1)
    log.write("a", "access.viewed", "role:dpo/0011223344556677")
    assert {index for index, _ in log.problems()} == {1}


@pytest.mark.parametrize(
    "change",
    [
        lambda leaf: leaf.replace(b":", b": ", 1),
        lambda leaf: leaf.replace(b'"v":1', b'"v":1,"v":1'),
        lambda leaf: leaf[:-1] + b',"a":1}',
        lambda leaf: leaf.replace(b'"step":1', b'"step":1.0'),
        lambda leaf: leaf.replace(b'"v":1', b'"v":1,"w":-0'),
        lambda leaf: leaf.replace(b'"web"', b'"\\u0077eb"'),
        lambda leaf: leaf + b"\n",
    ],
)
def test_two_readers_can_never_read_two_things(
    change: Callable[[bytes], bytes], log: Writer
) -> None:
    log.receive("a")
    assert is_canonical(log.leaves[0], json.loads(log.leaves[0]))
    log.leaves[0] = change(log.leaves[0])
    log.hashes[0] = leaf_hash(log.leaves[0])
    assert log.problems()[0][0] == 0


# --- Chains -------------------------------------------------------------------------------


def test_a_step_left_out_is_named(log: Writer) -> None:
    log.receive("a")
    log.write("a", "access.viewed", "person", step=3)
    assert log.problems() == [(1, "its step is 3, and it follows step 1 of its case")]


def test_an_entry_that_follows_nothing_is_named(log: Writer) -> None:
    log.receive("a")
    log.write("a", "access.viewed", "person", prev="ab" * 32)
    assert log.problems() == [
        (1, "the entry that it names as the step before stands nowhere before it")
    ]


def test_two_entries_that_follow_the_same_one_are_a_fork(log: Writer) -> None:
    log.receive("a")
    head = log.heads["a"]
    log.write("a", "access.viewed", "person")
    log.heads["a"] = head
    log.write("a", "closed", "person", right="art17", outcome="granted")
    [(index, words)] = log.problems()
    assert (index, words[:45]) == (2, "it follows the same step as entry 1, and no r")


def test_a_restore_explains_a_fork_only_around_its_size(log: Writer) -> None:
    log.receive("a")
    head = log.heads["a"]
    log.write("a", "access.viewed", "person")
    log.heads["a"] = head
    log.write("a", "access.viewed", "person")
    log.write(HOUSE, "restored", entries=2)
    assert log.problems() == []
    log.heads["a"] = head
    log.write("a", "access.viewed", "person")
    assert [index for index, _ in log.problems()] == []
    log.leaves, log.hashes = log.leaves[:3], log.hashes[:3]
    log.heads.pop(HOUSE)
    log.write(HOUSE, "restored", entries=1)
    assert [index for index, _ in log.problems()] == [2]


def test_the_same_entry_twice_is_named(log: Writer) -> None:
    log.receive("a")
    log.write("a", "access.viewed", "person")
    log.put_bytes("a", log.leaves[1], 2)
    assert [index for index, _ in log.problems()] == [2]


def test_a_clock_that_went_back_is_a_warning_once_the_log_owns_up_to_it(log: Writer) -> None:
    log.receive("a")
    log.write("a", "access.viewed", "person", t="2026-11-23T07:00:00Z")
    log.write("a", "clock.regression", t="2026-11-23T07:00:00Z", seconds=3600)
    read = log.read()
    assert read.problems == []
    assert [one.index for one in read.warnings] == [1]


def test_a_clock_that_went_back_in_silence_is_a_problem(log: Writer) -> None:
    log.receive("a")
    log.write("a", "access.viewed", "person", t="2026-11-23T07:00:00Z")
    log.write("a", "access.viewed", "person", t="2026-11-23T09:00:00Z")
    assert [index for index, _ in log.problems()] == [1]


# --- Numbers, censuses, silence -----------------------------------------------------------


def test_numbers_of_a_year_have_no_gap(log: Writer) -> None:
    log.receive("a", year=2026, number=1)
    log.receive("b", year=2026, number=3)
    assert log.problems() == [
        (1, "number 2 of 2026 is missing: no case and no void entry bears it")
    ]
    log.write(HOUSE, "number.voided", year=2026, number=2, reason="unexpected")
    assert log.problems() == []


def test_all_requests_of_a_case_share_one_number(log: Writer) -> None:
    log.receive("a", year=2026, number=1)
    log.receive("a", right="art15", year=2026, number=2)
    assert [index for index, _ in log.problems()] == [1]


def test_two_cases_cannot_share_a_number_but_around_a_restore(log: Writer) -> None:
    log.receive("a", year=2026, number=1)
    log.receive("b", year=2026, number=1)
    assert log.problems() == [(1, "number 1 of 2026 is that of entry 0 too")]
    log.write(HOUSE, "restored", entries=1)
    assert log.problems() == []


def test_the_first_number_of_a_year_is_one(log: Writer) -> None:
    log.receive("a", year=2026, number=2)
    assert [index for index, _ in log.problems()] == [0]


@pytest.mark.parametrize("census", VECTOR["census"], ids=lambda one: str(one["entries"]))
def test_the_vector_of_censuses_is_counted_the_same(census: dict[str, object]) -> None:
    log = Writer()
    for leaf in VECTOR["leaves"]:
        log.put_bytes("", leaf.encode(), 1)
    log.heads.clear()
    fields = {"entries": census["entries"], "count": census["count"], "digest": census["digest"]}
    house = [one for one in VECTOR["leaves"] if '"case":"' + "0" * 32 in one][-1]
    prev, step = leaf_hash(house.encode()).hex(), json.loads(house)["step"] + 1
    log.write(HOUSE, "census", t="2027-01-01T00:00:00Z", prev=prev, step=step, **fields)
    read = log.read()
    assert read.censuses == 1
    assert not any("census" in one.words for one in read.problems)


def test_a_census_of_a_log_with_another_case_in_it_is_named(log: Writer) -> None:
    log.receive("a")
    log.census()
    log.receive("b")
    wrong = log.census()
    log.leaves[wrong] = log.leaves[wrong].replace(b'"count":2', b'"count":1')
    [(index, words)] = log.problems()
    assert (index, words) == (wrong, "its census counts 1 cases, and 2 stand before it")


def test_a_census_that_names_other_heads_is_named(log: Writer) -> None:
    log.receive("a")
    log.write("a", "access.viewed", "person")
    log.heads["a"] = (log.hashes[0].hex(), 1)
    assert [index for index, _ in log.problems()] == []
    wrong = log.census()
    assert [index for index, _ in log.problems()] == [wrong]


def test_silence_for_more_than_two_days_is_named(log: Writer) -> None:
    log.write(HOUSE, "heartbeat", t="2026-11-23T04:00:00Z")
    log.write(HOUSE, "heartbeat", t="2026-11-25T04:00:00Z")
    assert log.problems() == []
    log.write(HOUSE, "heartbeat", t="2026-11-27T04:00:01Z")
    [(index, words)] = log.problems()
    assert index == 2
    assert "silent from 2026-11-25T04:00:00Z to 2026-11-27T04:00:01Z, 48 hours" in words


def test_the_end_of_a_log_is_silence_too(log: Writer) -> None:
    log.write(HOUSE, "heartbeat", t="2026-11-23T04:00:00Z")
    assert log.problems(until="2026-11-25T04:00:00Z") == []
    [(index, words)] = log.problems(until="2026-11-30T04:00:00Z")
    assert index is None
    assert "168 hours" in words


def test_a_restore_explains_silence(log: Writer) -> None:
    log.write(HOUSE, "heartbeat", t="2026-11-23T04:00:00Z")
    log.write(HOUSE, "restored", t="2026-11-29T04:00:00Z", entries=1)
    log.write(HOUSE, "heartbeat", t="2026-11-29T04:00:10Z")
    assert log.problems() == []


# --- People -------------------------------------------------------------------------------


def test_whoever_proposes_cannot_approve(log: Writer) -> None:
    log.receive("a")
    log.write("a", "request.proposed", "role:reviewer/0011223344556677", right="art17")
    log.write("a", "request.approved", "role:dpo/0011223344556677", right="art17")
    assert log.problems() == [(2, "whoever proposed the answer approved it too (four eyes)")]


def test_a_right_is_received_and_closed_once(log: Writer) -> None:
    log.receive("a")
    log.receive("a")
    log.write("a", "closed", "person", right="art17", outcome="granted")
    log.write("a", "closed", "person", right="art17", outcome="granted")
    assert [index for index, _ in log.problems()] == [1, 3]


def test_the_day_of_an_answer_is_that_of_its_instant(log: Writer) -> None:
    log.receive("a")
    about = {"right": "art17", "outcome": "granted", "local_date": "2026-12-23"}
    log.write("a", "answered", t="2026-12-24T23:30:00Z", **about)
    assert log.problems(until="2026-11-23T08:00:00Z")[0] == (
        1,
        "it gives 2026-12-23 as its day, and an instant that is on 2026-12-25",
    )
