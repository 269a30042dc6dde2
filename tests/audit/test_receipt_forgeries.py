"""Whatever is changed in a receipt, both of its programs refuse it, and say what it is."""

import json
import re
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.audit.keys import log_keys
from subjects.audit.receipt_files import pem
from subjects.audit.receipts import fingerprints
from subjects.audit.standalone.notes import parse_vkey, vkey_text
from subjects.audit.standalone.receipts import check_receipt
from tests.receipts import SHELLS, by_python, by_shell, needs_openssl, unpack

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory_stores", "own_log")]


def other_key():
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    return parse_vkey(vkey_text("faces.example/rights-log", public))


def changed(files, name, old, new):
    assert re.search(old, files[name]), name
    return {**files, name: re.sub(old, new, files[name], count=1)}


def with_another_key(files):
    key = other_key()
    written = vkey_text(key.name, key.key) + "\n"
    return {**files, "log.vkey": written.encode(), "log.pub.pem": pem(key)}


def with_another_case(files):
    opening = json.loads(files["opening.json"])
    opening["case"] = uuid4().hex
    return {**files, "opening.json": json.dumps(opening, indent=1).encode()}


def swapped(files):
    """Put one neighbour's hash in the place of another."""
    head, _, note = files["event.tlog-proof"].partition(b"\n\n")
    first, second, third, fourth, *rest = head.split(b"\n")
    swapped = b"\n".join([first, second, fourth, third, *rest])
    return {**files, "event.tlog-proof": swapped + b"\n\n" + note}


FORGERIES = {
    "a byte of the entry": (
        lambda files: changed(files, "event.json", rb'"erased":4', b'"erased":5'),
        "does not have the text of event.json",
    ),
    "a line at its end": (
        lambda files: {**files, "event.json": files["event.json"] + b"\n"},
        "does not have the text of event.json",
    ),
    "no entry at all": (
        lambda files: {**files, "event.json": b"[]"},
        "event.json",
    ),
    "a byte of the proof": (
        swapped,
        "text or proof was changed",
    ),
    "another place": (
        lambda files: changed(files, "event.tlog-proof", rb"index \d+", b"index 0"),
        "does not have the text of event.json",
    ),
    "a place that is no number": (
        lambda files: changed(files, "event.tlog-proof", rb"index \d+", b"index 1; true"),
        "proof",
    ),
    "the size in the checkpoint": (
        lambda files: changed(files, "checkpoint", rb"\n(\d)", rb"\n9\1"),
        "checkpoint is not signed",
    ),
    "the signature in the checkpoint": (
        lambda files: changed(files, "checkpoint", rb"([A-Z])([a-z])(.*\n)\Z", rb"\2\1\3"),
        "checkpoint is not signed",
    ),
    "another key": (with_another_key, "it or the key was changed"),
    "another key file": (
        lambda files: {**files, "log.pub.pem": pem(other_key())},
        "two different keys",
    ),
    "the opening of another case": (with_another_case, "not about the case"),
    "no proof": (
        lambda files: {name: files[name] for name in files if name != "event.tlog-proof"},
        "event.tlog-proof is missing",
    ),
    "no opening": (
        lambda files: {name: files[name] for name in files if name != "opening.json"},
        "opening.json is missing",
    ),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_python_refuses_each_forgery_in_words(kept_receipt, tmp_path, forgery):
    forge, words = FORGERIES[forgery]
    code, said = by_python(unpack(forge(kept_receipt), tmp_path / "forged"))
    assert code == 1, said
    assert words in said
    assert "FAILS" in said
    assert "DOES NOT HOLD" in said


@needs_openssl
@pytest.mark.parametrize("forgery", FORGERIES)
def test_openssl_and_a_shell_refuse_each_forgery_in_words(kept_receipt, tmp_path, forgery):
    forge, words = FORGERIES[forgery]
    code, said = by_shell(unpack(forge(kept_receipt), tmp_path / "forged"), SHELLS[0])
    assert code == 1, said
    assert words in said
    assert "FAILS" in said
    assert "This receipt holds" not in said


def test_whoever_has_the_key_from_elsewhere_takes_no_other(fresh_receipt):
    assert all(holds for holds, _ in check_receipt(fresh_receipt, [parse_vkey(log_keys()[0].vkey)]))
    assert not all(holds for holds, _ in check_receipt(fresh_receipt, [other_key()]))


def test_a_receipt_of_a_log_that_somebody_else_made_shows_another_fingerprint(
    verified_erasure, fresh_receipt, tmp_path, settings
):
    mine = fingerprints()
    settings.LOG_DIR, settings.LOG_KEYS_DIR = tmp_path / "other", tmp_path / "other-keys"
    log_keys()
    code, said = by_python(unpack(fresh_receipt, tmp_path / "receipt"))
    assert code == 0
    assert mine[0] in said
    assert fingerprints() != mine


@pytest.mark.parametrize("junk", [b"", b"\xff" * 99, b"{" * 9999, b"\n\n\n", b"0" * 99])
@pytest.mark.parametrize(
    "name",
    ["event.json", "event.tlog-proof", "opening.json", "checkpoint", "log.vkey", "log.pub.pem"],
)
def test_junk_is_a_finding_and_never_a_crash(kept_receipt, name, junk):
    findings = check_receipt({**kept_receipt, name: junk})
    assert not all(holds for holds, _ in findings)
