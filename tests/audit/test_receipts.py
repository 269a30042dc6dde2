"""A receipt of a real case, checked in an empty folder by its own two programs, network off."""

import json
import re
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from subjects.actions.issue_receipt import issue
from subjects.actions.withdraw import withdraw_on_behalf
from subjects.audit.events import EventType
from subjects.audit.keys import log_keys, rotate
from subjects.audit.log import entries, erase_payloads
from subjects.audit.models import AuditCheckpoint
from subjects.audit.receipt_files import files_of, pem
from subjects.audit.receipts import fingerprints, proof_of
from subjects.audit.stamps import stamp
from subjects.audit.standalone.notes import parse_checkpoint, parse_note, parse_vkey, vkey_text
from subjects.audit.standalone.proofs import check_proof
from subjects.audit.standalone.receipts import receipt_place
from subjects.audit.witnesses import cosign, policy
from subjects.lifecycle import State
from subjects.models import Right
from tests.audit.standalone.pythons import pythons
from tests.cases import CONTACT, file, rights_request_at, staff
from tests.receipts import (
    SHELLS,
    by_python,
    by_shell,
    issued,
    needs_openssl,
    publish_log,
    receipt_for,
    unpack,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory_stores", "own_log")]
MOST = 16 * 1024


# --- What holds ---------------------------------------------------------------------------------


def test_the_receipt_of_an_erasure_is_checked_by_python_alone(fresh_receipt, tmp_path):
    code, said = by_python(unpack(fresh_receipt, tmp_path / "receipt"))
    assert code == 0, said
    assert said.count("holds") >= 4
    assert "FAILS" not in said
    assert "This receipt holds" in said
    assert "does not prove that every byte" in said.replace("\n", " ")
    assert fingerprints()[0] in said
    assert "privacy notice" in said
    assert fresh_receipt["event.json"].decode() in said


@needs_openssl
@pytest.mark.parametrize("shell", SHELLS)
def test_the_receipt_of_an_erasure_is_checked_by_openssl_and_a_shell(
    fresh_receipt, tmp_path, shell
):
    code, said = by_shell(unpack(fresh_receipt, tmp_path / "receipt"), shell)
    assert code == 0, said
    assert said.count("holds") >= 4
    assert "This receipt holds" in said
    assert fingerprints()[0] in said


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.12", "3.13"])
def test_an_old_and_a_new_python_check_it_as_well(kept_receipt, tmp_path, version):
    python = next(pythons(version), None)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    code, said = by_python(unpack(kept_receipt, tmp_path / "receipt"), python)
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


def test_it_is_small_and_the_same_bytes_each_time(verified_erasure):
    receipt = receipt_for(verified_erasure.case, EventType.ERASURE_VERIFIED)
    first = issue(verified_erasure.case, receipt.id)
    assert len(first) <= MOST
    assert issue(verified_erasure.case, receipt.id) == first


def test_it_holds_no_picture_name_or_address(verified_erasure, fresh_receipt):
    together = b"".join(fresh_receipt.values())
    for secret in (CONTACT.encode(), b"person.example", verified_erasure.case.reference.encode()):
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


# --- Who else holds it --------------------------------------------------------------------------


@needs_openssl
def test_a_time_stamp_is_in_the_receipt_and_holds(
    verified_erasure, tmp_path, time_authority, settings
):
    settings.TIMESTAMP_URLS = [time_authority.url]
    settings.TIMESTAMP_CA_FILE = str(time_authority.ca_file)
    checkpoint = AuditCheckpoint.objects.latest("size")
    stamp(checkpoint, time_authority.url)
    publish_log()
    made = issued(verified_erasure.case, EventType.ERASURE_VERIFIED)
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
def test_the_stamp_of_another_state_is_refused(
    verified_erasure, tmp_path, time_authority, settings
):
    settings.TIMESTAMP_URLS = [time_authority.url]
    settings.TIMESTAMP_CA_FILE = str(time_authority.ca_file)
    stamp(AuditCheckpoint.objects.latest("size"), time_authority.url)
    publish_log()
    made = issued(verified_erasure.case, EventType.ERASURE_VERIFIED)
    later = AuditCheckpoint.objects.latest("size")
    made["checkpoint.tsr"] = bytes(stamp(later, time_authority.url).proof)
    folder = unpack(made, tmp_path / "receipt")
    for code, said in (by_python(folder), by_shell(folder)):
        assert code == 1, said
        assert "time stamp is not of this checkpoint" in said


@needs_openssl
def test_a_witness_is_in_the_receipt_and_holds(
    verified_erasure, tmp_path, little_witness, settings
):
    little_witness.trust(log_keys()[0].vkey)
    settings.WITNESS_POLICY_FILE = little_witness.policy(tmp_path)
    checkpoint = AuditCheckpoint.objects.latest("size")
    (witness,) = policy().witnesses.values()
    cosign(checkpoint, witness)
    made = issued(verified_erasure.case, EventType.ERASURE_VERIFIED)
    assert {"policy", "witness.vkey", "witness.pub.pem"} <= made.keys()
    folder = unpack(made, tmp_path / "receipt")
    for code, said in (by_python(folder), *(by_shell(folder, shell) for shell in SHELLS)):
        assert code == 0, said
        assert "The witness" in said or "the witness" in said
    public = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    key = parse_vkey(vkey_text("witness.example/w1", public, 4))
    (folder / "witness.vkey").write_text(vkey_text(key.name, key.key, 4) + "\n")
    (folder / "witness.pub.pem").write_bytes(pem(key))
    for code, said in (by_python(folder), by_shell(folder)):
        assert code == 1, said
        assert "has not signed this checkpoint" in said
