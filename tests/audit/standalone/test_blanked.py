"""Entries of which only the hash is left: what may be blank, and what may not."""

import pytest

from subjects.audit.standalone.problems import Blank
from subjects.audit.standalone.reading import read_log
from tests.audit.standalone.leaves import HOUSE, Writer


@pytest.fixture
def log() -> Writer:
    return Writer()


def blanked(log: Writer, index: int) -> list[tuple[int, bytes, bytes]]:
    return [(at, b"" if at == index else leaf, leaf_hash) for at, leaf, leaf_hash in log.triples()]


def test_a_blanked_entry_needs_the_list_and_the_log(log: Writer) -> None:
    log.receive("a")
    log.write("a", "access.viewed", "person")
    log.write("a", "access.viewed", "person")
    listed = {1: Blank(log.hashes[1], "unexpected", log.hashes[0], 2)}
    assert [one.index for one in read_log(blanked(log, 1)).problems] == [1]
    assert [one.index for one in read_log(blanked(log, 1), blanks=listed).problems] == [1]
    log.write(HOUSE, "redacted", target=log.hashes[1].hex())
    log.census()
    read = read_log(blanked(log, 1), blanks=listed)
    assert read.problems == []
    assert read.blanked == {1: log.hashes[1]}
    assert read.censuses == 1
    [unlisted] = read_log(blanked(log, 1)).problems
    assert unlisted.words == "it is blanked, and the list of blanked entries does not name it"


def test_a_listed_entry_that_still_speaks_is_named(log: Writer) -> None:
    log.receive("a")
    listed = {0: Blank(log.hashes[0], "unexpected")}
    assert [one.index for one in log.read(blanks=listed).problems] == [0]


def test_pruned_entries_may_be_blank_and_the_rest_is_read(log: Writer) -> None:
    log.receive("a", year=2026, number=1)
    log.receive("b", year=2026, number=2)
    log.write("b", "access.viewed", "person")
    log.write(HOUSE, "pruned", entries=1)
    log.census()
    read = read_log(blanked(log, 0))
    assert read.problems == []
    assert read.uncounted == 1
    assert [one.index for one in read_log(blanked(log, 1)).problems] != []
