import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from subjects.audit.standalone.main import main
from subjects.audit.standalone.notes import parse_vkey
from subjects.audit.standalone.receipts import key_fingerprint
from subjects.audit.standalone.sshsig import ssh_fingerprint
from tests.audit.standalone.forgers import (
    change_one_bundle,
    cut_tail,
    leaves_of,
    list_texts_anew,
    put_older_checkpoint_back,
    rebuild,
    tidy_up,
)
from tests.audit.standalone.make_bag import make_bag, packed_log
from tests.audit.standalone.make_log import MadeLog

WHERE = 700
Says = Callable[..., str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[MadeLog, Path]:
    log = packed_log(1400, days=30)
    return log, make_bag(tmp_path_factory.mktemp("made") / "bag", log)


@pytest.fixture
def log(made: tuple[MadeLog, Path]) -> MadeLog:
    return made[0]


@pytest.fixture
def bag(made: tuple[MadeLog, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[1], tmp_path / "bag"))


@pytest.fixture
def fails(capsys: pytest.CaptureFixture[str]) -> Says:
    """Check that a package fails, and give what is said about it."""

    def check(bag: Path, *arguments: str) -> str:
        assert main([str(bag), *arguments]) == 1
        said = capsys.readouterr().out
        assert said.rstrip().splitlines()[-1].startswith("This DOES NOT HOLD")
        return said

    return check


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
    assert f"entry {WHERE}, 2026-01-" in said
    assert "It goes wrong first here: entry 700, 2026-01-" in said


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


# --- Files and keys -----------------------------------------------------------------------


def test_a_file_that_was_added_or_taken_out_is_named(bag: Path, fails: Says) -> None:
    (bag / "data/policies/letters/extra.txt").write_text("More.\n")
    (bag / "data/checkpoints" / next(iter(sorted_names(bag)))).unlink()
    said = fails(bag)
    assert "data/policies/letters/extra.txt is in no manifest: it was added" in said
    assert "is in the manifest, and is missing" in said


def sorted_names(bag: Path) -> list[str]:
    return sorted(path.name for path in (bag / "data/checkpoints").iterdir())


def test_a_manifest_signed_with_a_key_that_the_package_does_not_name_fails(
    bag: Path, log: MadeLog, fails: Says
) -> None:
    signers = (bag / "data/keys/allowed_signers").read_bytes()
    tidy_up(bag)
    (bag / "data/keys/allowed_signers").write_bytes(signers)
    assert "a key that data/keys/allowed_signers does not name" in fails(bag)


def test_a_package_signed_anew_fails_for_whoever_knows_the_key(
    bag: Path, log: MadeLog, fails: Says, capsys: pytest.CaptureFixture[str]
) -> None:
    known = ssh_fingerprint(log.export_key.public_key().public_bytes_raw())
    assert main([str(bag), "--key", known]) == 0
    tidy_up(bag)
    assert main([str(bag)]) == 0
    capsys.readouterr()
    assert "a key that you gave is not used" in fails(bag, "--key", known)


def test_the_key_of_the_log_can_be_given_whole_or_as_its_fingerprint(
    bag: Path, log: MadeLog, fails: Says, capsys: pytest.CaptureFixture[str]
) -> None:
    fingerprint = key_fingerprint(parse_vkey(log.vkey))
    for key in (log.vkey, fingerprint, fingerprint.upper()):
        assert main([str(bag), "--key", key]) == 0
        assert "signed with the key that you gave" in capsys.readouterr().out
    assert "a key that you gave is not used" in fails(bag, "--key", "0" * 64)


def test_a_checkpoint_with_a_changed_signature_fails(bag: Path, fails: Says) -> None:
    path = bag / "data/log/checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n0", b"\n1").replace(b"A", b"B", 1))
    tidy_up(bag)
    fails(bag)


def test_hashes_of_the_tree_that_were_changed_are_named(bag: Path, fails: Says) -> None:
    path = bag / "data/log/tile/1/000.p"
    tile = next(path.iterdir())
    tile.write_bytes(b"\0" * len(tile.read_bytes()))
    tidy_up(bag)
    assert "is not the tree over the entries below it" in fails(bag)
