"""Whatever was done to the log, the check names the first entry that is not what was written."""

import json
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.models import F

from subjects.audit import guards
from subjects.audit.chains import CHANGED, FITS_NEITHER, MISSING
from subjects.audit.events import Actor, EventType
from subjects.audit.leaf import FIRST, freeze, leaf_hash, thaw
from subjects.audit.log import Entry, erase_payloads, record, record_system
from subjects.audit.models import AuditEvent, AuditOutbox, AuditPayload
from subjects.audit.verify import latest_states, verify
from tests.audit.entries import SOMEBODY, chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> tuple[UUID, list[Entry]]:
    """Give the middle one of three cases, to be tampered with; the house has its chain too."""
    cases = [chain(6) for _ in range(3)]
    record_system(EventType.HEARTBEAT, actor=Actor.system("sweep"))
    return sorted(cases, key=lambda one: one[0].hex)[1]


def tamper(change: Callable[[], object]) -> None:
    """Change the log as its owner could, with the triggers off."""
    with guards.lifted(connection):
        change()


def rewrite(case: UUID, step: int, **fields: object) -> None:
    """Write an entry anew, with a hash that fits: what a careful forger would do."""
    row = AuditEvent.objects.get(case=case, step=step)
    leaf = freeze(thaw(bytes(row.leaf)) | fields)
    AuditEvent.objects.filter(pk=row.pk).update(leaf=leaf, leaf_hash=leaf_hash(leaf))


def first_bad() -> tuple[str, int]:
    report = verify()
    assert not report.holds
    assert report.first_bad is not None
    return report.first_bad.case, report.first_bad.step


def test_an_untouched_log_holds(log):
    report = verify()
    assert report.holds
    assert report.first_bad is None
    assert (report.cases, report.entries) == (3, 19)


def test_an_empty_log_holds():
    assert verify().holds


@pytest.mark.parametrize("step", [1, 3, 6])
def test_one_changed_byte_is_named(log, step):
    case, written = log
    leaf = bytearray(written[step - 1].leaf)
    leaf[len(leaf) // 2] ^= 1
    rows = AuditEvent.objects.filter(case=case, step=step)
    tamper(lambda: rows.update(leaf=bytes(leaf)))
    assert first_bad() == (case.hex, step)
    assert len(verify().problems) == 1


def test_a_changed_word_is_named_although_it_is_a_word_of_the_vocabulary(log):
    case, written = log
    leaf = written[5].leaf.replace(b"no-face-found", b"face-too-small")
    rows = AuditEvent.objects.filter(case=case, step=6)
    tamper(lambda: rows.update(leaf=leaf))
    assert first_bad() == (case.hex, 6)


@pytest.mark.parametrize("step", [1, 2, 4, 5])
def test_an_entry_written_anew_with_a_fitting_hash_is_named(log, step):
    case, _ = log
    tamper(lambda: rewrite(case, step, count=99))
    assert [(bad.case, bad.step) for bad in verify().problems] == [(case.hex, step)]
    assert CHANGED in str(verify().first_bad)


def test_an_entry_hung_onto_another_one_is_named(log):
    case, written = log
    tamper(lambda: rewrite(case, 3, prev=written[0].leaf_hash.hex()))
    assert [(bad.case, bad.step) for bad in verify().problems] == [(case.hex, 3)]
    assert FITS_NEITHER in str(verify().first_bad)


def test_a_first_entry_that_names_one_before_it_is_named(log):
    _, written = log
    case, _ = chain(1)
    tamper(lambda: rewrite(case, 1, prev=written[3].leaf_hash.hex()))
    assert first_bad() == (case.hex, 1)


@pytest.mark.parametrize("step", [1, 3])
def test_a_dropped_entry_is_named(log, step):
    case, _ = log
    tamper(lambda: AuditEvent.objects.filter(case=case, step=step).delete())
    assert first_bad() == (case.hex, step)
    assert MISSING in str(verify().first_bad)


def test_a_chain_cut_off_at_its_end_is_named(log):
    case, _ = log
    tamper(lambda: AuditEvent.objects.filter(case=case, step__gte=5).delete())
    assert [(bad.case, bad.step) for bad in verify().problems] == [(case.hex, 5), (case.hex, 6)]


def test_a_whole_case_that_is_gone_is_named(log):
    case, _ = log
    tamper(lambda: AuditEvent.objects.filter(case=case).delete())
    assert first_bad() == (case.hex, 1)


def test_entries_that_changed_places_are_named(log):
    case, _ = log

    def swap() -> None:
        rows = AuditEvent.objects.filter(case=case)
        for step, other in ((2, 100), (3, 2), (100, 3)):
            rows.filter(step=step).update(step=other)

    tamper(swap)
    assert first_bad() == (case.hex, 2)


def test_an_entry_slipped_in_is_named(log):
    case, written = log

    def slip_in() -> None:
        rows = AuditEvent.objects.filter(case=case)
        for step in range(6, 2, -1):
            rows.filter(step=step).update(step=F("step") + 1)
        fields = thaw(written[1].leaf) | {"id": str(uuid4()), "step": 3}
        leaf = freeze(fields | {"prev": written[1].leaf_hash.hex()})
        AuditEvent.objects.create(
            id=fields["id"],
            case=case,
            step=3,
            type=written[1].type,
            leaf=leaf,
            leaf_hash=leaf_hash(leaf),
            created=written[1].at,
        )

    tamper(slip_in)
    assert first_bad() == (case.hex, 3)


def test_an_entry_added_behind_the_doors_back_is_named(log):
    case, written = log
    end = written[-1]
    fields = thaw(end.leaf) | {"id": str(uuid4()), "step": 7, "prev": end.leaf_hash.hex()}
    leaf = freeze(fields)
    AuditEvent.objects.create(
        id=fields["id"],
        case=case,
        step=7,
        type=end.type,
        leaf=leaf,
        leaf_hash=leaf_hash(leaf),
        created=end.at,
    )
    assert first_bad() == (case.hex, 7)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "closed"},
        {"case": UUID(int=5)},
        {"created": "2020-01-01T00:00:00Z"},
        {"id": UUID(int=5)},
    ],
)
def test_a_row_that_says_something_else_than_its_bytes_is_named(log, change):
    case, _ = log
    tamper(lambda: AuditEvent.objects.filter(case=case, step=6).update(**change))
    bad = [(bad.case, bad.step) for bad in verify().problems]
    assert (case.hex, 6) in bad or (change.get("case", case).hex, 6) in bad


def test_words_outside_the_vocabulary_are_named_although_the_hash_fits(log):
    case, written = log
    leaf = json.dumps(
        thaw(written[2].leaf) | {"reason": "Anna"}, sort_keys=True, separators=(",", ":")
    ).encode()
    rows = AuditEvent.objects.filter(case=case, step=3)
    tamper(lambda: rows.update(leaf=leaf, leaf_hash=leaf_hash(leaf)))
    assert [(bad.case, bad.step) for bad in verify().problems] == [(case.hex, 3)]
    assert "Anna" not in str(verify().first_bad)


def test_a_rewritten_payload_is_named_and_an_erased_one_is_not():
    case = uuid4()
    for ref in ("a", "b"):
        record(case, EventType.PROBE_ADDED, actor=SOMEBODY, payload={"ref": ref})
    assert verify().holds
    second = AuditEvent.objects.get(case=case, step=2)
    tamper(lambda: AuditPayload.objects.filter(pk=second.pk).update(payload=b'{"ref":"c"}'))
    assert first_bad() == (case.hex, 2)
    erase_payloads(case)
    assert verify().holds


def test_a_payload_of_no_entry_is_named(log):
    AuditPayload.objects.create(event=uuid4(), salt=b"s" * 32, payload=b"{}")
    assert "payload" in str(verify().first_bad)


def test_an_entry_that_is_not_queued_is_named(log):
    case, _ = log
    tamper(lambda: AuditOutbox.objects.filter(case=case, step=4).delete())
    assert first_bad() == (case.hex, 4)


def test_an_open_log_does_not_hold(log):
    guards.remove(connection)
    report = verify()
    assert report.problems == ()
    assert "audit_event_append" in report.guards_missing
    assert not report.holds
    guards.install(connection)
    assert verify().holds


def test_the_newest_states_are_told_by_the_log():
    case = uuid4()
    one, other = uuid4(), uuid4()
    for request, right, state in (
        (one, "access", "received"),
        (other, "erasure", "received"),
        (one, "access", "searching"),
    ):
        record(
            case,
            EventType.SEARCH_STARTED,
            actor=SOMEBODY,
            request=request,
            right=right,
            state=state,
        )
    record(case, EventType.PROBE_ADDED, actor=SOMEBODY, request=one, right="access")
    assert latest_states() == {(case.hex, "art15"): "searching", (case.hex, "art17"): "received"}


def test_problems_come_in_reading_order(log):
    cases = sorted(set(AuditEvent.objects.values_list("case", flat=True)) - {UUID(int=0)})
    for case in reversed(cases):
        tamper(lambda case=case: rewrite(case, 4, prev=FIRST))
    found = [(bad.case, bad.step) for bad in verify().problems]
    assert found == [(case.hex, 4) for case in cases]
