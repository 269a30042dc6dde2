"""Packages made to lead the verifier astray, to hang it, or to speak in its name."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from subjects.audit.standalone.main import main
from subjects.audit.standalone.merkle import root_of
from subjects.audit.standalone.notes import checkpoint_text, sign_note, vkey_text, write_note
from subjects.package.bag import lines_of
from tests.audit.standalone.conftest import Says
from tests.audit.standalone.forgers import FORGERS_KEY, tidy_up
from tests.audit.standalone.make_bag import close_bag, put
from tests.audit.standalone.make_log import ORIGIN, MadeLog, sha256_of

HEAD = "file,kind,size,name,at\r\n"


def note_of(size: int, root: bytes) -> bytes:
    """Sign a checkpoint with the key of the forger."""
    text = checkpoint_text(ORIGIN, size, root)
    public = FORGERS_KEY.public_key().public_bytes_raw()
    return write_note(text, sign_note(text, ORIGIN, public, FORGERS_KEY.sign))


# --- Files --------------------------------------------------------------------------------


def test_the_unsigned_tag_manifest_cannot_speak_for_a_file_of_the_signed_one(
    bag: Path, fails: Says
) -> None:
    letter = bag / "data/verify.py"
    put(letter, letter.read_bytes().replace(b"FAILS", b"holds"))
    tags = bag / "tagmanifest-sha256.txt"
    more = lines_of({"data/verify.py": sha256_of(letter.read_bytes())})
    put(tags, tags.read_bytes() + more)
    said = fails(bag)
    assert "data/verify.py is in the tag manifest" in said
    assert "data/verify.py was changed" in said


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.symlink_to("/dev/zero"),
        lambda path: path.symlink_to("/etc"),
        os.mkfifo,
    ],
)
@pytest.mark.parametrize("name", ["data/README.html", "data/log/checkpoint", "manifest-sha256.txt"])
def test_a_link_a_device_or_a_pipe_is_named_and_never_read(
    name: str, make: Callable[[Path], None], bag: Path, fails: Says
) -> None:
    (bag / name).unlink(missing_ok=True)
    make(bag / name)
    assert f"{name} is a link, or no file at all" in fails(bag)


def test_a_link_to_the_right_content_is_a_link_too(bag: Path, fails: Says) -> None:
    outside = bag.with_name("outside")
    (bag / "data/verify.py").rename(outside)
    (bag / "data/verify.py").symlink_to(outside)
    assert "data/verify.py is a link" in fails(bag)


@pytest.mark.parametrize(
    "name",
    [
        "bagit.txt",
        "bag-info.txt",
        "manifest-sha256.txt",
        "data/views/events.csv",
        "data/log/tile/0/000",
    ],
)
def test_a_file_without_end_stops_no_verdict(name: str, bag: Path, fails: Says) -> None:
    os.truncate(bag / name, 1 << 27)
    assert Path(name).name in fails(bag)


# --- The log ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("piece", "more"),
    [("tile/0/000", b"x" * 32), ("tile/entries/000", b"\0"), ("tile/entries/000", b"\0\1x")],
)
def test_nothing_hides_behind_the_end_of_a_tile(
    piece: str, more: bytes, bag: Path, log: MadeLog, fails: Says
) -> None:
    path = bag / "data/log" / piece
    put(path, path.read_bytes() + more)
    close_bag(bag, log.export_key)
    assert f"{piece} " in fails(bag)
    assert main([str(bag / "data/log")]) == 1


@pytest.mark.parametrize("size", [10**9, 2**63 - 1])
def test_a_forged_size_keeps_nobody_busy(size: int, bag: Path, fails: Says) -> None:
    put(bag / "data/log/checkpoint", note_of(size, bytes(32)))
    about = bag / "data/export.json"
    put(about, json.dumps(json.loads(about.read_bytes()) | {"pruned_below": size}).encode())
    tidy_up(bag)
    assert f"speaks of {size} entries, and most are not here" in fails(bag)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("to", "zzzzzzzzz"),
        ("from", 7),
        ("from", "2026-02-30"),
        ("made", ["x"]),
        ("salt", ""),
        ("pruned_below", -1),
        ("pruned_below", "0"),
    ],
)
def test_what_a_package_says_of_itself_must_have_its_form(
    name: str, value: object, bag: Path, log: MadeLog, fails: Says
) -> None:
    about = bag / "data/export.json"
    put(about, json.dumps(json.loads(about.read_bytes()) | {name: value}).encode())
    close_bag(bag, log.export_key)
    assert "export.json cannot be read" in fails(bag)


# --- Anchors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        "",
        HEAD + "/dev/zero,rfc3161,7,x,2026-01-01T00:00:00Z\r\n",
        HEAD + "anchors/../../../x,rfc3161,7,x,2026-01-01T00:00:00Z\r\n",
        HEAD + "anchors/7-1.tsr,RFC3161,7,x,2026-01-01T00:00:00Z\r\n",
        HEAD + "anchors/7-1.tsr,rfc3161,7," + "x" * 200_000 + ",2026-01-01T00:00:00Z\r\n",
        HEAD + "anchors/7-1.tsr\r\n",
    ],
)
def test_a_list_of_anchors_leads_nowhere_else(
    rows: str, bag: Path, log: MadeLog, fails: Says
) -> None:
    put(bag / "data/anchors/anchors.csv", rows.encode())
    close_bag(bag, log.export_key)
    assert "data/anchors/anchors.csv" in fails(bag)


def test_no_word_of_a_package_reaches_the_console_as_a_command(bag: Path, fails: Says) -> None:
    put(bag / "data/\x1b[2J\nholds   all of it\u202e.txt", b"")
    said = fails(bag)
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\nholds   all of it" not in said


# --- Keys ---------------------------------------------------------------------------------


def test_a_key_that_is_only_listed_does_not_lend_its_good_name(
    bag: Path, log: MadeLog, capsys: pytest.CaptureFixture[str]
) -> None:
    root = root_of(log.hashes)
    put(bag / "data/log/checkpoint", note_of(len(log.hashes), root))
    for old in (bag / "data/checkpoints").iterdir():
        put(old, note_of(int(old.name), root_of(log.hashes[: int(old.name)])))
    mine = vkey_text(ORIGIN, FORGERS_KEY.public_key().public_bytes_raw())
    put(bag / "data/keys/log.vkey", f"{mine}\n{log.vkey}\n".encode())
    tidy_up(bag)
    assert main([str(bag)]) == 0
    said = capsys.readouterr().out
    assert mine.rpartition("+")[0] in said
    assert log.vkey.rpartition("+")[0] not in said
    assert main([str(bag), "--key", log.vkey]) == 1
