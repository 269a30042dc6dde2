import csv
import hmac
import io
import json
from hashlib import sha256

import pytest

from subjects.audit.standalone.cells import csv_cell, csv_row
from subjects.audit.standalone.reading import read_log
from subjects.audit.standalone.views import EVENT_COLUMNS, Pseudonyms, sample, views
from tests.audit.standalone.leaves import HOUSE, Writer
from tests.audit.standalone.make_log import MadeLog, calendar, make_log

SALT = bytes(range(32))
YEAR = {"start": "2026-01-01", "end": "2027-12-31"}


@pytest.fixture(scope="module")
def made() -> MadeLog:
    return make_log(3000)


def table(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def views_of(made: MadeLog, salt: bytes = SALT, **period: str) -> dict[str, bytes]:
    return views(read_log(made.triples), salt=salt, calendar=calendar(), **(YEAR | period))


def test_the_same_log_gives_the_same_bytes(made: MadeLog) -> None:
    assert views_of(made) == views_of(made)


def test_every_entry_of_the_period_has_a_row(made: MadeLog) -> None:
    rows = table(views_of(made)["events.csv"])
    assert [int(row["sequence"]) for row in rows] == list(range(len(made.leaves)))
    assert [row["leaf_hash"] for row in rows] == [leaf.hex() for leaf in made.hashes]
    some = table(views_of(made, start="2026-03-01", end="2026-03-31")["events.csv"])
    assert {row["instant"][:7] for row in some} == {"2026-03"}


def test_a_row_says_what_its_leaf_says(made: MadeLog) -> None:
    names = {"t": "instant", "type": "event_type", "tz": "zone", "version": "letter_version"}
    for row in table(views_of(made)["events.csv"]):
        leaf = json.loads(made.leaves[int(row["sequence"])])
        hidden = {"v", "id", "n", "case", "request", "actor", "stores", "bands", "reasons"}
        for name in leaf.keys() - hidden:
            assert row[names.get(name, name)] == str(leaf[name])
    searched = next(r for r in table(views_of(made)["events.csv"]) if r["stores"])
    assert searched["stores"].startswith("alias:people;compared:20000;result:searched;total:20000 ")
    assert searched["bands"].startswith("review:1;set_aside:40;strong:")


def test_a_case_is_named_by_its_first_entry_and_the_salt(made: MadeLog) -> None:
    book = read_log(made.triples)
    first = book.chains[book.requests[0].chain].first
    code = hmac.digest(SALT, first, "sha256")[:8].hex()
    assert table(views_of(made)["requests.csv"])[0]["case"] == code


def test_staff_are_named_by_role_and_a_code() -> None:
    actor = "role:reviewer/0011223344556677"
    code = hmac.digest(SALT, actor.encode(), "sha256")[:4].hex()
    assert Pseudonyms(SALT).actor(actor) == ("reviewer", code)
    assert Pseudonyms(SALT).actor("system:search") == ("system:search", "")
    assert Pseudonyms(SALT).actor("person") == ("person", "")


def test_two_packages_share_no_pseudonym(made: MadeLog) -> None:
    one, other = (table(views_of(made, salt)["events.csv"]) for salt in (SALT, bytes(32)))
    for column in ("case", "actor"):
        codes = {row[column] for row in one} & {row[column] for row in other}
        assert codes <= {"house", ""}


def test_a_log_without_its_leaves_cannot_be_tabled_again(made: MadeLog) -> None:
    book = read_log(iter(made.triples))
    with pytest.raises(ValueError, match="only once"):
        views(book, salt=SALT, **YEAR)


def test_the_tables_are_those_of_requests_open_in_the_period(made: MadeLog) -> None:
    rows = table(views_of(made, start="2026-06-01", end="2026-06-30")["requests.csv"])
    assert rows
    assert all(row["received_on"] <= "2026-06-30" for row in rows)
    assert all(not row["closed_on"] or row["closed_on"] >= "2026-06-01" for row in rows)


def test_a_last_day_is_shown_with_each_day_that_was_skipped() -> None:
    log = Writer()
    log.receive("a", local_date="2026-11-25", due="2026-12-28")
    [row] = table(views(log.read(), salt=SALT, calendar=calendar(), **YEAR)["deadlines.csv"])
    assert row["raw_end"] == "2026-12-25"
    assert row["skipped"] == ("2026-12-25 Christmas Day; 2026-12-26 Saturday; 2026-12-27 Sunday")
    assert (row["computed"], row["agrees"]) == ("2026-12-28", "yes")


# --- The sample ---------------------------------------------------------------------------


def test_the_sample_follows_from_the_root(made: MadeLog) -> None:
    book = read_log(made.triples)
    rows = table(views_of(made)["sample.csv"])
    assert len(rows) == 20
    assert len({row["case"] for row in rows}) == 20
    for row in rows:
        digest = sha256(book.root + b"sample" + row["counter"].encode()).hexdigest()
        assert row["digest"] == digest
        assert int(row["place"]) == int(digest, 16) % int(row["of"])


def test_another_root_gives_another_sample(made: MadeLog) -> None:
    book = read_log(made.triples)
    names = Pseudonyms(SALT)
    before = sample(book, names, *YEAR.values())
    assert before != sample(read_log(made.triples[:-1]), names, *YEAR.values())


def test_few_cases_are_all_in_the_sample() -> None:
    log = Writer()
    for case in "abc":
        log.receive(case)
    rows = table(views(log.read(), salt=SALT, **YEAR)["sample.csv"])
    assert sorted(int(row["place"]) for row in rows) == [0, 1, 2]


# --- Cells --------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "=HYPERLINK(1)"])
def test_nothing_begins_like_a_formula(text: str) -> None:
    cell = csv_cell(text)
    assert cell.lstrip('"').startswith("'")
    [[read]] = list(csv.reader(io.StringIO(cell, newline="")))
    assert read == "'" + text


def test_cells_are_quoted_as_rfc_4180_says() -> None:
    cells = ["a,b", 'say "x"', "two\r\nlines", "", "plain"]
    row = csv_row(cells)
    assert row.endswith(b"\r\n")
    assert next(csv.reader(io.StringIO(row.decode(), newline=""))) == cells


@pytest.mark.parametrize("value", ["=cmd()", "a,b", '"', "x\r\ny", "é", "-1", "\ud800"])
def test_a_hostile_entry_cannot_break_a_row(value: str) -> None:
    log = Writer()
    log.write(
        HOUSE, "heartbeat", reason=value, model=value, sys=["x", value], t="2026-11-23T08:00:00Z"
    )
    [row] = table(views(log.read(), salt=SALT, **YEAR)["events.csv"])
    assert set(row) == set(EVENT_COLUMNS)
    for name in ("reason", "model"):
        assert not row[name].startswith(("=", "+", "-", "@"))
