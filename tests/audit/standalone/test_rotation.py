"""A log whose key was replaced: both keys sign for a while, and the log announces the new one."""

from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.standalone.main import main
from subjects.audit.standalone.merkle import root_of
from subjects.audit.standalone.notes import (
    checkpoint_text,
    parse_vkey,
    sign_note,
    vkey_text,
    write_note,
)
from subjects.audit.standalone.receipts import key_fingerprint
from tests.audit.standalone.leaves import HOUSE, Writer
from tests.audit.standalone.make_bag import close_bag, make_bag, put
from tests.audit.standalone.make_log import ORIGIN, MadeLog

OLD, NEW, EXPORT = (Ed25519PrivateKey.from_private_bytes(bytes([one]) * 32) for one in (1, 8, 2))


def vkey(key: Ed25519PrivateKey) -> str:
    return vkey_text(ORIGIN, key.public_key().public_bytes_raw())


def short(key: Ed25519PrivateKey) -> str:
    return key_fingerprint(parse_vkey(vkey(key)))[:16]


def note(log: MadeLog, size: int, *keys: Ed25519PrivateKey) -> bytes:
    text = checkpoint_text(ORIGIN, size, root_of(log.hashes[:size]))
    signed = [sign_note(text, ORIGIN, k.public_key().public_bytes_raw(), k.sign) for k in keys]
    return write_note(text, *signed)


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    return tmp_path / "bag"


def rotate(
    bag: Path, *announced: dict[str, str], handover: bool = True, beside: bool = False
) -> None:
    """Make a package of a log that the new key signs at its end."""
    writer = Writer()
    writer.write(HOUSE, "heartbeat")
    for fields in announced:
        writer.write(HOUSE, "key.rotated", **fields)
    writer.write(HOUSE, "heartbeat", t="2026-11-24T08:00:00Z")
    size = len(writer.leaves)
    log = MadeLog(writer.leaves, writer.hashes, {size: date(2026, 11, 24)}, OLD, EXPORT)
    make_bag(bag, log)
    put(bag / "data/log/checkpoint", note(log, size, NEW))
    put(bag / f"data/checkpoints/{size}", note(log, size, NEW))
    put(bag / "data/checkpoints/1", note(log, 1, OLD, *([NEW] if beside else [])))
    both = (OLD, NEW) if handover else (NEW,)
    put(bag / "data/checkpoints/2", note(log, 2, *both))
    put(bag / "data/keys/log.vkey", f"{vkey(NEW)}\n{vkey(OLD)}\n".encode())
    close_bag(bag, EXPORT)


ANNOUNCED = {"purpose": "log", "key": short(NEW)}


def test_a_key_that_was_announced_and_signed_beside_the_old_one_is_trusted(
    bag: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rotate(bag, ANNOUNCED)
    for key in (vkey(OLD), vkey(NEW)):
        assert main([str(bag), "--key", key]) == 0
        said = capsys.readouterr().out
        assert "every key after the first was announced in the log" in said
        assert "the newest checkpoint is signed with the key that you gave" in said


def test_a_key_that_the_old_one_never_signed_beside_is_not_trusted(
    bag: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rotate(bag, ANNOUNCED, handover=False)
    assert main([str(bag), "--key", vkey(NEW)]) == 0
    assert main([str(bag), "--key", vkey(OLD)]) == 1
    assert "signed with a key that yours never vouched for" in capsys.readouterr().out


def test_a_line_beside_a_good_signature_vouches_for_nobody(
    bag: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever has any key can sign below a genuine checkpoint, and then go on with the log."""
    rotate(bag, ANNOUNCED, handover=False, beside=True)
    assert main([str(bag), "--key", vkey(NEW)]) == 0
    assert main([str(bag), "--key", vkey(OLD)]) == 1
    assert "signed with a key that yours never vouched for" in capsys.readouterr().out


def test_a_key_that_no_entry_announces_is_named(
    bag: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rotate(bag)
    assert main([str(bag)]) == 1
    said = capsys.readouterr().out
    assert "keys are used that the log does not announce" in said
    assert f"+{parse_vkey(vkey(NEW)).key_hash.hex()} signs the log, and no entry" in said


def test_the_key_of_packages_is_the_one_that_was_announced_last(
    bag: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rotate(bag, ANNOUNCED, {"purpose": "export", "key": short(EXPORT)})
    assert main([str(bag)]) == 0
    bag = bag.with_name("other")
    rotate(bag, ANNOUNCED, {"purpose": "export", "key": short(NEW)})
    assert main([str(bag)]) == 1
    assert "another key than the log announced last" in capsys.readouterr().out
