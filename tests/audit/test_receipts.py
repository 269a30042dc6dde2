"""A receipt of a real case, checked in an empty folder by its own two programs, network off."""

import json
import re
import shutil
import subprocess
import sys
from functools import cache
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.actions.issue_receipt import issue
from subjects.actions.withdraw import withdraw_on_behalf
from subjects.audit.events import EventType
from subjects.audit.keys import log_keys, rotate
from subjects.audit.log import entries, erase_payloads
from subjects.audit.models import AuditCheckpoint
from subjects.audit.receipt_files import files_of, pem, verifier
from subjects.audit.receipts import fingerprints, proof_of
from subjects.audit.shorten import shortened
from subjects.audit.stamps import stamp
from subjects.audit.standalone.notes import parse_checkpoint, parse_note, parse_vkey, vkey_text
from subjects.audit.standalone.proofs import check_proof
from subjects.audit.standalone.receipts import check_receipt, receipt_place
from subjects.audit.witnesses import cosign, policy
from subjects.lifecycle import State
from subjects.models import Right
from tests.audit.standalone.pythons import pythons
from tests.cases import CONTACT, file, rights_request_at, staff
from tests.receipts import issued, publish_log, receipt_for, unpack

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory_stores", "own_log")]
MOST = 16 * 1024
SHELLS = [shell for shell in ("dash", "bash", "sh") if shutil.which(shell)]
needs_openssl = pytest.mark.skipif(
    not shutil.which("openssl"), reason="no openssl: apt-get install openssl"
)


@cache
def without_network():
    """Give what cuts a program off from every network; nothing where that is not permitted."""
    words = ["unshare", "--net", "--map-root-user"]
    if not shutil.which("unshare"):
        return []
    tried = subprocess.run([*words, "true"], check=False, capture_output=True)  # noqa: S603 - ours
    return words if tried.returncode == 0 else []


def run(folder, *words):
    """Run a program in the folder of a receipt; gives its exit code and what it said."""
    done = subprocess.run(  # noqa: S603 - our own words
        [*without_network(), *words],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def by_python(folder, python=sys.executable):
    return run(folder, python, "-I", "verify.py")


def by_shell(folder, shell="sh"):
    return run(folder, shutil.which(shell), "verify.sh")


@pytest.fixture
def erasure():
    closed = rights_request_at(State.CLOSED)
    publish_log()
    return closed


@pytest.fixture
def files(erasure):
    return issued(erasure.case, EventType.ERASURE_VERIFIED)


@pytest.fixture
def receipt(request):
    """Give the receipt of one erasure to all who only read it: walking there takes a second."""
    if not _made:
        _made.update(request.getfixturevalue("files"))
    return dict(_made)


_made = {}


# --- What holds ---------------------------------------------------------------------------------


def test_the_receipt_of_an_erasure_is_checked_by_python_alone(files, tmp_path):
    code, said = by_python(unpack(files, tmp_path / "receipt"))
    assert code == 0, said
    assert said.count("holds") >= 4
    assert "FAILS" not in said
    assert "This receipt holds" in said
    assert "does not prove that every byte" in said.replace("\n", " ")
    assert fingerprints()[0] in said
    assert "privacy notice" in said
    assert files["event.json"].decode() in said


@needs_openssl
@pytest.mark.parametrize("shell", SHELLS)
def test_the_receipt_of_an_erasure_is_checked_by_openssl_and_a_shell(files, tmp_path, shell):
    code, said = by_shell(unpack(files, tmp_path / "receipt"), shell)
    assert code == 0, said
    assert said.count("holds") >= 4
    assert "This receipt holds" in said
    assert fingerprints()[0] in said


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13"])
def test_an_old_and_a_new_python_check_it_as_well(receipt, tmp_path, version):
    python = next(pythons(version), None)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    code, said = by_python(unpack(receipt, tmp_path / "receipt"), python)
    assert code == 0, said


@needs_openssl
def test_every_place_in_a_tree_of_any_shape_is_proved(tmp_path):
    """The walk of the shell script follows RFC 9162 at every index of some thirty entries."""
    case = rights_request_at(State.IN_REVIEW).case
    publish_log()
    for number, entry in enumerate(entries(case.pk)):
        proof = proof_of(entry.id)
        vkeys = [parse_vkey(key.vkey) for key in log_keys()]
        assert parse_checkpoint(parse_note(proof.note).text).size == proof.size
        if entry.type is EventType.REQUEST_RECEIVED or number % 3 == 0:
            request = case.rights_requests.get().pk
            made = files_of(proof, case=case.pk, request=request)
            check_proof(made["event.tlog-proof"], entry.leaf, vkeys)
            code, said = by_shell(unpack(made, tmp_path / str(number)))
            assert code == 0, said


def test_it_is_small_and_the_same_bytes_each_time(erasure):
    receipt = receipt_for(erasure.case, EventType.ERASURE_VERIFIED)
    first = issue(erasure.case, receipt.id)
    assert len(first) <= MOST
    assert issue(erasure.case, receipt.id) == first


def test_it_holds_no_picture_name_or_address(erasure, files):
    together = b"".join(files.values())
    for secret in (CONTACT.encode(), b"person.example", erasure.case.reference.encode()):
        assert secret not in together


def test_an_entry_has_no_proof_before_its_number_and_nobody_has_one_of_nothing():
    case = file(Right.ACCESS)
    entry = entries(case.pk)[0]
    assert proof_of(entry.id) is None
    assert proof_of(uuid4()) is None
    publish_log()
    assert proof_of(entry.id).leaf == entry.leaf


def test_while_the_key_changes_both_keys_sign_and_the_new_one_is_shown(tmp_path):
    case = rights_request_at(State.SEARCHING).case
    publish_log()
    rotate("log")
    file(Right.ACCESS)
    publish_log()
    made = issued(case, EventType.REQUEST_RECEIVED)
    assert len(made["log.vkey"].splitlines()) == 2
    assert made["log.pub.pem"].decode() == log_keys()[0].pem
    folder = unpack(made, tmp_path / "receipt")
    assert by_python(folder)[0] == 0
    assert by_shell(folder)[0] == 0


def test_the_details_open_the_promise_and_a_receipt_without_them_still_holds(tmp_path):
    rights_request = rights_request_at(State.SEARCHING)
    case = rights_request.case
    note = 'Rang on Monday: "no, thank you".'
    withdraw_on_behalf(rights_request, note=note, by=staff("reviewer"))
    publish_log()
    made = issued(case, EventType.WITHDRAWN)
    opened = unpack(made, tmp_path / "opened")
    for code, said in (by_python(opened), by_shell(opened)):
        assert code == 0, said
        assert "those that the entry promises" in said
    forged = {
        **made,
        "opening.json": re.sub(rb'"payload": "..', b'"payload": "Zz', made["opening.json"]),
    }
    wrong = unpack(forged, tmp_path / "forged")
    for code, said in (by_python(wrong), by_shell(wrong)):
        assert code == 1, said
        assert "not those that the entry promises" in said
    erase_payloads(case.pk)
    later = issued(case, EventType.WITHDRAWN)
    assert "payload" not in json.loads(later["opening.json"])
    without = unpack(later, tmp_path / "without")
    assert by_python(without)[0] == 0
    assert by_shell(without)[0] == 0


# --- What is refused ----------------------------------------------------------------------------


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
def test_python_refuses_each_forgery_in_words(receipt, tmp_path, forgery):
    forge, words = FORGERIES[forgery]
    code, said = by_python(unpack(forge(receipt), tmp_path / "forged"))
    assert code == 1, said
    assert words in said
    assert "FAILS" in said
    assert "DOES NOT HOLD" in said


@needs_openssl
@pytest.mark.parametrize("forgery", FORGERIES)
def test_openssl_and_a_shell_refuse_each_forgery_in_words(receipt, tmp_path, forgery):
    forge, words = FORGERIES[forgery]
    code, said = by_shell(unpack(forge(receipt), tmp_path / "forged"), SHELLS[0])
    assert code == 1, said
    assert words in said
    assert "FAILS" in said
    assert "This receipt holds" not in said


def test_whoever_has_the_key_from_elsewhere_takes_no_other(files):
    assert all(holds for holds, _ in check_receipt(files, [parse_vkey(log_keys()[0].vkey)]))
    assert not all(holds for holds, _ in check_receipt(files, [other_key()]))


def test_a_receipt_of_a_log_that_somebody_else_made_shows_another_fingerprint(
    erasure, files, tmp_path, settings
):
    mine = fingerprints()
    settings.LOG_DIR, settings.LOG_KEYS_DIR = tmp_path / "other", tmp_path / "other-keys"
    log_keys()
    code, said = by_python(unpack(files, tmp_path / "receipt"))
    assert code == 0
    assert mine[0] in said
    assert fingerprints() != mine


@pytest.mark.parametrize("junk", [b"", b"\xff" * 99, b"{" * 9999, b"\n\n\n", b"0" * 99])
@pytest.mark.parametrize(
    "name",
    ["event.json", "event.tlog-proof", "opening.json", "checkpoint", "log.vkey", "log.pub.pem"],
)
def test_junk_is_a_finding_and_never_a_crash(receipt, name, junk):
    findings = check_receipt({**receipt, name: junk})
    assert not all(holds for holds, _ in findings)


# --- Who else holds it --------------------------------------------------------------------------


@needs_openssl
def test_a_time_stamp_is_in_the_receipt_and_holds(erasure, tmp_path, time_authority, settings):
    settings.TIMESTAMP_URLS = [time_authority.url]
    settings.TIMESTAMP_CA_FILE = str(time_authority.ca_file)
    checkpoint = AuditCheckpoint.objects.latest("size")
    stamp(checkpoint, time_authority.url)
    publish_log()
    made = issued(erasure.case, EventType.ERASURE_VERIFIED)
    assert receipt_place(made)[2].size == checkpoint.size
    folder = unpack(made, tmp_path / "receipt")
    for code, said in (by_python(folder), *(by_shell(folder, shell) for shell in SHELLS)):
        assert code == 0, said
        assert "time stamp" in said or "authority outside the house" in said
    (folder / "checkpoint.tsr").write_bytes(made["checkpoint.tsr"][:-1] + b"?")
    for code, said in (by_python(folder), by_shell(folder)):
        assert code == 1, said
        assert "time stamp is not of" in said


@needs_openssl
def test_the_stamp_of_another_state_is_refused(erasure, tmp_path, time_authority, settings):
    settings.TIMESTAMP_URLS = [time_authority.url]
    settings.TIMESTAMP_CA_FILE = str(time_authority.ca_file)
    stamp(AuditCheckpoint.objects.latest("size"), time_authority.url)
    publish_log()
    made = issued(erasure.case, EventType.ERASURE_VERIFIED)
    later = AuditCheckpoint.objects.latest("size")
    made["checkpoint.tsr"] = bytes(stamp(later, time_authority.url).proof)
    folder = unpack(made, tmp_path / "receipt")
    for code, said in (by_python(folder), by_shell(folder)):
        assert code == 1, said
        assert "time stamp is not of this checkpoint" in said


@needs_openssl
def test_a_witness_is_in_the_receipt_and_holds(erasure, tmp_path, little_witness, settings):
    little_witness.trust(log_keys()[0].vkey)
    settings.WITNESS_POLICY_FILE = little_witness.policy(tmp_path)
    checkpoint = AuditCheckpoint.objects.latest("size")
    (witness,) = policy().witnesses.values()
    cosign(checkpoint, witness)
    made = issued(erasure.case, EventType.ERASURE_VERIFIED)
    assert {"policy", "witness.vkey", "witness.pub.pem"} <= made.keys()
    folder = unpack(made, tmp_path / "receipt")
    for code, said in (by_python(folder), *(by_shell(folder, shell) for shell in SHELLS)):
        assert code == 0, said
        assert "The witness" in said or "the witness" in said
    key = other_key()
    (folder / "witness.vkey").write_text(vkey_text("witness.example/w1", key.key, 4) + "\n")
    (folder / "witness.pub.pem").write_bytes(pem(key))
    for code, said in (by_python(folder), by_shell(folder)):
        assert code == 1, said
        assert "has not signed this checkpoint" in said


# --- The program --------------------------------------------------------------------------------


def test_a_shortened_program_keeps_what_it_uses_and_loses_the_rest():
    program = '''#!/usr/bin/env python3

"""Says four."""

from math import ceil, floor
import sys

# How many.
FOUR = 4
"""Four."""
FIVE = 5
"""Five."""


def used(at: int = FOUR) -> int:
    """Round up."""
    return ceil(at)


# Never called.
def unused() -> int:
    return floor(FIVE)


if __name__ == "__main__":
    print(used())
'''
    short = shortened(program)
    for kept in ("Says four", "from math import ceil\n", "# How many.", '"""Four."""', "def used"):
        assert kept in short
    for lost in ("floor", "FIVE", "Five", "unused", "Never", "import sys"):
        assert lost not in short
    assert shortened(short) == short


def test_the_program_in_a_receipt_cannot_sign_or_build_a_log():
    for word in ("sign_note", "consistency", "CompactRange", "inclusion_proof"):
        assert f"def {word}" not in verifier()
        assert f"class {word}" not in verifier()
