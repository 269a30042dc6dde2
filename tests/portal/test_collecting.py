"""The copy: collected with a session, a code and a passphrase, and with nothing less."""

import io
import re
import zipfile

import pytest
from django.core import mail
from django.test import Client

from subjects.actions.collect_copy import collect_copy
from subjects.actions.purge import purge_blob
from subjects.actions.send_mail import send_mail
from subjects.audit.events import EventType
from subjects.audit.log import entries
from subjects.errors import WrongSecret
from subjects.lifecycle import State
from subjects.models import Case, OneTimeCode, Right
from tests.cases import PASSPHRASE, file, rights_request_at
from tests.portal.conftest import open_for

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("memory_stores", "copies_are_built_once"),
]
WRONG = "another passphrase altogether"


@pytest.fixture
def ready(client):
    """Give an access request whose copy is ready, open in this browser."""
    rights_request = rights_request_at(State.READY)
    open_for(client, rights_request.case)
    return rights_request


def code_for(client, case):
    """Ask for a code and read it in the mail."""
    assert client.post(f"/cases/{case.reference}/copy/code/").status_code == 302
    send_mail(case.outbox.filter(kind="collect_code", sent_at=None).get())
    return re.search(r"\b(\d{6})\b", mail.outbox[-1].body)[1]


def collect(client, case, code, passphrase):
    return client.post(f"/cases/{case.reference}/copy/", {"code": code, "passphrase": passphrase})


def test_code_and_passphrase_open_the_copy_and_close_the_request(client, ready):
    answer = collect(client, ready.case, code_for(client, ready.case), PASSPHRASE)
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="{ready.case.reference}.zip"'
    assert answer["Content-Type"] == "application/zip"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    assert "index.html" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    ready.refresh_from_db()
    assert ready.state == State.CLOSED
    assert EventType.EXPORT_DELIVERED in [entry.type for entry in entries(ready.case_id)]


def test_the_passphrase_may_be_typed_in_another_form_of_unicode(client, ready):
    Case.objects.filter(pk=ready.case_id).update(passphrase_hash="")
    composed, decomposed = "café im Frühling", "cafe\u0301 im Fru\u0308hling"
    ready.delivery.delete()
    client.post(f"/cases/{ready.case.reference}/passphrase/", {"passphrase": composed})
    rights_request = rights_request_at(State.READY)
    case = Case.objects.get(pk=ready.case_id)
    Case.objects.filter(pk=rights_request.case_id).update(passphrase_hash=case.passphrase_hash)
    open_for(client, rights_request.case)
    code = code_for(client, rights_request.case)
    assert collect(client, rights_request.case, code, decomposed).status_code == 200


def test_whatever_is_wrong_the_answer_is_the_same(client, ready):
    code = code_for(client, ready.case)
    other = "000000" if code != "000000" else "111111"
    client.get(f"/cases/{ready.case.reference}/copy/")
    answers = [
        collect(client, ready.case, code, WRONG),
        collect(client, ready.case, other, PASSPHRASE),
        collect(client, ready.case, other, WRONG),
    ]
    OneTimeCode.objects.all().delete()
    answers.append(collect(client, ready.case, code, PASSPHRASE))
    assert {answer.status_code for answer in answers} == {403}
    pages = {re.sub(r'value="\w{64}"', "", answer.content.decode()) for answer in answers}
    assert len(pages) == 1
    assert WRONG not in pages.pop()


def test_a_wrong_passphrase_costs_a_try_and_not_the_code(client, ready):
    code = code_for(client, ready.case)
    for _ in range(4):
        collect(client, ready.case, code, WRONG)
    assert collect(client, ready.case, code, PASSPHRASE).status_code == 200


def test_five_wrong_passphrases_spend_the_code(client, ready):
    code = code_for(client, ready.case)
    for _ in range(5):
        collect(client, ready.case, code, WRONG)
    assert collect(client, ready.case, code, PASSPHRASE).status_code == 403
    new = code_for(client, ready.case)
    assert collect(client, ready.case, new, PASSPHRASE).status_code == 200


def test_guesses_of_code_and_passphrase_count_together(client, ready):
    code = code_for(client, ready.case)
    other = "000000" if code != "000000" else "111111"
    for guess in [(other, PASSPHRASE), (code, WRONG)] * 2 + [(other, PASSPHRASE)]:
        collect(client, ready.case, *guess)
    assert collect(client, ready.case, code, PASSPHRASE).status_code == 403


def test_a_code_opens_once_and_a_new_one_opens_again(client, ready):
    code = code_for(client, ready.case)
    assert collect(client, ready.case, code, PASSPHRASE).status_code == 200
    assert collect(client, ready.case, code, PASSPHRASE).status_code == 403
    assert collect(client, ready.case, code_for(client, ready.case), PASSPHRASE).status_code == 200


def test_the_code_of_a_link_does_not_open_the_copy(client, ready):
    send_mail(ready.case.outbox.filter(kind="acknowledged").get())
    code = re.search(r"\b(\d{6})\b", mail.outbox[-1].body)[1]
    with pytest.raises(WrongSecret):
        collect_copy(ready.case, code=code, passphrase=PASSPHRASE)


def test_without_a_session_of_the_case_nothing_is_sent_and_nothing_opens(client, ready):
    code = code_for(client, ready.case)
    stranger = Client()
    stranger.post(f"/cases/{ready.case.reference}/copy/code/")
    assert ready.case.outbox.filter(kind="collect_code").count() == 1
    answer = collect(stranger, ready.case, code, PASSPHRASE)
    assert answer["Location"] == f"/cases/{ready.case.reference}/open/"


def test_an_empty_form_costs_no_try(client, ready):
    code_for(client, ready.case)
    assert collect(client, ready.case, "", "").status_code == 422
    assert OneTimeCode.objects.get(purpose="collect").tries_left == 5


def test_before_the_copy_is_ready_the_page_says_so(client):
    case = file(Right.ACCESS)
    open_for(client, case)
    shown = client.get(f"/cases/{case.reference}/copy/").content.decode()
    assert "There is no copy to collect just now" in shown
    assert collect(client, case, "123456", PASSPHRASE).status_code == 409


def test_after_its_days_the_copy_is_gone_and_the_page_says_so(client, ready):
    code = code_for(client, ready.case)
    purge_blob(ready.delivery.blob)
    answer = collect(client, ready.case, code, PASSPHRASE)
    assert answer.status_code == 410
    assert "has been deleted, with its key" in answer.content.decode()


def test_a_passphrase_is_chosen_once_and_before_there_is_a_copy(client):
    case = rights_request_at(State.SEARCHING, Right.ACCESS).case
    Case.objects.filter(pk=case.pk).update(passphrase_hash="")
    open_for(client, case)
    address = f"/cases/{case.reference}/passphrase/"
    assert "Choose a passphrase" in client.get(f"/cases/{case.reference}/").content.decode()
    assert client.post(address, {"passphrase": "too short"}).status_code == 422
    assert client.post(address, {"passphrase": PASSPHRASE}).status_code == 302
    case.refresh_from_db()
    chosen = case.passphrase_hash
    assert client.post(address, {"passphrase": WRONG}).status_code == 422
    case.refresh_from_db()
    assert case.passphrase_hash == chosen
    assert address not in client.get(f"/cases/{case.reference}/").content.decode()


def test_whoever_got_the_mailbox_cannot_choose_a_passphrase_for_a_copy_that_is_ready(client, ready):
    Case.objects.filter(pk=ready.case_id).update(passphrase_hash="")
    address = f"/cases/{ready.case.reference}/passphrase/"
    assert client.post(address, {"passphrase": WRONG}).status_code == 422
    ready.case.refresh_from_db()
    assert ready.case.passphrase_hash == ""
    shown = client.get(f"/cases/{ready.case.reference}/copy/").content.decode()
    assert "No passphrase was chosen" in shown
    assert collect(client, ready.case, code_for(client, ready.case), "").status_code == 422
    assert collect(client, ready.case, code_for(client, ready.case), WRONG).status_code == 403
