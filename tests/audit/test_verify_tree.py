"""Numbers, roots and signatures: whatever was done to the tree, the check names where."""

from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from subjects.audit import keys
from subjects.audit.events import EventType
from subjects.audit.leaf import freeze, leaf_hash, thaw
from subjects.audit.log import Entry, erase_payloads, record
from subjects.audit.models import (
    AuditCheckpoint,
    AuditEntry,
    AuditEvent,
    AuditOutbox,
    AuditPruning,
    AuditRedaction,
)
from subjects.audit.publish import log_tiles
from subjects.audit.sequencer import sequence
from subjects.audit.standalone.merkle import CompactRange
from subjects.audit.standalone.notes import checkpoint_text, sign_note, write_note
from subjects.audit.verify import verify
from subjects.audit.verify_tree import Verified
from tests.audit.entries import SOMEBODY, number, published_log, rewrite, tamper

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> tuple[UUID, list[Entry]]:
    """Give the case of `published_log`."""
    return published_log()


def said() -> str:
    """Give what is wrong, which must be something."""
    report = verify()
    assert not report.holds
    assert report.verified is None
    return str(report.first_bad)


def rebuild(*, signed: bool) -> None:
    """Make every checkpoint anew from the numbers, as a forger does who may have the key."""
    tree, (key, *_) = CompactRange(), keys.log_keys()
    hashes = list(AuditEntry.objects.order_by("index").values_list("leaf_hash", flat=True))
    for row in AuditCheckpoint.objects.order_by("size"):
        tree.extend(bytes(one) for one in hashes[tree.size : row.size])
        row.root, row.compact_range = tree.root(), tree.encode()
        if signed:
            text = checkpoint_text(key.name, row.size, row.root)
            row.note = write_note(text, sign_note(text, key.name, key.public, key.sign))
        row.save()


def test_an_untouched_tree_holds_and_is_verified_up_to_its_last_checkpoint(log):
    report = verify()
    assert report.holds
    assert (report.cases, report.entries) == (4, 10)
    newest = AuditCheckpoint.objects.get(size=9)
    assert report.verified == Verified(9, bytes(newest.compact_range))


def test_the_last_entry_of_a_case_rewritten_with_its_hash_is_named(log):
    case, written = log
    tamper(lambda: rewrite(written[-1], count=99))
    assert f"case {case.hex}, step 4: its hash is not the one by which" in said()


def test_it_is_named_although_its_number_was_rewritten_too(log):
    case, written = log
    tamper(
        lambda: AuditEntry.objects.filter(index=5).update(leaf_hash=rewrite(written[-1], count=99))
    )
    assert f"case {case.hex}, step 4: entry 5 was published with another hash" in said()


def test_without_the_published_log_its_checkpoint_is_named(log, settings, tmp_path):
    _, written = log
    tamper(
        lambda: AuditEntry.objects.filter(index=5).update(leaf_hash=rewrite(written[-1], count=99))
    )
    settings.LOG_DIR = tmp_path / "elsewhere"
    assert "entry 5: the entries from 2 on give another root than was signed" in said()


@pytest.mark.parametrize("signed", [False, True])
def test_checkpoints_made_anew_do_not_fit_what_was_signed_and_published(log, signed):
    _, written = log
    tamper(
        lambda: (
            AuditEntry.objects.filter(index=5).update(leaf_hash=rewrite(written[-1], count=99)),
            rebuild(signed=signed),
        )
    )
    wanted = "was published under another root" if signed else "does not say origin, size and root"
    assert wanted in said()


def test_checkpoints_of_another_key_are_named(log, settings, tmp_path):
    settings.LOG_KEYS_DIR = tmp_path / "another"
    tamper(lambda: rebuild(signed=True))
    settings.LOG_KEYS_DIR = tmp_path / "log-keys"
    assert "entry 1: its checkpoint is signed by no key of this log" in said()


def test_a_spoilt_signature_is_named(log):
    def spoil() -> None:
        row = AuditCheckpoint.objects.get(size=6)
        row.note = bytes(row.note)[:-8] + b"AAAAAA=\n"
        row.save()

    tamper(spoil)
    assert "broken at entry 5:" in said()


@pytest.mark.parametrize("index", [0, 3, 8])
def test_a_number_that_is_gone_is_named(log, index):
    tamper(lambda: AuditEntry.objects.filter(index=index).delete())
    found = [str(problem) for problem in verify().problems]
    assert any(f"broken at entry {index}: the number is missing" in one for one in found)
    assert any("never queued" in one for one in found)


def test_two_numbers_that_changed_places_are_named(log):
    case, _ = log

    def swap() -> None:
        rows = AuditEntry.objects.filter(index__in=(3, 4)).order_by("index")
        (first, second), other = rows, uuid4()
        for index, event in ((3, other), (4, first.event), (3, second.event)):
            AuditEntry.objects.filter(index=index).update(event=event)

    tamper(swap)
    assert f"case {case.hex}, step 2: its hash is not the one" in said()


def test_a_numbered_entry_whose_row_is_gone_is_named(log):
    _, written = log
    tamper(lambda: AuditEvent.objects.filter(pk=written[-1].id).delete())
    assert "broken at entry 5: it has its number and is gone" in said()


def test_an_entry_is_queued_or_numbered_and_never_both(log):
    case, written = log
    tamper(lambda: AuditOutbox.objects.create(event=written[1].id, case=case, step=2))
    assert f"case {case.hex}, step 2: it has a number and is queued again" in said()


def test_a_number_that_no_checkpoint_covers_is_named(log):
    number()
    assert "entry 9: it has a number, and no checkpoint covers it" in said()


def test_a_checkpoint_over_a_tail_that_was_cut_off_is_named(log):
    tamper(
        lambda: (
            AuditEvent.objects.filter(
                pk__in=AuditEntry.objects.filter(index__gte=6).values("event")
            ).delete(),
            AuditEntry.objects.filter(index__gte=6).delete(),
        )
    )
    assert "entry 6: the number is missing, although 9 entries were signed" in said()


def test_a_database_older_than_what_was_published_is_named(log):
    def go_back() -> None:
        late = AuditEntry.objects.filter(index__gte=6)
        AuditEvent.objects.filter(pk__in=late.values("event")).delete()
        late.delete()
        AuditCheckpoint.objects.filter(size=9).delete()

    tamper(go_back)
    assert "entry 6: 9 entries are published, and the database has 6" in said()


def test_a_published_checkpoint_that_cannot_be_read_is_named(log):
    (log_tiles().folder / "checkpoint").write_bytes(b"nothing\n")
    assert "cannot be read" in said()


def test_only_what_was_redacted_or_pruned_may_be_blank(log):
    case, written = log
    AuditRedaction.objects.create(index=3, reason="written-by-mistake", created=timezone.now())
    AuditPruning.objects.create(below=2, created=timezone.now())
    first = AuditEntry.objects.filter(index__lt=2).values("event")
    AuditEvent.objects.filter(pk__in=first).update(leaf=b"")
    AuditEvent.objects.filter(pk=written[1].id).update(leaf=b"")
    assert verify().holds
    tamper(lambda: AuditEvent.objects.filter(pk=written[2].id).update(leaf=b""))
    assert f"case {case.hex}, step 3: it is blank, and nothing says why" in said()


def test_the_hash_of_a_blank_entry_stands(log):
    case, written = log
    AuditRedaction.objects.create(index=5, reason="written-by-mistake", created=timezone.now())
    tamper(
        lambda: AuditEvent.objects.filter(pk=written[3].id).update(leaf=b"", leaf_hash=b"h" * 32)
    )
    assert f"case {case.hex}, step 4: its hash is not the one" in said()


def test_the_payload_of_a_blank_entry_is_let_be_and_erased():
    case = uuid4()
    record(case, EventType.PROBE_ADDED, actor=SOMEBODY, payload={"ref": "a"})
    sequence()
    AuditPruning.objects.create(below=1, created=timezone.now())
    AuditEvent.objects.filter(case=case, step=1).update(leaf=b"")
    assert verify().holds
    assert erase_payloads(case) == 1
    assert verify().holds


def test_a_chain_that_came_back_under_another_case_holds(log):
    _, written = log
    row, other = AuditEvent.objects.get(pk=written[2].id), uuid4()
    leaf = freeze(thaw(bytes(row.leaf)) | {"id": str(uuid4())})
    columns = {"type": row.type, "created": row.created, "leaf": leaf}
    event = AuditEvent.objects.create(
        id=thaw(leaf)["id"],
        case=other,
        step=3,
        leaf_hash=leaf_hash(leaf),
        recovered=True,
        **columns,
    )
    AuditOutbox.objects.create(event=event.pk, case=other, step=3)
    assert verify().holds
    tamper(lambda: AuditEvent.objects.filter(pk=event.pk).update(recovered=False))
    assert other.hex in said()


@pytest.mark.parametrize("incremental", [False, True])
@pytest.mark.parametrize("change", ["changed", "gone"])
def test_published_hashes_that_anybody_may_be_reading_are_checked_too(log, change, incremental):
    since = verify().verified if incremental else None
    case, _ = log
    record(case, EventType.PROBE_ADDED, actor=SOMEBODY, payload={"ref": "b"})
    size = sequence().size
    [tile] = [path for path in (log_tiles().folder / "tile/0").rglob(f"{size}") if path.is_file()]
    data = tile.read_bytes()
    tile.write_bytes(data[:-1] + bytes([data[-1] ^ 1])) if change == "changed" else tile.unlink()
    report = verify(since)
    assert not report.holds
    assert ("do not give the root" in str(report.first_bad)) is (change == "changed")
    assert f"entry {size - 1}" in str(report.first_bad)
