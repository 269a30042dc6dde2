"""What time alone brings comes without a broker and without a worker, once."""

from datetime import timedelta

import pytest
import time_machine
from celery import current_app
from django.core.management import call_command
from django.utils import timezone
from kombu.exceptions import OperationalError

from subjects import deadlines, tasks
from subjects.actions import outstanding as work
from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.export import ACTOR
from subjects.actions.extend import extend
from subjects.actions.move import move
from subjects.actions.sweep import overdue, pass_time
from subjects.actions.withdraw import withdraw
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.lifecycle import Outcome, State
from subjects.models import Case, Delivery, Outbox, Right, RightsRequest, SealedBlob, Search
from tests.cases import file, rights_request_at, staff

pytestmark = pytest.mark.django_db


def alarms(rights_request: RightsRequest) -> int:
    told = [entry.type for entry in entries(rights_request.case_id)]
    return told.count(EventType.OVERDUE)


def after(rights_request: RightsRequest, **distance: float) -> time_machine.travel:
    """Travel to that long after the last second of the answer's day."""
    end = deadlines.end_instant(rights_request.answer_due_on, rights_request.case.zone)
    return time_machine.travel(end + timedelta(**distance), tick=False)


@pytest.fixture
def received(memory_stores) -> RightsRequest:
    return file(Right.ACCESS).rights_requests.get()


def test_silence_is_noted_once_and_not_a_second_early(received):
    with after(received, seconds=-1):
        pass_time()
        assert not overdue(received)
    assert alarms(received) == 0
    for _ in range(3):
        with after(received, seconds=0):
            pass_time()
    assert alarms(received) == 1
    received.refresh_from_db()
    assert received.overdue_noted_at


def test_an_extended_answer_is_late_after_the_extended_day(received):
    extend(received, reasons=["complexity"], text="Nine stores.", by=staff("reviewer"))
    received.letters.update(sent_at=timezone.now())
    first_end = deadlines.end_instant(received.due_on, received.case.zone)
    with time_machine.travel(first_end + timedelta(days=1), tick=False):
        pass_time()
    assert alarms(received) == 0
    with after(received, seconds=1):
        pass_time()
    assert alarms(received) == 1


def test_an_extension_whose_letter_did_not_leave_in_the_first_month_extends_nothing(received):
    extend(received, reasons=["complexity"], text="Nine stores.", by=staff("reviewer"))
    first_end = deadlines.end_instant(received.due_on, received.case.zone)
    assert not overdue(received)
    with time_machine.travel(first_end, tick=False):
        assert overdue(received)
    received.letters.update(sent_at=first_end - timedelta(seconds=1))
    with time_machine.travel(first_end, tick=False):
        assert not overdue(received)
    received.letters.update(sent_at=first_end)
    with time_machine.travel(first_end, tick=False):
        assert overdue(received)


def test_what_was_answered_is_never_late(received):
    withdraw(received)
    with after(received, days=30):
        pass_time()
    assert alarms(received) == 0


def test_a_copy_that_nobody_collects_is_closed_after_its_days(memory_stores, settings):
    exporting = rights_request_at(State.EXPORTING)
    blob = SealedBlob.put(b"a copy", SealedBlob.Purpose.DELIVERY)
    until = timezone.localdate() + timedelta(days=settings.DELIVERY_DAYS)
    Delivery.objects.create(rights_request=exporting, blob=blob, pictures=1, available_until=until)
    move(exporting, State.READY, actor=ACTOR, changes={"answered_at": timezone.now()})
    day = timedelta(days=settings.DELIVERY_DAYS)
    with time_machine.travel(timezone.now() + day, tick=False):
        pass_time()
    exporting.refresh_from_db()
    assert exporting.state == State.READY
    with time_machine.travel(timezone.now() + day + timedelta(days=1), tick=False):
        pass_time()
    exporting.refresh_from_db()
    assert (exporting.state, exporting.outcome) == (State.CLOSED, Outcome.GRANTED)


# --- Waking workers ---------------------------------------------------------------------------


@pytest.fixture
def messages(monkeypatch) -> list[tuple[str, list[str]]]:
    """Give what is published, to a broker that takes everything and passes nothing on."""
    published: list[tuple[str, list[str]]] = []

    def take(job: str, *, args: list[str], retry: bool) -> None:
        assert retry is False
        published.append((job, args))

    monkeypatch.setattr(tasks, "_broker_failed_at", -tasks.BROKER_REST)
    monkeypatch.setattr(current_app, "send_task", take)
    return published


def test_a_message_carries_one_id_and_nothing_else(memory_stores, messages):
    for state in (State.SEARCHING, State.EXPORTING, State.ERASING, State.RESTRICTING):
        apart = f"{state}@person.example"
        tasks.nudge(rights_request_at(state, contact=apart).case)
    assert {job for job, _ in messages} == {
        "search",
        "export",
        "erase",
        "restrict_for_good",
        "restrict",
        "send_mail",
    }
    known = {
        str(pk)
        for model in (Case, RightsRequest, Search, Outbox)
        for pk in model.objects.values_list("pk", flat=True)
    }
    assert all(len(args) == 1 and args[0] in known for _, args in messages)


def test_what_was_just_nudged_is_not_nudged_again_at_once(memory_stores, messages):
    case = file(Right.ACCESS)
    confirm_contact(case)
    assert tasks.nudge() == 2
    assert tasks.nudge() == 0
    Search.objects.update(nudge_after=None)
    assert tasks.nudge() == 1


def test_a_lost_message_is_sent_again_and_a_held_lease_is_left_alone(memory_stores, messages):
    confirm_contact(file(Right.ACCESS))
    tasks.nudge()
    messages.clear()
    Search.objects.update(nudge_after=None)
    Search.objects.get().claim()
    assert tasks.nudge() == 0
    Search.objects.update(lease_until=timezone.now() - timedelta(seconds=1), nudge_after=None)
    assert tasks.nudge() == 1


def test_after_a_failure_the_broker_is_left_alone_for_a_while(memory_stores, monkeypatch):
    tried = []

    def refuse(*_: object, **__: object) -> None:
        tried.append(1)
        raise OperationalError

    monkeypatch.setattr(tasks, "_broker_failed_at", -tasks.BROKER_REST)
    monkeypatch.setattr(current_app, "send_task", refuse)
    for _ in range(3):
        confirm_contact(file(Right.ACCESS))
        assert tasks.nudge() == 0
    assert len(tried) == 1


def test_a_message_with_an_id_that_nobody_knows_does_nothing(memory_stores, messages):
    for job in (tasks.search, tasks.export, tasks.erase, tasks.restrict_permanently):
        job("00000000-0000-4000-8000-000000000000")
    assert messages == []


def test_a_round_of_the_sweeper_does_all_that_is_due(memory_stores, messages, settings):
    held = rights_request_at(State.HELD)
    call_command("sweep")
    held.refresh_from_db()
    assert held.state == State.ERASING
    assert ("erase", [str(held.pk)]) in messages
    assert (settings.VAR_DIR / "sweeper.heartbeat").exists()


def test_every_outstanding_job_is_one_that_workers_know(memory_stores):
    jobs = {*work.JOB_OF.values(), "search", "send_mail", "restrict"}
    assert jobs <= set(current_app.tasks)


# --- Backups ------------------------------------------------------------------------------------


def ended(rights_request: RightsRequest) -> int:
    said = [entry.type for entry in entries(rights_request.case_id)]
    return said.count(EventType.BACKUP_EXPIRED)


def test_the_end_of_the_backups_is_noted_once_and_not_on_their_last_day(memory_stores):
    erased = rights_request_at(State.CLOSED)
    noon = timezone.localtime().replace(hour=12)
    days = (erased.backups_end_on - noon.date()).days
    with time_machine.travel(noon + timedelta(days=days), tick=False):
        pass_time()
    assert ended(erased) == 0
    for later in (1, 1, 2):
        with time_machine.travel(noon + timedelta(days=days + later), tick=False):
            pass_time()
    assert ended(erased) == 1
    erased.refresh_from_db()
    assert erased.backups_ended_at


def test_without_an_erasure_no_backup_ends(received):
    with time_machine.travel(timezone.now() + timedelta(days=3650), tick=False):
        pass_time()
    assert ended(received) == 0


def test_the_end_of_the_backups_that_cannot_be_noted_is_noted_later(memory_stores, monkeypatch):
    erased = rights_request_at(State.CLOSED)
    day = timezone.now() + timedelta(days=(erased.backups_end_on - timezone.localdate()).days + 1)
    with time_machine.travel(day, tick=False):
        with monkeypatch.context() as patch:
            patch.setattr("subjects.actions.sweep.log", broken)
            with pytest.raises(OSError, match="full"):
                pass_time()
        erased.refresh_from_db()
        assert erased.backups_ended_at is None
        pass_time()
    assert ended(erased) == 1


def broken(*_given: object, **_more: object) -> None:
    message = "the disk is full"
    raise OSError(message)
