"""Asking is enough: a filing is accepted, dated and logged, whatever is missing or broken."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from subjects import vault
from subjects.actions.file_case import MAX_PROBES, Filing, file_case
from subjects.audit.events import EventType
from subjects.audit.leaf import blind
from subjects.audit.log import entries
from subjects.audit.verify import verify
from subjects.errors import ReasonMissing, TooLate
from subjects.lifecycle import State
from subjects.models import Case, Outbox, Right, SealedBlob
from tests.cases import PROBE, file


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def filing(**changes) -> Filing:
    common = {
        "idempotency_key": uuid4(),
        "rights": (Right.ACCESS,),
        "contact": "ada@person.example",
        "country": "FR",
    }
    return Filing(**{**common, **changes})


@pytest.mark.django_db
def test_each_right_has_its_own_request_clock_and_first_entry():
    case = file_case(filing(rights=tuple(Right)))
    requests = list(case.rights_requests.all())
    assert {one.right for one in requests} == set(Right)
    assert {one.state for one in requests} == {State.RECEIVED}
    for one in requests:
        mine = [
            entry
            for entry in entries(case.pk)
            if entry.fields["request"] == blind(one.pk, entry.fields["n"])
        ]
        assert [entry.type for entry in mine] == [
            EventType.REQUEST_RECEIVED,
            EventType.DEADLINE_SET,
        ]
        assert mine[1].fields["due"] == one.due_on.isoformat()
        assert one.calendar_version == mine[1].fields["calendar"]


@pytest.mark.django_db
def test_the_same_right_ticked_twice_is_one_request():
    case = file_case(filing(rights=(Right.ACCESS, Right.ACCESS)))
    assert case.rights_requests.count() == 1


@pytest.mark.django_db
def test_nobody_is_turned_away_for_asking_often():
    cases = {file_case(filing()).reference for _ in range(50)}
    assert len(cases) == 50
    assert Outbox.objects.filter(kind=Outbox.Kind.ACKNOWLEDGED).count() == 50


@pytest.mark.django_db
def test_a_filing_sent_twice_is_one_case():
    twice = filing(pictures=(b"a picture",), consent_version="1")
    first, second = file_case(twice), file_case(twice)
    assert first.pk == second.pk
    assert (Case.objects.count(), SealedBlob.objects.count(), Outbox.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_a_filing_sent_many_times_at_once_is_one_case():
    same, senders = filing(pictures=(b"a picture",), consent_version="1"), 6
    gate = Barrier(senders)

    def send(_: int) -> str:
        gate.wait(20)
        try:
            return file_case(same).reference
        finally:
            connection.close()

    with ThreadPoolExecutor(senders) as pool:
        assert len(set(pool.map(send, range(senders)))) == 1
    assert (Case.objects.count(), SealedBlob.objects.count()) == (1, 1)
    assert verify().holds


@pytest.mark.django_db
def test_the_day_of_receipt_is_the_controllers_and_not_that_of_utc(settings):
    settings.CONTROLLER_TIME_ZONE = "Europe/Paris"
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    with time_machine.travel(late, tick=False):
        case = file_case(filing())
    assert case.received_on == date(2026, 7, 1)
    assert case.rights_requests.get().due_on == date(2026, 8, 3)  # 1 August 2026 is a Saturday
    first = entries(case.pk)[0].fields
    assert (first["received"], first["local_date"]) == ("2026-06-30T23:30:00Z", "2026-07-01")


@pytest.mark.django_db
def test_a_letter_that_lay_in_the_post_room_counts_from_its_receipt():
    received_at = timezone.now() - timedelta(days=9)
    case = file_case(filing(channel=Case.Channel.POST, received_at=received_at))
    assert case.received_at == received_at
    assert case.rights_requests.get().due_on < (timezone.now() + timedelta(days=28)).date()


@pytest.mark.django_db
def test_a_receipt_in_the_future_is_refused():
    with pytest.raises(TooLate):
        file_case(filing(received_at=timezone.now() + timedelta(minutes=1)))
    assert not Case.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "article"),
    [
        ({"rights": ()}, "12"),
        ({"contact": "  "}, "12"),
        ({"pictures": (b"a picture",)}, "9"),
    ],
)
def test_what_the_law_asks_for_is_asked_for_and_nothing_is_kept(changes, article, tmp_path):
    with pytest.raises(ReasonMissing, match=f"Art {article}"):
        file_case(filing(**changes))
    assert not Case.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.django_db
def test_a_disk_that_takes_no_picture_does_not_stop_the_filing(monkeypatch):
    monkeypatch.setattr("os.fsync", _full_disk)
    case = file_case(filing(pictures=(PROBE.read_bytes(),), consent_version="1"))
    assert case.rights_requests.get().due_on
    assert not case.probes.exists()
    assert not [path for path in vault.folder().rglob("*") if path.is_file()]
    assert verify().holds


def _full_disk(_: int) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.django_db
def test_no_row_is_left_without_its_file_and_no_file_in_clear(tmp_path):
    pictures = tuple(bytes([number]) * 2000 for number in range(MAX_PROBES + 2))
    case = file_case(filing(pictures=pictures, consent_version="1"))
    assert [probe.position for probe in case.probes.all()] == [1, 2, 3, 4, 5]
    assert [probe.blob.read() for probe in case.probes.all()] == list(pictures[:MAX_PROBES])
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == MAX_PROBES
    assert not any(picture[:64] in content for picture in pictures for content in files)


@pytest.mark.django_db
def test_contact_notes_and_passphrase_are_never_in_clear():
    case = file(Right.ACCESS, contact="canary@person.example", notes="canary notes")
    row = Case.objects.values().get(pk=case.pk)
    text = " ".join(str(bytes(v) if isinstance(v, memoryview) else v) for v in row.values())
    assert "canary" not in text
    assert "a long passphrase" not in text
    assert (case.contact, case.notes) == ("canary@person.example", "canary notes")


@pytest.mark.django_db
def test_the_same_address_is_known_again_without_being_readable():
    first = file_case(filing(contact="Ada@Person.example"))
    second = file_case(filing(contact=" ada@person.example "))
    assert first.contact_digest == second.contact_digest
    assert bytes(first.contact_sealed) != bytes(second.contact_sealed)


@pytest.mark.django_db
def test_many_filings_for_one_address_are_all_accepted_and_mailed_ten_a_day():
    started = timezone.now()
    cases = [file(Right.ACCESS, picture=b"") for _ in range(25)]
    later = [case.outbox.get().next_attempt_at for case in cases]
    assert later[:10] == [None] * 10
    assert all(
        started + timedelta(hours=23) < at < started + timedelta(hours=25) for at in later[10:20]
    )
    assert all(
        started + timedelta(hours=47) < at < started + timedelta(hours=49) for at in later[20:]
    )
    assert {case.rights_requests.get().state for case in cases} == {State.RECEIVED}
    assert (
        file(Right.ACCESS, contact="other@mail.example", picture=b"").outbox.get().next_attempt_at
        is None
    )
