"""Whoever trusts none of our code can check the log and the package with other people's tools."""

import shutil
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.standalone.notes import (
    COSIGNATURE_KEY,
    parse_note,
    sign_cosignature,
    vkey_text,
    write_note,
)
from subjects.package.bag import Bag
from subjects.package.sign import allowed_signers, sign
from tests.audit.authority import Signer, openssl
from tests.audit.foreign import logs
from tests.audit.foreign.check_with_foreign_tools import (
    OF_A_LOG,
    OF_A_PACKAGE,
    aics_counts_witnesses,
    check_log,
    check_package,
    main,
)
from tests.audit.foreign.logs import KEY, ORIGIN, Log, write_log
from tests.audit.foreign.tools import Verdict, verdict

LEAVES = [b'{"n":%d}' % number for number in range(600)]
OLDER = [1, 255, 256, 257, 511]
OF_THE_NOTE_ALONE = ["openssl pkeyutl", "node @noble/ed25519"]
CASES = [
    (tool, forge)
    for tool in OF_A_LOG
    for forge in (logs.OF_THE_NOTE if tool in OF_THE_NOTE_ALONE else logs.OF_THE_LOG)
]
SIZES = [1, 2, 3, 255, 256, 257, 512, 513]


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return write_log(tmp_path_factory.mktemp("log"), LEAVES, OLDER)


def only(verdicts: Sequence[Verdict]) -> Verdict:
    """Give the verdict of the one tool that was asked; skip when it is not installed."""
    (one,) = verdicts
    if one.holds is None:
        pytest.skip(one.said)
    return one


@pytest.mark.parametrize("tool", OF_A_LOG)
def test_a_log_of_ours_holds(tool, log):
    one = only(check_log(log, [tool]))
    assert one.holds, one.said


@pytest.mark.parametrize(
    ("tool", "forge"), CASES, ids=[f"{tool}-{forge.__name__}" for tool, forge in CASES]
)
def test_a_forged_log_is_refused(tool, forge, log, tmp_path):
    forged = logs.copied(log, tmp_path / "log")
    forge(forged)
    one = only(check_log(forged, [tool]))
    assert one.holds is False, one.said


@pytest.mark.parametrize("size", SIZES)
def test_go_agrees_at_the_edges_of_tiles(size, tmp_path):
    older = [old for old in OLDER if old < size]
    one = only(check_log(write_log(tmp_path, LEAVES[:size], older), ["Go x/mod/sumdb"]))
    assert one.holds, one.said
    assert f"{size} entries" in one.said


def test_a_cosignature_of_ours_counts_and_a_changed_one_does_not(log, tmp_path):
    name, witness = "witness.example/w1", Ed25519PrivateKey.generate()
    public = witness.public_key().public_bytes_raw()
    cosigned, vkey = logs.copied(log, tmp_path / "log"), vkey_text(name, public, COSIGNATURE_KEY)
    path = cosigned.folder / "checkpoint"
    note = parse_note(path.read_bytes())
    own, now = note.signatures[0].line(), int(time.time())
    line = sign_cosignature(note.text, name, public, now, witness.sign)
    later = sign_cosignature(note.text, name, public, now, lambda text: witness.sign(text + b"."))
    for cosignature, holds in [(line, True), (later, False)]:
        path.write_bytes(write_note(note.text, own, cosignature))
        one = only([verdict("aics-tlog", lambda: aics_counts_witnesses(cosigned, [vkey], 1))])
        assert one.holds is holds, one.said


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Give a package of its own to each test, with the least that the tools look at."""
    written = write_log(tmp_path / "made", LEAVES[:300], [255])
    if not shutil.which("openssl"):
        pytest.skip("no openssl: apt-get install openssl")
    signer = Signer(tmp_path / "signer")
    stamped = written.older[0]
    query = openssl("ts", "-query", "-data", stamped, "-sha256", "-cert")
    public = KEY.public_key().public_bytes_raw()
    bag = Bag(tmp_path / "bag")
    for path in sorted(written.folder.rglob("*")):
        if path.is_file():
            bag.write(f"log/{path.relative_to(written.folder).as_posix()}", path.read_bytes())
    key_hash = logs.parse_vkey(written.vkey.read_text("utf-8").strip()).key_hash.hex()
    bag.write("keys/log.vkey", written.vkey.read_bytes())
    bag.write(f"keys/log-{key_hash}.pem", written.pem.read_bytes())
    bag.write("keys/allowed_signers", allowed_signers(ORIGIN, public))
    bag.write("checkpoints/255", stamped.read_bytes())
    bag.write("anchors/255-1.tsr", signer.reply(query))
    at = datetime.now(UTC).isoformat(timespec="seconds")
    bag.write("anchors/tsa-ca.pem", signer.ca_file.read_bytes())
    rows = f"file,kind,size,name,at\r\nanchors/255-1.tsr,stamp,255,Clock,{at}\r\n"
    bag.write("anchors/anchors.csv", rows.encode())
    bag.close({"Source-Organization": "A Body"}, lambda text: sign(text, public, KEY.sign))
    return bag.folder


def changed_file(bag: Path) -> None:
    (bag / "data" / "log" / "checkpoint").write_bytes(b"changed")


def lost_file(bag: Path) -> None:
    (bag / "data" / "checkpoints" / "255").unlink()


def extra_file(bag: Path) -> None:
    (bag / "data" / "extra.csv").write_bytes(b"a,b\r\n")


def changed_manifest(bag: Path) -> None:
    path = bag / "manifest-sha256.txt"
    path.write_bytes(path.read_bytes().replace(b"anchors.csv", b"anchorz.csv"))


def changed_signature(bag: Path) -> None:
    public = Ed25519PrivateKey.generate()
    manifest = (bag / "manifest-sha256.txt").read_bytes()
    signed = sign(manifest, public.public_key().public_bytes_raw(), public.sign)
    (bag / "manifest-sha256.txt.sig").write_bytes(signed)


def changed_checkpoint(bag: Path) -> None:
    path = bag / "data" / "checkpoints" / "255"
    path.write_bytes(path.read_bytes().replace(b"\n255\n", b"\n256\n"))


def strangers_stamp(bag: Path) -> None:
    query = openssl("ts", "-query", "-data", bag / "data" / "checkpoints" / "255", "-sha256")
    stranger = Signer(bag.parent / "stranger")
    (bag / "data" / "anchors" / "255-1.tsr").write_bytes(stranger.reply(query))


FORGED_PACKAGES = [
    ("sha256sum", changed_file),
    ("sha256sum", lost_file),
    ("sha256sum", changed_manifest),
    ("sha256sum", changed_signature),
    ("bagit", changed_file),
    ("bagit", lost_file),
    ("bagit", extra_file),
    ("bagit", changed_manifest),
    ("ssh-keygen", changed_manifest),
    ("ssh-keygen", changed_signature),
    ("openssl ts", changed_checkpoint),
    ("openssl ts", strangers_stamp),
]


@pytest.mark.parametrize("tool", OF_A_PACKAGE)
def test_a_package_of_ours_holds(tool, package):
    one = only(check_package(package, [tool]))
    assert one.holds, one.said


@pytest.mark.parametrize(
    ("tool", "forge"),
    FORGED_PACKAGES,
    ids=[f"{tool}-{forge.__name__}" for tool, forge in FORGED_PACKAGES],
)
def test_a_forged_package_is_refused(tool, forge, package):
    forge(package)
    one = only(check_package(package, [tool]))
    assert one.holds is False, one.said


def test_the_script_names_each_tool_and_fails_on_a_forgery(package, capsys):
    assert main(package) == 0
    said = capsys.readouterr().out
    assert all(tool in said for tool in [*OF_A_LOG, *OF_A_PACKAGE])
    changed_signature(package)
    assert main(package) == 1
    assert "REFUSED" in capsys.readouterr().out
