"""The cases of a year are numbered without a gap, however many are filed at once (R-121)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from subjects.actions import file_case as filing
from subjects.audit.log import entries
from subjects.errors import LeafRefused
from subjects.models import Case, CaseNumber, Right
from tests.cases import file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def numbers() -> list[tuple[int | None, int | None]]:
    return list(Case.objects.order_by("year", "number").values_list("year", "number"))


def test_a_case_and_all_its_first_entries_bear_one_number():
    with time_machine.travel(datetime(2026, 5, 4, tzinfo=UTC), tick=False):
        file(Right.ACCESS)
        case = file(Right.ERASURE, Right.ACCESS)
    received = [entry.fields for entry in entries(case.pk) if entry.type == "request.received"]
    assert (case.year, case.number) == (2026, 2)
    assert [(one["year"], one["number"]) for one in received] == [(2026, 2)] * 2


def test_the_year_is_that_of_filing_where_the_controller_is(settings):
    settings.CONTROLLER_TIME_ZONE = "Europe/Paris"
    with time_machine.travel(datetime(2026, 12, 31, 22, 30, tzinfo=UTC), tick=False) as clock:
        file(Right.ACCESS)
        clock.shift(timedelta(hours=1))
        file(Right.ACCESS)
        file(Right.ACCESS)
    assert numbers() == [(2026, 1), (2027, 1), (2027, 2)]


def test_a_letter_of_last_year_gets_a_number_of_this_one(settings):
    settings.CONTROLLER_TIME_ZONE = "Europe/Paris"
    with time_machine.travel(datetime(2027, 1, 4, 9, tzinfo=UTC), tick=False):
        case = filing.file_case(
            filing.Filing(
                idempotency_key=file(Right.ACCESS).pk,
                rights=(Right.ACCESS,),
                contact="A Person, 1 Example Street",
                country="FR",
                channel=Case.Channel.POST,
                received_at=datetime(2026, 12, 29, 9, tzinfo=UTC),
            )
        )
    assert (case.received_on.year, case.year, case.number) == (2026, 2027, 2)


@pytest.mark.django_db(transaction=True)
def test_eight_filings_at_once_are_numbered_one_to_eight():
    gate = Barrier(8)

    def send(number: int) -> None:
        gate.wait(20)
        try:
            file(Right.ACCESS, contact=f"p{number}@person.example", picture=b"")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(8)))
    assert [number for _, number in numbers()] == list(range(1, 9))


@pytest.mark.django_db(transaction=True)
def test_a_filing_that_fails_in_the_middle_gives_its_number_back(monkeypatch):
    file(Right.ACCESS)
    with monkeypatch.context() as broken:
        broken.setattr(filing, "_exercise", _fail)
        with pytest.raises(LeafRefused):
            file(Right.ERASURE)
    assert CaseNumber.objects.get().last == 1
    file(Right.ACCESS)
    assert [number for _, number in numbers()] == [1, 2]


def _fail(case: Case, *_: object) -> None:
    assert case.number == 2
    raise LeafRefused("reason", "it is not a word of the log")


def test_a_number_is_given_once():
    case, other = file(Right.ACCESS), file(Right.ACCESS)
    rows = Case.objects.filter(pk=other.pk)
    for columns in ({"number": case.number}, {"number": None}, {"number": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**columns)
    assert rows.update(year=None, number=None)


def test_numbers_that_stand_in_the_log_are_not_given_again():
    with transaction.atomic():
        assert CaseNumber.take(2026) == 1
        CaseNumber.at_least(2026, 7)
        CaseNumber.at_least(2026, 3)
        CaseNumber.at_least(2025, 2)
        assert CaseNumber.take(2026) == 8
        assert CaseNumber.take(2025) == 3
