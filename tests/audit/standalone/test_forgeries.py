import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.audit.standalone.conftest import Says
from tests.audit.standalone.forgers import (
    change_one_bundle,
    cut_tail,
    leaves_of,
    list_texts_anew,
    put_older_checkpoint_back,
    rebuild,
    tidy_up,
)
from tests.audit.standalone.make_log import MadeLog

WHERE = 700


def followed(log: MadeLog, index: int) -> int:
    """Give the first entry from `index` on that another entry of its case follows."""
    later = {json.loads(leaf)["prev"] for leaf in log.leaves[index:]}
    return next(at for at in range(index, len(log.hashes)) if log.hashes[at].hex() in later)


def changed(leaf: bytes) -> bytes:
    """Change one digit of an entry: the second in which it happened."""
    at = leaf.index(b'"t":"') + len(b'"t":"2026-01-05T00:00:0')
    return leaf[:at] + (b"1" if leaf[at : at + 1] != b"1" else b"2") + leaf[at + 1 :]


def last_size(log: MadeLog, before: int) -> int:
    return max(size for size in log.days if size <= before)


# --- One entry ----------------------------------------------------------------------------


def change(leaves: list[bytes], at: int) -> None:
    leaves[at] = changed(leaves[at])


def drop(leaves: list[bytes], at: int) -> None:
    del leaves[at]


def insert(leaves: list[bytes], at: int) -> None:
    leaves.insert(at, changed(leaves[at]))


def swap(leaves: list[bytes], at: int) -> None:
    leaves[at], leaves[at + 1] = leaves[at + 1], leaves[at]


@pytest.mark.parametrize("forgery", [change, drop, insert, swap])
def test_a_careless_forger_is_named_the_very_entry(
    forgery: Callable[[list[bytes], int], None], bag: Path, fails: Says
) -> None:
    change_one_bundle(bag, WHERE, lambda leaves: forgery(leaves, WHERE % 256))
    said = fails(bag)
    assert "data/log/tile/entries/002 was changed" in said
    assert f"It goes wrong first here: entry {WHERE}, 2026-01-" in said
    assert re.search(rf"entry {WHERE}, 2026-01-\d\d, step \d+ of its case: the tree", said)


@pytest.mark.parametrize("forgery", [change, drop, insert, swap])
def test_a_careful_forger_is_told_between_which_days(
    forgery: Callable[[list[bytes], int], None], bag: Path, log: MadeLog, fails: Says
) -> None:
    at, leaves = followed(log, WHERE), leaves_of(bag)
    forgery(leaves, at)
    rebuild(bag, leaves[: len(log.leaves)])
    tidy_up(bag)
    said = fails(bag)
    good = last_size(log, at)
    assert f"the first {good} entries are unchanged" in said
    bad = min(size for size in log.days if size > at)
    assert f"between entry {good} and entry {bad - 1}" in said
    assert "files are not those of the manifest" not in said


def test_a_changed_entry_is_named_because_the_next_one_names_it(
    bag: Path, log: MadeLog, fails: Says
) -> None:
    at, leaves = followed(log, WHERE), leaves_of(bag)
    change(leaves, at)
    rebuild(bag, leaves)
    tidy_up(bag)
    said = fails(bag)
    step = json.loads(log.leaves[at])["step"]
    assert f"It goes wrong first here: entry {at}, 2026-01-" in said
    assert f"step {step} of its case: it was changed: " in said


def test_the_last_entry_of_all_cannot_be_changed(bag: Path, log: MadeLog, fails: Says) -> None:
    leaves = leaves_of(bag)
    leaves[-1] = changed(leaves[-1])
    rebuild(bag, leaves)
    tidy_up(bag)
    assert f"and entry {len(leaves) - 1} (" in fails(bag)


# --- The end of the log -------------------------------------------------------------------


def test_a_log_that_lost_its_last_bundle_fails(bag: Path, log: MadeLog, fails: Says) -> None:
    last = len(log.leaves) // 256
    shutil.rmtree(bag / f"data/log/tile/entries/{last:03d}.p")
    assert f"entry {last * 256}" in fails(bag)
    close_again = bag
    tidy_up(close_again)
    assert f"only {last * 256} entries are there" in fails(bag) or "is missing" in fails(bag)


@pytest.mark.parametrize("tidy", [False, True])
def test_an_older_checkpoint_put_back_fails(
    tidy: bool,  # noqa: FBT001 - a parameter of the test
    bag: Path,
    log: MadeLog,
    fails: Says,
) -> None:
    size = last_size(log, WHERE)
    put_older_checkpoint_back(bag, size)
    if tidy:
        tidy_up(bag)
    said = fails(bag)
    assert "another was put there" in said
    assert "an older checkpoint was put back" in said


def test_a_cut_log_is_silent_before_its_package_was_made(
    bag: Path, log: MadeLog, fails: Says
) -> None:
    cut_tail(bag, last_size(log, WHERE))
    tidy_up(bag)
    assert "the log was silent from" in fails(bag)


def test_a_cut_log_contradicts_a_checkpoint_from_elsewhere(
    bag: Path, log: MadeLog, fails: Says, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(log.note())
    size = last_size(log, WHERE)
    cut_tail(bag, size)
    tidy_up(bag)
    said = fails(bag, "--checkpoint", str(kept))
    assert f"{len(log.leaves) - size} entries are missing, an older checkpoint was put back" in said


def test_a_cut_log_contradicts_the_anchors_that_were_left(
    bag: Path, log: MadeLog, fails: Says
) -> None:
    rows = f"file,kind,size,name,at\r\nanchors/9.tsr,rfc3161,{len(log.leaves)},clock,x\r\n"
    cut_tail(bag, last_size(log, WHERE))
    (bag / "data/anchors/anchors.csv").write_text(rows)
    tidy_up(bag)
    assert "anchors are of a longer log than this one" in fails(bag)


# --- Figures and texts --------------------------------------------------------------------


@pytest.mark.parametrize("tidy", [False, True])
def test_a_changed_figure_is_named_by_its_key(
    tidy: bool,  # noqa: FBT001 - a parameter of the test
    bag: Path,
    fails: Says,
) -> None:
    path = bag / "data/views/figures.json"
    figures = json.loads(path.read_bytes())
    figures["overdue"]["count"] += 7
    path.write_text(json.dumps(figures, indent=2, sort_keys=True) + "\n")
    if tidy:
        tidy_up(bag)
    said = fails(bag)
    given, counted = figures["overdue"]["count"], figures["overdue"]["count"] - 7
    assert f"overdue.count is given as {given}, and the entries give {counted}" in said


@pytest.mark.parametrize("table", ["events", "requests", "deadlines", "sample"])
def test_a_changed_table_is_named_with_its_row(table: str, bag: Path, fails: Says) -> None:
    path = bag / f"data/views/{table}.csv"
    rows = path.read_bytes().split(b"\r\n")
    rows[4] = rows[4].replace(b",", b";", 1)
    path.write_bytes(b"\r\n".join(rows))
    tidy_up(bag)
    said = fails(bag)
    assert f"data/views/{table}.csv" in said
    assert "row 5" in said or "the row of entry 3" in said


@pytest.mark.parametrize("tidy", [False, True])
def test_a_changed_letter_is_named(
    tidy: bool,  # noqa: FBT001 - a parameter of the test
    bag: Path,
    fails: Says,
) -> None:
    (bag / "data/policies/letters/refusal.txt").write_text("We gladly refuse.\n")
    if tidy:
        list_texts_anew(bag)
        tidy_up(bag)
        assert "published other texts than those in data/policies" in fails(bag)
    else:
        assert "data/policies/letters/refusal.txt is not the text of the list" in fails(bag)
