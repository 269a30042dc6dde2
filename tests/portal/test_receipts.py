"""The person's proofs on their pages: theirs alone, whole, and never in the way of the request."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.extend import extend
from subjects.actions.issue_receipt import EARNS, receipts_of
from subjects.actions.redact_entry import redact_entry
from subjects.actions.withdraw import withdraw
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.audit.receipts import fingerprints, indexes_of
from subjects.lifecycle import State
from subjects.models import Right
from subjects.portal.timeline import SENTENCES
from tests.cases import file, rights_request_at, staff
from tests.portal.conftest import open_for
from tests.receipts import files_in, publish_log, receipt_for

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("memory_stores", "own_log", "copies_are_built_once"),
]


def address(case, receipt, more=""):
    return f"/cases/{case.reference}/receipts/{receipt.id}/{more}"


def shown(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status
    return re.sub(r"\s+", " ", answer.content.decode()).replace("&#x27;", "'")


def given(case):
    return [each for each in entries(case.pk) if each.type is EventType.RECEIPT_ISSUED]


def test_every_entry_that_earns_a_receipt_has_words():
    assert SENTENCES.keys() >= EARNS


def test_the_case_lists_its_proofs_with_words_and_dates(client):
    case = rights_request_at(State.CLOSED).case
    publish_log()
    open_for(client, case)
    page = shown(client, f"/cases/{case.reference}/")
    assert "Your proof" in page
    for receipt in receipts_of(case):
        assert address(case, receipt) in page
    assert [each.type for each in receipts_of(case)] == [
        EventType.ANSWERED,
        EventType.ERASURE_VERIFIED,
        EventType.REQUEST_RECEIVED,
    ]


def test_where_several_rights_were_filed_each_proof_names_its_right(client):
    case = file(Right.ERASURE, Right.ACCESS)
    open_for(client, case)
    page = shown(client, f"/cases/{case.reference}/")
    assert "We received your request: Get a copy" in page
    assert "We received your request: Have it erased" in page


def test_a_receipt_says_what_was_recorded_where_it_stands_and_how_to_check_it(client):
    case = rights_request_at(State.CLOSED).case
    publish_log()
    open_for(client, case)
    receipt = receipt_for(case, EventType.ERASURE_VERIFIED)
    page = shown(client, address(case, receipt))
    entry = next(each for each in entries(case.pk) if each.id == receipt.id)
    assert entry.leaf.decode() in page.replace("&quot;", '"')
    for words in (
        "it is gone",
        str(receipt.index),
        receipt.leaf_hash.hex(),
        *fingerprints(),
        "faces.example/rights-log",
        "python3 -I verify.py",
        "sh verify.sh",
        "It does not prove that every byte has left every disk",
    ):
        assert words in page
    assert '<svg width="' in page
    assert "<script>" not in page
    assert "style=" not in page


def test_the_zip_is_handed_over_and_noted_once_however_often_it_is_fetched(client):
    case = rights_request_at(State.SEARCHING).case
    publish_log()
    open_for(client, case)
    receipt = receipt_for(case, EventType.REQUEST_RECEIVED)
    assert client.head(address(case, receipt, "zip/")).status_code == 200
    assert not given(case)
    first, second = (client.get(address(case, receipt, "zip/")) for _ in range(2))
    assert first.content == second.content
    assert first["Content-Type"] == "application/zip"
    assert first["Content-Disposition"] == (
        f'attachment; filename="{case.reference}-receipt-{receipt.index}.zip"'
    )
    (noted,) = given(case)
    assert noted.fields["target"] == receipt.leaf_hash.hex()
    assert noted.fields["actor"] == "person"
    assert {"event.json", "verify.py", "verify.sh", "VERIFY.txt"} <= files_in(first.content).keys()


def test_an_entry_without_a_number_says_that_its_receipt_follows(client):
    case = file(Right.ERASURE)
    open_for(client, case)
    receipt = receipt_for(case, EventType.REQUEST_RECEIVED)
    page = shown(client, address(case, receipt))
    assert "ready in a few seconds" in page
    assert "Look again" in page
    assert "Download" not in page
    refused = shown(client, address(case, receipt, "zip/"), 409)
    assert "your receipt follows" in refused
    assert not given(case)
    publish_log()
    assert "Download your receipt" in shown(client, address(case, receipt))


def test_while_the_sequencer_stands_still_the_request_runs_all_the_same(client):
    case = file(Right.ERASURE)
    receipt = receipt_for(case, EventType.REQUEST_RECEIVED)
    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=False):
        open_for(client, case)
        page = shown(client, address(case, receipt))
        assert "takes longer than usual" in page
        assert "Your request goes on all the same" in page
        confirm_contact(case)
        assert "We are searching" in shown(client, f"/cases/{case.reference}/")


def test_a_log_that_cannot_be_read_keeps_nobody_from_their_case(client, own_log, settings):
    case = rights_request_at(State.SEARCHING).case
    publish_log()
    (own_log / "checkpoint").write_bytes(b"no note")
    open_for(client, case)
    assert "We are searching" in shown(client, f"/cases/{case.reference}/")
    receipt = receipt_for(case, EventType.REQUEST_RECEIVED)
    assert "in a few seconds" in shown(client, address(case, receipt))
    settings.LOG_DIR = own_log / "nowhere"
    assert "in a few seconds" in shown(client, address(case, receipt))


def test_a_lost_file_of_the_log_is_no_dead_end(client, own_log):
    case = rights_request_at(State.SEARCHING).case
    publish_log()
    for tile in own_log.glob("tile/0/**/*"):
        if tile.is_file():
            tile.unlink()
    open_for(client, case)
    receipt = receipt_for(case, EventType.REQUEST_RECEIVED)
    assert "in a few seconds" in shown(client, address(case, receipt))
    assert client.get(address(case, receipt, "zip/")).status_code == 503


def test_without_any_key_the_receipt_follows(client, settings, tmp_path):
    case = rights_request_at(State.SEARCHING).case
    publish_log()
    settings.LOG_KEYS_DIR = tmp_path / "nowhere"
    history = settings.LOG_DIR / "keys" / "history.jsonl"
    history.unlink(missing_ok=True)
    open_for(client, case)
    receipt = receipt_for(case, EventType.REQUEST_RECEIVED)
    assert "in a few seconds" in shown(client, address(case, receipt))
    assert "There is no key yet" in shown(client, "/privacy/")
    history.parent.mkdir(exist_ok=True)
    history.write_text("{}\nno facts\n")
    assert "in a few seconds" in shown(client, address(case, receipt))
    assert "There is no key yet" in shown(client, "/privacy/")


def test_nobody_learns_from_an_address_whether_a_receipt_exists(client):
    case = rights_request_at(State.CLOSED).case
    publish_log()
    receipt = receipt_for(case, EventType.ERASURE_VERIFIED)
    other = file(Right.ERASURE)
    strangers = [
        (case.reference, receipt.id),
        ("FR-7K3Q-92MX", uuid4()),
        (case.reference, uuid4()),
    ]
    for reference, event in strangers:
        for more in ("", "zip/"):
            answer = client.get(f"/cases/{reference}/receipts/{event}/{more}")
            assert (answer.status_code, answer["Location"]) == (302, f"/cases/{reference}/open/")
    open_for(client, other)
    unknown = shown(client, address(other, receipt_for(other, EventType.REQUEST_RECEIVED)), 200)
    assert unknown
    for event in (receipt.id, uuid4(), entries(other.pk)[-1].id):
        assert client.get(f"/cases/{other.reference}/receipts/{event}/").status_code == 404
        assert client.get(f"/cases/{other.reference}/receipts/{event}/zip/").status_code == 404


def test_what_exists_only_where_somebody_was_found_earns_nothing_before_the_answer(client):
    verified = rights_request_at(State.CLOSED)
    rows = type(verified).objects.filter(pk=verified.pk)
    publish_log()
    receipt = receipt_for(verified.case, EventType.ERASURE_VERIFIED)
    rows.update(answered_at=None)
    open_for(client, verified.case)
    assert client.get(address(verified.case, receipt)).status_code == 404
    assert address(verified.case, receipt) not in shown(
        client, f"/cases/{verified.case.reference}/"
    )


def test_a_later_date_and_a_withdrawal_earn_their_proofs(client):
    rights_request = rights_request_at(State.IN_REVIEW)
    case = rights_request.case
    extend(rights_request, reasons=["complexity"], text="Many stores.", by=staff("reviewer"))
    withdraw(rights_request)
    publish_log()
    open_for(client, case)
    later = rights_request.extended_to
    page = shown(client, address(case, receipt_for(case, EventType.DEADLINE_EXTENDED)))
    assert f"{later.day} {later:%B %Y}" in page
    taken_back = receipt_for(case, EventType.WITHDRAWN)
    assert "You took your request back" in shown(client, address(case, taken_back))


def test_the_notice_has_the_fingerprint_that_receipts_are_compared_with(client):
    file(Right.ACCESS)
    publish_log()
    (fingerprint,) = fingerprints()
    assert fingerprint in shown(client, "/privacy/")


def test_a_blanked_entry_says_in_words_that_there_is_no_receipt_of_it_any_more(client):
    case = rights_request_at(State.CLOSED).case
    publish_log()
    open_for(client, case)
    receipt = receipt_for(case, EventType.ERASURE_VERIFIED)
    redact_entry(receipt.index, "written-by-mistake")
    assert address(case, receipt) in shown(client, f"/cases/{case.reference}/")
    for path, status in ((address(case, receipt), 200), (address(case, receipt, "zip/"), 410)):
        page = shown(client, path, status)
        assert "taken out of the log" in page
        assert receipt.leaf_hash.hex() in page
        assert "Download your receipt" not in page
        assert "Look again" not in page


def test_a_receipt_is_issued_where_an_older_note_of_it_was_blanked(client):
    case = rights_request_at(State.CLOSED).case
    publish_log()
    open_for(client, case)
    receipt = receipt_for(case, EventType.ANSWERED)
    client.get(address(case, receipt, "zip/"))
    publish_log()
    redact_entry(indexes_of([given(case)[-1].id])[given(case)[-1].id], "written-by-mistake")
    assert files_in(client.get(address(case, receipt, "zip/")).content)
    assert len(given(case)) == 2


def test_a_blanked_verification_stays_unsaid_before_the_answer():
    rights_request = rights_request_at(State.CLOSED)
    publish_log()
    receipt = receipt_for(rights_request.case, EventType.ERASURE_VERIFIED)
    redact_entry(receipt.index, "written-by-mistake")
    assert receipt_for(rights_request.case, EventType.ERASURE_VERIFIED).blanked
    rights_request.case.rights_requests.update(answered_at=None)
    assert EventType.ERASURE_VERIFIED not in [one.type for one in receipts_of(rights_request.case)]
