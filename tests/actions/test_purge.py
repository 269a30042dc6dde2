"""Our own copies go on their days, with their keys, each dated in the log; nothing else goes."""

import os
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import Max
from django.utils import timezone

from subjects import vault
from subjects.actions.close import close
from subjects.actions.purge import purge
from subjects.actions.withdraw import withdraw
from subjects.actions.withdraw_consent import withdraw_consent
from subjects.audit.events import Actor, EventType
from subjects.audit.log import entries
from subjects.audit.models import AuditPayload
from subjects.audit.verify import verify
from subjects.errors import BlobPurged
from subjects.lifecycle import Outcome, State
from subjects.models import Case, Letter, OneTimeCode, Right, SealedBlob
from tests.cases import file, rights_request_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(memory_stores) -> Case:
    """Give a case that the person took back: it still has its picture."""
    case = file(Right.ERASURE, notes="I moved house in May.")
    withdraw(case.rights_requests.get())
    case.refresh_from_db()
    return case


def on_day(days: int, after: Case) -> time_machine.travel:
    """Travel to that many days after the case closed."""
    assert after.closed_at is not None
    return time_machine.travel(after.closed_at + timedelta(days=days), tick=False)


def test_a_probe_stays_its_days_and_no_longer(closed, settings):
    blob = closed.probes.get().blob
    with on_day(settings.PROBE_DAYS - 1, closed):
        assert purge()["sealed files"] == 0
        assert blob.read()
    with on_day(settings.PROBE_DAYS, closed):
        assert purge()["sealed files"] == 1
        blob.refresh_from_db()
        assert bytes(blob.wrapped_key) == b""
        assert not (vault.folder() / blob.pk.hex[:2] / blob.pk.hex).exists()
        with pytest.raises(BlobPurged):
            blob.read()
        entry = entries(closed.pk)[-1]
        assert entry.type == EventType.PROBE_PURGED
        assert entry.at.date() == timezone.now().date()


def test_the_probe_of_an_open_case_stays_however_long_it_takes(memory_stores):
    case = file(Right.ERASURE)
    with time_machine.travel(timezone.now() + timedelta(days=400), tick=False):
        assert purge()["sealed files"] == 0
        assert case.probes.get().blob.read()


def test_purging_twice_purges_once_and_writes_one_entry(closed, settings):
    with on_day(settings.PROBE_DAYS, closed):
        purge()
        before = len(entries(closed.pk))
        assert sum(purge().values()) == 0
        assert len(entries(closed.pk)) == before


def test_the_key_goes_even_where_the_file_is_gone_already(closed, settings):
    blob = closed.probes.get().blob
    vault.remove_file(blob.pk)
    with on_day(settings.PROBE_DAYS, closed):
        assert purge()["sealed files"] == 1
    blob.refresh_from_db()
    assert bytes(blob.wrapped_key) == b""


def test_the_command_tells_what_it_destroyed(closed, settings, capsys):
    with on_day(settings.PROBE_DAYS, closed):
        call_command("purge")
    assert "1 sealed files purged." in capsys.readouterr().out


def test_a_code_that_ran_out_is_gone(closed):
    OneTimeCode.make(closed, OneTimeCode.Purpose.OPEN, lives=timedelta(minutes=30))
    assert purge()["one-time codes"] == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
        assert purge()["one-time codes"] == 1


def test_a_file_that_no_row_names_is_swept_away_when_it_is_old(closed):
    kept = closed.probes.get().blob
    orphan, young = uuid4(), uuid4()
    for name in (orphan, young):
        vault.write_file(name, b"left by a crash")
    an_hour_ago = (timezone.now() - timedelta(hours=2)).timestamp()
    for name in (orphan, kept.pk):
        os.utime(vault.folder() / name.hex[:2] / name.hex, (an_hour_ago, an_hour_ago))
    assert purge()["orphan files"] == 1
    assert vault.read_file(young) == b"left by a crash"
    assert kept.read()


def test_after_its_years_a_case_file_names_nobody_and_the_log_stands(closed, settings):
    Letter.objects.get(case=closed)
    before = {entry.id: entry.leaf for entry in entries(closed.pk)}
    with on_day(settings.CASE_FILE_DAYS - 1, closed):
        assert purge()["case files"] == 0
    with on_day(settings.CASE_FILE_DAYS + 1, closed):
        assert purge()["case files"] == 1
        assert purge()["case files"] == 0
        closed.refresh_from_db()
        assert bytes(closed.contact_sealed) == bytes(closed.notes_sealed) == b""
        assert closed.contact_digest == closed.passphrase_hash == ""
        assert not closed.letters.exists()
        assert not closed.codes.exists()
        with pytest.raises(BlobPurged):
            closed.probes.get().blob.read()
        after = {entry.id: entry.leaf for entry in entries(closed.pk)}
        assert before.items() <= after.items()
        assert not AuditPayload.objects.filter(event__in=after).exists()
        assert verify().holds


def test_an_open_case_is_never_purged(memory_stores):
    case = file(Right.ERASURE)
    with time_machine.travel(timezone.now() + timedelta(days=3650), tick=False):
        assert purge()["case files"] == 0
        case.refresh_from_db()
        assert case.contact


def test_a_case_with_two_rights_keeps_its_picture_until_both_are_closed(memory_stores, settings):
    case = file(Right.ERASURE, Right.RESTRICTION)
    first, second = case.rights_requests.all()
    withdraw(first)
    assert SealedBlob.objects.aggregate(day=Max("purge_on"))["day"] is None
    close(second, Outcome.WITHDRAWN, actor=Actor.person())
    due = timezone.localdate() + timedelta(days=settings.PROBE_DAYS)
    assert SealedBlob.objects.aggregate(day=Max("purge_on"))["day"] == due


def test_who_takes_back_their_consent_has_their_picture_destroyed_at_once(memory_stores):
    rights_request = rights_request_at(State.SEARCHING)
    case = rights_request.case
    assert withdraw_consent(case) == 1
    with pytest.raises(BlobPurged):
        case.probes.get().blob.read()
    entry = entries(case.pk)[-1]
    assert (entry.type, entry.fields["reason"]) == (
        EventType.PROBE_PURGED,
        "consent-withdrawn",
    )
    assert withdraw_consent(case) == 0
    case.refresh_from_db()
    assert case.consented_at is None
    assert case.consent_version
