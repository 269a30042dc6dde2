"""A person opens a case: once, by POST, and nobody learns whether a case exists."""

import re
import time
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from subjects.actions.send_mail import send_mail
from subjects.models import Case, OneTimeCode, Outbox
from subjects.models.reference import new_reference
from subjects.portal import access
from tests.cases import file
from tests.portal.conftest import open_for

pytestmark = pytest.mark.django_db
UNKNOWN = "FR-7K3Q-92MX"


@pytest.fixture
def case():
    return file("access")


def mailed(case):
    """Send the newest mail of a case; returns the link's secret and the code."""
    send_mail(case.outbox.filter(sent_at=None).latest("created_at"))
    text = mail.outbox[-1].body
    return re.search(r"#(\S+)", text)[1], re.search(r"\b(\d{6})\b", text)[1]


def page_of(case):
    return f"/cases/{case.reference}/"


def masked(answer, reference):
    """Return what the answer says, without the reference and the token against forgery."""
    text = answer.content.decode().replace(reference, "REFERENCE")
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


def test_the_link_opens_the_case_and_confirms_the_contact(client, case):
    secret, _code = mailed(case)
    answer = client.post(page_of(case) + "open/", {"secret": secret})
    assert answer["Location"] == page_of(case)
    case.refresh_from_db()
    assert case.contact_confirmed_at
    assert case.rights_requests.get().state == "searching"
    assert client.get(page_of(case)).status_code == 200


def test_so_does_the_code_also_with_a_space_in_it(client, case):
    _secret, code = mailed(case)
    answer = client.post(page_of(case) + "open/", {"code": f" {code[:3]} {code[3:]}"})
    assert answer["Location"] == page_of(case)


def test_get_and_head_change_nothing_however_often(client, case):
    secret, _code = mailed(case)
    for address in ("open/", "send-link/", "", "consent/", "copy/code/", "withdraw/access/"):
        for _ in range(5):
            client.get(page_of(case) + address)
            client.head(page_of(case) + address)
    case.refresh_from_db()
    assert case.contact_confirmed_at is None
    assert Outbox.objects.count() == 1
    assert client.post(page_of(case) + "open/", {"secret": secret}).status_code == 302


def test_secret_and_code_open_once_together(client, case):
    secret, code = mailed(case)
    client.post(page_of(case) + "open/", {"secret": secret})
    for again in ({"secret": secret}, {"code": code}):
        assert Client().post(page_of(case) + "open/", again).status_code == 403


def test_a_new_session_key_comes_with_the_opening(client, case):
    client.get("/")
    session = client.session
    session["before"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    client.post(page_of(case) + "open/", {"secret": mailed(case)[0]})
    assert client.session.session_key != before


def test_every_wrong_answer_is_the_same_byte_for_byte(client, case):
    secret, code = mailed(case)
    client.post(page_of(case) + "open/", {"secret": secret})
    late, _ = OneTimeCode.make(case, "open", lives=timedelta(seconds=-1))
    tries = [
        (UNKNOWN, {"code": "123456"}),
        (UNKNOWN, {"secret": "x" * 43}),
        (case.reference, {"code": "123456"}),
        (case.reference, {"secret": "x" * 43}),
        (case.reference, {"secret": secret}),
        (case.reference, {"code": code}),
        (case.reference, {"secret": late}),
    ]
    answers = [
        (reference, Client().post(f"/cases/{reference}/open/", given)) for reference, given in tries
    ]
    assert {answer.status_code for _, answer in answers} == {403}
    assert len({masked(answer, reference) for reference, answer in answers}) == 1
    assert "You can ask for a new one" in answers[0][1].content.decode()


def test_known_and_unknown_references_are_the_same_on_every_address(case):
    for address in ("", "open/", "copy/", "letters/b8d4ab2a-6f4e-4d0c-9d39-0a3c0fb84e4c/"):
        known = Client().get(page_of(case) + address)
        unknown = Client().get(f"/cases/{UNKNOWN}/{address}")
        assert known.status_code == unknown.status_code
        assert masked(known, case.reference) == masked(unknown, UNKNOWN)
        assert known.get("Location", "").replace(case.reference, UNKNOWN) == (
            unknown.get("Location", "")
        )
    for address in ("send-link/", "consent/", "passphrase/", "withdraw/access/", "copy/code/"):
        known = Client().post(page_of(case) + address)
        unknown = Client().post(f"/cases/{UNKNOWN}/{address}")
        assert known.status_code == unknown.status_code
        assert masked(known, case.reference) == masked(unknown, UNKNOWN)


def test_guessing_references_finds_nothing(case):
    guesses = {new_reference("FR") for _ in range(200)} | {"FR-0000-0000", "x", "FR"}
    answers = {
        masked(Client().post(f"/cases/{guess}/open/", {"code": "123456"}), guess.upper())
        for guess in guesses - {case.reference}
    }
    assert len(answers) == 1


def test_a_wrong_opening_takes_as_long_for_a_known_case_as_for_none(case, monkeypatch):
    monkeypatch.setattr(access, "EVEN_SECONDS", 0.05)
    for reference in (case.reference, UNKNOWN):
        began = time.monotonic()
        Client().post(f"/cases/{reference}/open/", {"code": "123456"})
        assert time.monotonic() - began >= 0.05


def test_five_wrong_codes_spend_the_code_but_never_the_link(client, case):
    secret, code = mailed(case)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(6):
        assert client.post(page_of(case) + "open/", {"code": wrong}).status_code == 403
    assert client.post(page_of(case) + "open/", {"code": code}).status_code == 403
    assert client.post(page_of(case) + "open/", {"secret": secret}).status_code == 302


def test_an_empty_form_is_asked_for_again_and_costs_no_try(client, case):
    mailed(case)
    assert client.post(page_of(case) + "open/", {}).status_code == 422
    assert OneTimeCode.objects.get().tries_left == 5


def test_a_reference_is_understood_as_people_type_it(client, case):
    typed = case.reference.lower().replace("-", "")
    assert client.get("/cases/", {"reference": f" {typed} "})["Location"] == page_of(case) + "open/"
    open_for(client, case)
    assert client.get(f"/cases/{typed}/").status_code == 200


def test_a_typing_error_in_a_reference_is_told(client):
    answer = client.get("/cases/", {"reference": "FR-7K3Q-92MY"})
    assert answer.status_code == 422
    assert "typing error" in answer.content.decode()


def test_a_new_link_is_always_sent_by_the_same_page_and_at_most_five_a_day(client, case):
    case.outbox.all().delete()
    pages = {
        masked(client.post(f"/cases/{reference}/send-link/"), reference)
        for reference in (case.reference, UNKNOWN)
        for _ in range(8)
    }
    assert len(pages) == 1
    assert case.outbox.count() == 5


def test_a_session_is_for_its_case_only(client, case):
    other = file("access")
    open_for(client, case)
    assert client.get(page_of(case)).status_code == 200
    assert client.get(page_of(other))["Location"] == page_of(other) + "open/"


def test_a_session_keeps_the_last_five_cases(client):
    opened = [file("access") for _ in range(6)]
    for each in opened:
        client.post(page_of(each) + "open/", {"secret": mailed(each)[0]})
    assert client.session[access.SESSION_KEY] == [each.pk.hex for each in opened[1:]]


def test_no_secret_stands_in_an_address_or_is_kept_as_it_is(client, case):
    secret, code = mailed(case)
    answer = client.post(page_of(case) + "open/", {"secret": secret, "code": code})
    assert secret not in answer["Location"]
    kept = OneTimeCode.objects.get()
    assert not {secret, code} & {kept.secret_digest, kept.code_digest}


def test_a_wrong_secret_is_not_written_back_into_the_page(client, case):
    answer = client.post(page_of(case) + "open/", {"secret": "canary-secret", "code": "canary"})
    assert "canary" not in answer.content.decode()


def test_what_was_purged_cannot_be_opened(client, case):
    secret, _code = mailed(case)
    Case.objects.filter(pk=case.pk).update(purged_at=case.received_at)
    assert client.post(page_of(case) + "open/", {"secret": secret}).status_code == 403
