import hmac
import json
import random
import shutil
import zipfile
from base64 import b64encode
from pathlib import Path

import pytest

from subjects.audit.standalone.assemble import assemble
from subjects.audit.standalone.main import main
from subjects.audit.standalone.merkle import inclusion_proof, subtrees_of
from subjects.audit.standalone.parts import VERIFIER
from subjects.audit.standalone.proofs import write_proof
from subjects.audit.standalone.receipts import KEY_FILE_HEAD
from tests.audit.standalone.leaves import HOUSE, Writer
from tests.audit.standalone.make_bag import close_bag, make_bag, packed_log, put
from tests.audit.standalone.make_log import MadeLog
from tests.audit.standalone.pythons import pythons, run

CASE = bytes(range(16))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[MadeLog, Path]:
    log = packed_log(900, days=20)
    return log, make_bag(tmp_path_factory.mktemp("made") / "bag", log)


@pytest.fixture
def bag(made: tuple[MadeLog, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[1], tmp_path / "bag"))


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


# --- The one file -------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13"])
def test_one_file_checks_a_package_on_every_python(version: str, bag: Path) -> None:
    python = next(pythons(version), None)
    if python is None:
        pytest.skip(f"Python {version} is not on this machine")
    done = run(python, "-I", str(bag / "data/verify.py"))
    assert done.stderr == ""
    assert done.stdout.splitlines()[-1].startswith("Everything that was checked holds.")
    assert done.returncode == 0
    (bag / "data/views/sample.csv").write_bytes(b"")
    done = run(python, "-I", str(bag / "data/verify.py"), str(bag))
    assert (done.returncode, done.stderr) == (1, "")


def test_the_one_file_is_always_the_same() -> None:
    assert assemble(VERIFIER) == assemble(VERIFIER)


def test_a_console_that_knows_no_unicode_still_gets_the_verdict(bag: Path) -> None:
    python = next(pythons("3.9"), None) or next(pythons("3.11"))
    code = (
        "import sys,runpy; sys.stdout.reconfigure(encoding='ascii'); sys.argv=['x', sys.argv[1]];"
    )
    code += "runpy.run_path(sys.argv[1] + '/data/verify.py', run_name='__main__')"
    (bag / "data/é.txt").write_text("é")
    done = run(python, "-c", code, str(bag))
    assert (done.returncode, done.stderr) == (1, "")


# --- What it is given ---------------------------------------------------------------------


def test_a_package_may_come_as_a_zip(
    bag: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = shutil.make_archive(str(tmp_path / "package"), "zip", bag.parent, bag.name)
    assert main([archive]) == 0
    assert "Everything that was checked holds" in said(capsys)


def test_a_log_folder_needs_a_key_for_its_signature(
    bag: Path, made: tuple[MadeLog, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(bag / "data/log")]) == 0
    assert "the signature of the checkpoint was not checked" in said(capsys)
    assert main([str(bag / "data/log"), "--key", made[0].vkey]) == 0
    assert "signed with the key that you gave" in said(capsys)


@pytest.mark.parametrize("name", ["nothing", "empty", "file.txt", "empty.zip"])
def test_what_is_no_log_is_told_from_what_fails(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file.txt").write_text("text")
    zipfile.ZipFile(tmp_path / "empty.zip", "w").close()
    code = main([str(tmp_path / name)])
    out = said(capsys)
    assert code == (1 if name == "empty.zip" else 2)
    assert "Traceback" not in out
    assert "Nothing was checked" in out or "event.json is missing" in out


def test_a_key_that_is_none_is_refused(bag: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(bag), "--key", "controller.example+00000000+AAAA"]) == 2
    assert "Nothing was checked" in said(capsys)


def test_it_can_be_said_for_a_machine(bag: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bag / "data/policies/letters/refusal.txt").write_text("No.\n")
    assert main([str(bag), "--json"]) == 1
    read = json.loads(said(capsys))
    assert read["holds"] is False
    failed = [one for one in read["findings"] if one["holds"] is False]
    assert any("refusal.txt" in detail for one in failed for detail in one["details"])


def test_nothing_that_is_flipped_goes_unseen_or_stops_the_verdict(
    bag: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(7)  # noqa: S311 - a forger's dice
    files = sorted(path for path in bag.rglob("*") if path.is_file() and path.stat().st_size)
    for _ in range(40):
        path = dice.choice(files)
        before = path.read_bytes()
        at = dice.randrange(len(before))
        path.write_bytes(
            before[:at] + bytes([before[at] ^ 1 << dice.randrange(8)]) + before[at + 1 :]
        )
        assert main([str(bag)]) == 1, path
        out = said(capsys)
        assert path.name in out or "manifest" in out or "checkpoint" in out
        path.write_bytes(before)


def test_a_careful_flipper_is_told_in_words_too(
    bag: Path, made: tuple[MadeLog, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    names = ("export.json", "log/checkpoint", "keys/log.vkey", "redactions.jsonl")
    names += ("anchors/anchors.csv", "policies/calendar.json", "keys/allowed_signers")
    for name in names:
        path = bag / "data" / name
        before = path.read_bytes()
        for content in (b"", b"[]", b"{}", b"\xff\xfe", before[: len(before) // 2]):
            if content == before:
                continue
            path.write_bytes(content)
            close_bag(bag, made[0].export_key)
            code = main([str(bag)])
            out = said(capsys)
            assert "Traceback" not in out
            assert code == 1 or name in {"redactions.jsonl", "anchors/anchors.csv"}, (name, content)
        path.write_bytes(before)


# --- Receipts -----------------------------------------------------------------------------


@pytest.fixture
def held(tmp_path: Path) -> tuple[MadeLog, Path, Path]:
    """Give a log with one case, its folder, and the receipt that the person holds."""
    writer = Writer()
    writer.write(HOUSE, "heartbeat")
    shown = hmac.digest(CASE, (1).to_bytes(16, "big"), "sha256")[:16].hex()
    writer.receive("a", case=shown)
    writer.write("a", "access.viewed", "person")
    key = packed_log(60, days=2).key
    log = MadeLog(writer.leaves, writer.hashes, {}, key, key)
    log.write(tmp_path / "log")
    return log, tmp_path / "log", receipt(tmp_path / "receipt.zip", log, 1)


def receipt(path: Path, log: MadeLog, index: int) -> Path:
    size = len(log.hashes)
    proof = inclusion_proof(index, size, subtrees_of(log.hashes))
    public = log.key.public_key().public_bytes_raw()
    pem = b64encode(KEY_FILE_HEAD + public).decode()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("event.json", log.leaves[index])
        archive.writestr("event.tlog-proof", write_proof(index, proof, log.note()))
        archive.writestr("opening.json", json.dumps({"case": CASE.hex()}))
        archive.writestr("checkpoint", log.note())
        archive.writestr("log.vkey", log.vkey + "\n")
        begin, end = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"
        archive.writestr("log.pub.pem", f"{begin}\n{pem}\n{end}\n")
    return path


def test_a_receipt_is_checked_alone_and_against_the_log(
    held: tuple[MadeLog, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    log, folder, path = held
    assert main([str(path)]) == 0
    assert f"holds   {path} is good" in said(capsys)
    assert main([str(folder), "--key", log.vkey, "--receipt", str(path)]) == 0
    assert "has entry 1 as this log has it" in said(capsys)


def test_a_receipt_shows_that_a_log_was_rewritten(
    held: tuple[MadeLog, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    log, folder, path = held
    writer = Writer()
    writer.write(HOUSE, "heartbeat")
    writer.receive("a", channel="post")
    writer.write("a", "access.viewed", "person")
    shutil.rmtree(folder)
    MadeLog(writer.leaves, writer.hashes, {}, log.key, log.key).write(folder)
    assert main([str(folder), "--key", log.vkey]) == 0
    assert main([str(folder), "--key", log.vkey, "--receipt", str(path)]) == 1
    assert "has another entry than this log" in said(capsys)


def test_a_receipt_shows_that_a_log_was_cut(
    held: tuple[MadeLog, Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    log, folder, path = held
    shutil.rmtree(folder)
    MadeLog(log.leaves[:1], log.hashes[:1], {}, log.key, log.key).write(folder)
    assert main([str(folder), "--key", log.vkey, "--receipt", str(path)]) == 1
    assert "speaks of entry 1, and this log ends at 1" in said(capsys)


def test_a_receipt_that_was_changed_is_refused(
    held: tuple[MadeLog, Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "unpacked"
    with zipfile.ZipFile(held[2]) as archive:
        archive.extractall(folder)
    assert main([str(folder)]) == 0
    leaf = (folder / "event.json").read_bytes()
    put(folder / "event.json", leaf.replace(b"web", b"post"))
    assert main([str(folder)]) == 1
    assert "is not good" in said(capsys)
