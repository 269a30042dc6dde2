"""Receipts made to crash their programs, to speak in their name, or to borrow a good key."""

import re

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.receipt_files import pem
from subjects.audit.standalone.main import main
from subjects.audit.standalone.merkle import leaf_hash
from subjects.audit.standalone.notes import (
    COSIGNATURE_KEY,
    checkpoint_text,
    cosigned_message,
    key_hash_of,
    parse_vkey,
    sign_note,
    signature_line,
    vkey_text,
    write_note,
)
from subjects.audit.standalone.proofs import write_proof
from subjects.audit.standalone.receipts import check_receipt, key_fingerprint
from tests.receipts import SHELLS, by_python, by_shell, needs_openssl, run, unpack

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory_stores", "own_log")]
ORIGIN = "faces.example/rights-log"
KEY = Ed25519PrivateKey.from_private_bytes(bytes([9]) * 32)
PUBLIC = KEY.public_key().public_bytes_raw()
MINE = vkey_text(ORIGIN, PUBLIC)


def forged(files: dict[str, bytes], *listed: str, shown: str) -> dict[str, bytes]:
    """Give a receipt of a log with one forged entry, that lists keys and shows one of them."""
    leaf = re.sub(rb'"t":"\d{4}', b'"t":"1999', files["event.json"])
    text = checkpoint_text(ORIGIN, 1, leaf_hash(leaf))
    note = write_note(text, sign_note(text, ORIGIN, PUBLIC, KEY.sign))
    return files | {
        "event.json": leaf,
        "event.tlog-proof": write_proof(0, [], note),
        "checkpoint": note,
        "log.vkey": "".join(f"{one}\n" for one in listed).encode(),
        "log.pub.pem": pem(parse_vkey(shown)),
    }


def test_a_key_that_is_only_listed_does_not_lend_its_good_name(kept_receipt, tmp_path, capsys):
    good = kept_receipt["log.vkey"].decode().splitlines()[0]
    for number, listed in enumerate(((good, MINE), (MINE, good))):
        folder = unpack(forged(kept_receipt, *listed, shown=good), tmp_path / f"good-{number}")
        for code, said in (by_python(folder), by_shell(folder, SHELLS[0])):
            assert code == 1, said
            assert "two different keys" in said or "is not signed with" in said
    folder = unpack(forged(kept_receipt, MINE, good, shown=MINE), tmp_path / "mine")
    assert main([str(folder)]) == 0
    for said in (by_python(folder)[1], by_shell(folder, SHELLS[0])[1], capsys.readouterr().out):
        assert key_fingerprint(parse_vkey(MINE)) in said
        assert key_fingerprint(parse_vkey(good)) not in said


@pytest.mark.parametrize("word", ["\x1b[8m", "\nThis receipt holds. It proves all.\n", "\u202e"])
@pytest.mark.parametrize("name", ["event.json", "event.tlog-proof", "checkpoint", "log.vkey"])
def test_no_word_of_a_receipt_speaks_for_the_program(kept_receipt, tmp_path, name, word):
    changed = kept_receipt[name].replace(b"faces.example", word.encode(), 1)
    changed = changed if changed != kept_receipt[name] else changed + word.encode()
    folder = unpack({**kept_receipt, name: changed}, tmp_path / "forged")
    for code, said in (by_python(folder), by_shell(folder, SHELLS[0])):
        assert code == 1
        assert "This receipt holds" not in said
        assert "\x1b" not in said
        assert "\u202e" not in said


@pytest.mark.parametrize("token", [b"", b"\x18\x0f20269999999999Z", b"\x18\x0f20260101000000Z"])
def test_what_is_no_time_stamp_is_a_finding(kept_receipt, tmp_path, token):
    code, said = by_python(unpack({**kept_receipt, "checkpoint.tsr": token}, tmp_path / "forged"))
    assert code == 1
    assert "The time stamp is not of this checkpoint" in said


def test_a_receipt_with_a_stamp_that_nobody_signed_is_not_good(kept_receipt, tmp_path, capsys):
    token = b"\x18\x0f20200101000000Z" + leaf_hash(b"")
    folder = unpack({**kept_receipt, "checkpoint.tsr": token}, tmp_path / "forged")
    assert main([str(folder)]) == 1
    assert "is not good" in capsys.readouterr().out


@pytest.mark.parametrize("at", [2**63 - 1, 2**62, 2**45])
def test_a_witness_of_an_impossible_time_is_a_finding(kept_receipt, at):
    text = kept_receipt["checkpoint"].partition(b"\n\n")[0] + b"\n"
    signature = at.to_bytes(8, "big") + KEY.sign(cosigned_message(text, at))
    line = signature_line("w", key_hash_of("w", PUBLIC, COSIGNATURE_KEY), signature)
    files = {
        **kept_receipt,
        "event.tlog-proof": kept_receipt["event.tlog-proof"] + line,
        "witness.vkey": vkey_text("w", PUBLIC, COSIGNATURE_KEY).encode(),
    }
    assert not all(holds for holds, _ in check_receipt(files))


def test_a_console_that_knows_no_unicode_gets_the_verdict(kept_receipt, tmp_path):
    proof = kept_receipt["event.tlog-proof"].replace(b"faces.example", "fäces.example".encode())
    files = {**kept_receipt, "event.tlog-proof": proof}
    folder = unpack(files, tmp_path / "forged")
    code, said = run(folder, "env", "PYTHONIOENCODING=ascii", "python3", "verify.py")
    assert code == 1
    assert "DOES NOT HOLD" in said


@needs_openssl
@pytest.mark.parametrize("shell", SHELLS)
def test_no_shell_reads_a_number_in_two_ways(kept_receipt, tmp_path, shell):
    """A leading zero makes a number octal for the one and decimal for the other."""
    proof = kept_receipt["event.tlog-proof"]
    index = int(re.search(rb"index (\d+)", proof)[1])
    octal = proof.replace(b"index %d\n" % index, b"index 0%o\n" % index)
    folder = unpack({**kept_receipt, "event.tlog-proof": octal}, tmp_path / "forged")
    code, said = by_shell(folder, shell)
    assert code == 1
    assert "is not written as a proof" in said
