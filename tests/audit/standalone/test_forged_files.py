"""Files, keys and signatures of a package that somebody changed."""

from pathlib import Path

import pytest

from subjects.audit.standalone.main import main
from subjects.audit.standalone.notes import parse_vkey
from subjects.audit.standalone.receipts import key_fingerprint
from subjects.audit.standalone.sshsig import ssh_fingerprint
from tests.audit.standalone.conftest import Says
from tests.audit.standalone.forgers import tidy_up
from tests.audit.standalone.make_log import MadeLog


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
