"""A log of millions of entries: no check costs more for each entry than it does in a short one."""

import pytest

from subjects.audit.standalone import completeness
from subjects.audit.standalone.chains import Links
from tests.audit.standalone.leaves import HOUSE, Writer


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Writer:
    """Give a log of three days, whose censuses are all thought to be over too many heads."""
    monkeypatch.setattr(completeness, "_FEW_HEADS", 0)
    monkeypatch.setattr(completeness, "_HEADS_AN_ENTRY", 0)
    writer = Writer()
    for case in ("a", "b", "c"):
        writer.receive(case)
        writer.census()
    return writer


def test_of_censuses_over_many_cases_the_newest_is_always_counted(log: Writer) -> None:
    read = log.read()
    assert (read.censuses, read.spared, read.uncounted, read.problems) == (1, 2, 0, [])


def test_a_head_that_was_changed_contradicts_the_newest_census_too(log: Writer) -> None:
    log.write("a", "access.viewed", "person")
    log.heads["a"] = (log.hashes[0].hex(), 1)
    wrong = log.census()
    assert [index for index, _ in log.problems()] == [wrong]


def test_a_spared_census_must_still_count_as_many_cases(log: Writer) -> None:
    second = 3
    log.leaves[second] = log.leaves[second].replace(b'"count":2', b'"count":7')
    assert second in [index for index, _ in log.problems()]


def test_few_heads_or_many_new_entries_are_counted_at_once(monkeypatch) -> None:
    monkeypatch.setattr(completeness, "_FEW_HEADS", 0)
    log = Writer()
    for _ in range(3):
        log.receive("a" * (len(log.leaves) + 1))
        for _ in range(3):
            log.write(HOUSE, "access.viewed", "person")
        log.census()
    read = log.read()
    assert (read.censuses, read.spared) == (3, 0)


def test_after_a_pruning_each_chain_is_found_again_without_reading_the_whole_log() -> None:
    links = Links()
    gone = [number.to_bytes(32, "big") for number in range(1, 2000)]
    for one in gone:
        links.blank(one, None, 0)
    links.find = lambda _hash: pytest.fail("the whole log was searched")  # type: ignore[method-assign]  # it must not be asked
    for index, prev in enumerate(gone[::7], start=len(gone)):
        links.add(index, bytes([9]) + index.to_bytes(31, "big"), prev, 5, house=False)
    assert (links.strays, links.forks, links.bad_steps) == ([], [], [])


def test_a_chain_whose_first_entry_was_blanked_keeps_its_name() -> None:
    links = Links()
    links.blank(b"a" * 32, bytes(32), 1)
    chain = links.add(1, b"b" * 32, b"a" * 32, 2, house=False)
    assert chain.first == b"a" * 32
    assert (links.strays, links.bad_steps, links.unplaced) == ([], [], 0)
