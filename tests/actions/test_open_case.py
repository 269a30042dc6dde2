"""A link or a code opens a case once, for a while, and a wrong one tells nothing."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from subjects.actions.collect_copy import collect_copy
from subjects.actions.confirm_contact import confirm_contact
from subjects.actions.open_case import (
    COLLECT_CODE_LIVES,
    LINK_LIVES,
    MAILS_A_DAY,
    open_with,
    send_collect_code,
    send_link,
)
from subjects.actions.send_mail import send_mail
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.errors import NotYet, WrongSecret
from subjects.lifecycle import State
from subjects.models import Case, OneTimeCode, Outbox, Right
from tests.cases import file

pytestmark = pytest.mark.django_db
OPEN, COLLECT = OneTimeCode.Purpose.OPEN, OneTimeCode.Purpose.COLLECT


@pytest.fixture
def case(memory_stores) -> Case:
    return file(Right.ACCESS)


def make(case: Case, purpose: str = OPEN) -> tuple[str, str]:
    return OneTimeCode.make(case, purpose, lives=LINK_LIVES)


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


@pytest.mark.parametrize("half", [0, 1])
def test_link_and_code_open_once_together(case, half):
    halves = make(case)
    assert open_with(case, halves[half], purpose=OPEN).used_at
    for used in halves:
        with pytest.raises(WrongSecret):
            open_with(case, used, purpose=OPEN)


def test_both_run_out(case):
    secret, code = make(case)
    with time_machine.travel(timezone.now() + LINK_LIVES + timedelta(seconds=1), tick=False):
        for late in (secret, code):
            with pytest.raises(WrongSecret):
                open_with(case, late, purpose=OPEN)


def test_five_wrong_tries_spend_the_code_and_never_the_link(case):
    secret, code = make(case)
    for _ in range(5):
        with pytest.raises(WrongSecret):
            open_with(case, another(code), purpose=OPEN)
    with pytest.raises(WrongSecret):
        open_with(case, code, purpose=OPEN)
    assert open_with(case, secret, purpose=OPEN)


def test_a_code_for_one_thing_opens_nothing_else_and_no_other_case(case):
    secret, code = make(case)
    other = file(Right.ACCESS)
    for word in (secret, code):
        with pytest.raises(WrongSecret):
            open_with(case, word, purpose=COLLECT)
        with pytest.raises(WrongSecret):
            open_with(other, word, purpose=OPEN)


def test_whatever_is_wrong_the_answer_is_the_same(case):
    _, code = make(case)
    wrong = [(None, code), (case, another(code)), (case, ""), (case, "no number")]
    said = set()
    for which, word in wrong:
        with pytest.raises(WrongSecret) as refused:
            open_with(which, word, purpose=OPEN)
        said.add(str(refused.value))
    assert len(said) == 1


def test_the_rows_hold_no_secret(case):
    secret, code = make(case)
    row = str(OneTimeCode.objects.values().get())
    assert secret not in row
    assert code not in row.replace(str(case.pk), "")


def test_one_address_gets_five_links_a_day_over_all_its_cases(memory_stores):
    cases = [file(Right.ACCESS) for _ in range(4)]
    for _ in range(3):
        for case in cases:
            send_link(case)
            send_collect_code(case)
    sent = Outbox.objects.exclude(kind=Outbox.Kind.ACKNOWLEDGED)
    assert sent.count() == MAILS_A_DAY
    with time_machine.travel(timezone.now() + timedelta(days=1, minutes=1), tick=False):
        send_link(cases[0])
    assert sent.count() == MAILS_A_DAY + 1


def test_no_link_is_sent_for_no_case_or_one_that_was_purged(case):
    send_link(None)
    Case.objects.update(purged_at=timezone.now())
    case.refresh_from_db()
    send_link(case)
    assert not Outbox.objects.exclude(kind=Outbox.Kind.ACKNOWLEDGED).exists()


def test_a_mail_goes_out_once_and_says_nothing_that_was_found(case):
    acknowledged = case.outbox.get()
    for copy in (acknowledged, Outbox.objects.get(pk=acknowledged.pk)):
        send_mail(copy)
    (sent,) = mail.outbox
    assert sent.to == [case.contact]
    assert case.reference in sent.subject
    assert "/open/#" in sent.body  # in the fragment: no server ever logs it
    assert OneTimeCode.objects.count() == 1


def test_a_mail_opens_the_case_and_confirming_twice_changes_nothing(case):
    send_mail(case.outbox.get())
    secret = mail.outbox[0].body.split("/open/#")[1].split()[0]
    open_with(case, secret, purpose=OPEN)
    confirm_contact(case)
    case.refresh_from_db()
    assert (case.identity_tier, case.rights_requests.get().state) == ("T0", State.SEARCHING)
    before = len(entries(case.pk))
    confirm_contact(case)
    assert len(entries(case.pk)) == before
    assert EventType.CONTACT_CONFIRMED in {entry.type for entry in entries(case.pk)}
    assert case.searches.count() == 1


def test_nothing_is_collected_before_there_is_a_copy(case):
    _, code = OneTimeCode.make(case, COLLECT, lives=COLLECT_CODE_LIVES)
    with pytest.raises(NotYet):
        collect_copy(case, code=code, passphrase="a long passphrase of mine")  # noqa: S106 - of nobody
