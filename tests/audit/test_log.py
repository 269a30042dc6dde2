"""Entries are written in the transaction of the act, frozen, and chained without a gap."""

import contextlib
import hashlib
import hmac
import itertools
import threading
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
import rfc8785
import time_machine
from django.db import IntegrityError, connection, transaction

from subjects.audit import log
from subjects.audit.events import Actor, EventType
from subjects.audit.leaf import FIRST, HOUSE, blind, blind_staff
from subjects.audit.log import (
    entries,
    erase_payloads,
    last,
    payload_of,
    record,
    record_system,
)
from subjects.audit.models import AuditEvent, AuditOutbox, AuditPayload
from subjects.errors import AuditError, LeafRefused
from tests.audit.entries import SOMEBODY, chain, write

pytestmark = pytest.mark.django_db


def test_an_entry_says_what_happened_in_canonical_bytes():
    case = uuid4()
    request = uuid4()
    with time_machine.travel(datetime(2026, 11, 23, 4, 40, 0, 999_999, UTC), tick=False):
        entry = record(
            case,
            EventType.DEADLINE_EXTENDED,
            actor=Actor.staff("dpo", UUID(int=7)),
            request=request,
            right="erasure",
            basis="art12-3",
            due=date(2026, 12, 23),
            extended_to=date(2027, 2, 23),
            tz="Europe/Madrid",
            reasons=["complexity"],
            sys=None,
        )
    fields = entry.fields
    assert entry.leaf == rfc8785.dumps(fields)
    assert fields["t"] == "2026-11-23T04:40:00Z"
    assert fields["case"] == blind(case, fields["n"])
    assert fields["request"] == blind(request, fields["n"])
    assert fields["right"] == "art17"
    assert fields["actor"] == blind_staff(f"role:dpo/{7:032x}", case, fields["n"])
    assert (fields["due"], fields["extended_to"]) == ("2026-12-23", "2027-02-23")
    assert "sys" not in fields


def test_entries_are_chained_by_the_leaf_hash_of_rfc_6962():
    case, written = chain(3)
    assert [entry.step for entry in entries(case)] == [1, 2, 3]
    assert written[0].fields["prev"] == FIRST
    for before, after in itertools.pairwise(written):
        assert after.fields["prev"] == hashlib.sha256(b"\x00" + before.leaf).hexdigest()
        assert before.leaf_hash == hashlib.sha256(b"\x00" + before.leaf).digest()
    assert last(case) == written[-1] == entries(case)[-1]
    assert last(uuid4()) is None


def test_every_entry_is_queued_for_the_tree():
    case, written = chain(3)
    queued = AuditOutbox.objects.order_by("n").values_list("event", "case", "step")
    assert list(queued) == [(entry.id, case, entry.step) for entry in written]


def test_no_two_entries_share_their_random_parts():
    _, written = chain(20)
    assert len({entry.fields["n"] for entry in written}) == 20
    assert len({entry.id for entry in written}) == 20


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused():
    with pytest.raises(AuditError, match="inside the transaction"):
        record(uuid4(), EventType.PROBE_ADDED, actor=SOMEBODY)
    with pytest.raises(AuditError, match="inside the transaction"):
        record_system(EventType.HEARTBEAT, actor=SOMEBODY)
    with pytest.raises(AuditError, match="inside the transaction"):
        erase_payloads(uuid4())
    assert not AuditEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_no_entry_and_no_gap():
    case, _ = chain(2)
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        record(case, EventType.PROBE_ADDED, actor=SOMEBODY, payload={"ref": "x"})
        _ = 1 / 0
    assert [entry.step for entry in write(case)] == [3]
    assert AuditOutbox.objects.count() == 3
    assert not AuditPayload.objects.exists()


def test_a_payload_is_committed_to_and_not_said():
    payload = {"template_refs": ["anna@example.org", "ref-2"], "distance": 0.31}
    entry = record(uuid4(), EventType.PROBE_ADDED, actor=SOMEBODY, payload=payload)
    row = AuditPayload.objects.get(event=entry.id)
    canonical = rfc8785.dumps(payload)
    mac = hmac.new(bytes(row.salt), canonical, hashlib.sha256).hexdigest()
    assert entry.fields["pc"] == f"hmac-sha256:{mac}"
    assert len(bytes(row.salt)) == 32
    assert payload_of(entry) == payload
    assert b"anna" not in entry.leaf


def test_equal_payloads_cannot_be_seen_to_be_equal():
    case = uuid4()
    first, second = (
        record(case, EventType.PROBE_ADDED, actor=SOMEBODY, payload={"ref": "a"}) for _ in range(2)
    )
    assert first.fields["pc"] != second.fields["pc"]


def test_erased_payloads_are_gone_and_the_entries_stand():
    case, other = uuid4(), uuid4()
    entry = record(case, EventType.PROBE_ADDED, actor=SOMEBODY, payload={"ref": "a"})
    kept = record(other, EventType.PROBE_ADDED, actor=SOMEBODY, payload={"ref": "b"})
    assert erase_payloads(case) == 1
    assert payload_of(entry) is None
    assert payload_of(kept) == {"ref": "b"}
    assert entries(case)[0] == entry
    assert last(case).type is EventType.PAYLOADS_ERASED
    assert last(case).fields["count"] == 1
    assert erase_payloads(case) == 0
    assert len(entries(case)) == 2


@pytest.mark.parametrize("payload", [{"a": float("nan")}, {"a": object()}, {"a": 2**53}, {1: "a"}])
def test_a_payload_that_is_not_json_is_refused(payload):
    with pytest.raises(LeafRefused, match="payload"):
        record(uuid4(), EventType.PROBE_ADDED, actor=SOMEBODY, payload=payload)


def test_what_belongs_to_no_case_stands_on_the_houses_own_chain():
    first = record_system(EventType.HEARTBEAT, actor=Actor.system("sweep"))
    second = record_system(EventType.PRUNED, actor=Actor.system("sweep"), entries=1)
    assert (first.case, first.step, second.step) == (HOUSE, 1, 2)
    assert second.fields["prev"] == first.leaf_hash.hex()


def test_the_two_kinds_of_chain_are_not_mixed():
    with pytest.raises(LeafRefused, match="record_system"):
        record(HOUSE, EventType.PROBE_ADDED, actor=SOMEBODY)
    with pytest.raises(LeafRefused, match="chain"):
        record(uuid4(), EventType.HEARTBEAT, actor=SOMEBODY)
    with pytest.raises(LeafRefused, match="chain"):
        record_system(EventType.ANSWERED, actor=SOMEBODY)


@pytest.mark.parametrize("name", ["v", "id", "n", "t", "case", "step", "prev", "pc"])
def test_what_the_log_writes_itself_cannot_be_given(name):
    with pytest.raises(LeafRefused, match=f"'{name}'"):
        record(uuid4(), EventType.PROBE_ADDED, actor=SOMEBODY, **{name: 1})


def test_a_store_that_nobody_set_up_is_refused(settings):
    settings.FACE_TEMPLATE_STORES = {"archive": {}}
    case = uuid4()
    record(case, EventType.TEMPLATE_RESTRICTED, actor=SOMEBODY, sys="archive", count=1)
    with pytest.raises(LeafRefused, match="'sys'"):
        record(case, EventType.TEMPLATE_RESTRICTED, actor=SOMEBODY, sys="maria-rossi", count=1)
    with pytest.raises(LeafRefused, match="'stores'"):
        record(
            case,
            EventType.SEARCH_FAILED,
            actor=SOMEBODY,
            stores=[{"alias": "maria-rossi", "result": "failed"}],
        )


def test_who_waits_for_a_chain_is_not_taken_for_a_clock_that_went_back(monkeypatch):
    case = uuid4()
    noon = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
    times = iter([noon, noon - timedelta(seconds=1), noon + timedelta(seconds=1)])
    monkeypatch.setattr(log, "_now", lambda: next(times))
    record(case, EventType.PROBE_ADDED, actor=SOMEBODY)
    waited = record(case, EventType.PROBE_ADDED, actor=SOMEBODY, payload={"a": 1})
    assert waited.fields["t"] == "2026-11-23T12:00:01Z"
    assert [entry.step for entry in entries(case)] == [1, 2]
    assert AuditOutbox.objects.count() == 2
    assert payload_of(waited) == {"a": 1}


def test_a_clock_that_goes_back_is_an_entry_of_its_own():
    case = uuid4()
    with time_machine.travel(datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC), tick=False) as clock:
        record(case, EventType.PROBE_ADDED, actor=SOMEBODY)
        clock.shift(-90)
        back = record(case, EventType.PROBE_ADDED, actor=SOMEBODY)
        clock.shift(5)
        record(case, EventType.PROBE_ADDED, actor=SOMEBODY)
    assert back.fields["t"] == "2026-11-23T11:58:30Z"
    assert [entry.type for entry in entries(case)] == [
        EventType.PROBE_ADDED,
        EventType.PROBE_ADDED,
        EventType.CLOCK_REGRESSION,
        EventType.PROBE_ADDED,
    ]
    assert entries(case)[2].fields["seconds"] == 90


@pytest.mark.django_db(transaction=True)
def test_two_threads_on_one_case_leave_no_gap():
    case = uuid4()
    start = threading.Barrier(4)
    failed: list[BaseException] = []

    def work() -> None:
        try:
            start.wait(10)
            for _ in range(10):
                write(case)
        except BaseException as error:  # noqa: BLE001  # shown by the assertion below
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    assert [entry.step for entry in entries(case)] == list(range(1, 41))


def test_an_entry_that_cannot_be_written_takes_its_act_with_it():
    case, _ = chain(1)
    with contextlib.suppress(LeafRefused), transaction.atomic():
        write(case, 2)
        record(case, EventType.PROBE_REFUSED, actor=SOMEBODY, reason="because Anna said so")
    assert len(entries(case)) == 1


def test_a_step_is_taken_once():
    case, written = chain(2)
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent.objects.create(
            case=case,
            step=2,
            type="probe.added",
            leaf=written[1].leaf,
            leaf_hash=written[1].leaf_hash,
            created=written[1].at,
        )
