"""Two factors: the same words for a wrong name and password, and each code counts once."""

import hmac
import struct
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from subjects.actions.sign_in_regulator import MOST_WRONG_CODES, code_at
from subjects.audit.events import EventType
from subjects.audit.leaf import HOUSE
from subjects.audit.log import entries
from subjects.models import RegulatorAccess, RegulatorVisit
from tests.regulator.conftest import code_now, give_password, sign_in

pytestmark = pytest.mark.django_db


def refused():
    rows = RegulatorVisit.objects.exclude(refused="").order_by("id")
    return list(rows.values_list("refused", flat=True))


def without_token(page):
    lines = page.content.decode().splitlines()
    return "\n".join(line for line in lines if "csrfmiddlewaretoken" not in line)


def by_hand(secret, step):
    """Compute a code as RFC 4226 and RFC 6238 say, with the standard library."""
    digest = hmac.digest(secret, struct.pack(">Q", step), "sha1")
    place = digest[-1] & 15
    number = struct.unpack(">I", digest[place : place + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**6:06d}"


def test_codes_are_those_of_any_authenticator_program():
    secret = b"12345678901234567890"
    assert code_at(secret, 1) == "287082"  # RFC 6238, appendix B: 94287082
    for step in (0, 1, 37037036, 41152263, 666666666):
        assert code_at(secret, step) == by_hand(secret, step)


def test_a_wrong_name_and_a_wrong_password_get_the_same_page(admit):
    made = admit()
    _browser, wrong = give_password(made, "not the password")
    unknown = Client().post(
        "/regulator/sign-in/", {"name": "authority-nobody", "password": "not the password"}
    )
    assert wrong.status_code == unknown.status_code == 200
    same = without_token(wrong).replace(made.access.name, "NAME")
    assert same == without_token(unknown).replace("authority-nobody", "NAME")
    assert "do not fit together" in same
    assert refused() == ["wrong-password"]
    entry = entries(HOUSE)[-1]
    assert (entry.type, entry.fields["reason"]) == (EventType.ACCESS_REFUSED, "wrong-password")


def test_a_stranger_cannot_fill_the_log_with_names():
    before = len(entries(HOUSE))
    for number in range(5):
        Client().post("/regulator/sign-in/", {"name": f"name-{number}", "password": "x"})
    assert len(entries(HOUSE)) == before


def test_the_password_alone_opens_nothing(admit):
    browser, _answer = give_password(admit())
    assert browser.get("/regulator/").status_code == 302
    assert Client().get("/regulator/code/")["Location"] == "/regulator/sign-in/"


def test_the_code_must_come_soon_after_the_password(admit):
    made, begun = admit(), timezone.now()
    with time_machine.travel(begun, tick=False):
        browser, _answer = give_password(made)
    with time_machine.travel(begun + timedelta(minutes=6), tick=False):
        answer = browser.post("/regulator/code/", {"code": code_now(made)})
        assert answer["Location"] == "/regulator/sign-in/"


@pytest.mark.parametrize("code", ["000000", "", "12345", "٠١٢٣٤٥", "9" * 16, "a b c"])
def test_a_wrong_code_is_refused_and_noted(admit, code):
    made = admit()
    assert code != code_now(made)
    browser, _answer = give_password(made)
    answer = browser.post("/regulator/code/", {"code": code})
    assert answer.status_code == 200
    assert browser.get("/regulator/").status_code == 302
    assert refused() == (["wrong-factor"] if code else [])


def test_a_code_counts_once_and_an_older_one_no_more(admit):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        made = admit()
        sign_in(made)
        for steps in (0, -1):
            browser, _answer = give_password(made)
            answer = browser.post("/regulator/code/", {"code": code_now(made, steps)})
            assert "has been used" in answer.content.decode()
        assert refused() == ["wrong-factor"] * 2
        clock.shift(timedelta(seconds=30))
        sign_in(made)


@pytest.mark.parametrize(("steps", "lets_in"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_the_clock_of_a_telephone_may_be_one_step_off(admit, steps, lets_in):
    with time_machine.travel(timezone.now(), tick=False):
        made = admit()
        browser, _answer = give_password(made)
        answer = browser.post("/regulator/code/", {"code": code_now(made, steps)})
        assert (answer.status_code == 302) is lets_in


def test_many_tries_are_slowed_down(admit):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        made = admit()
        tries = [give_password(made, "wrong")[1].status_code for _ in range(12)]
        assert tries == [200] * 10 + [429] * 2
        clock.shift(timedelta(minutes=2))
        browser, _answer = give_password(made)
        codes = [browser.post("/regulator/code/", {"code": "000000"}) for _ in range(7)]
        assert [one.status_code for one in codes] == [200] * 5 + [429] * 2
        assert codes[-1]["Retry-After"] == "60"


def test_after_too_many_wrong_codes_in_a_row_the_right_one_opens_nothing(admit):
    made = admit()
    RegulatorAccess.objects.update(wrong_codes=MOST_WRONG_CODES)
    browser, _answer = give_password(made)
    answer = browser.post("/regulator/code/", {"code": code_now(made)})
    assert answer.status_code == 403
    assert "Too many wrong codes" in answer.content.decode()
    assert refused() == ["rate"]


def test_a_good_sign_in_begins_the_count_again(admit):
    made = admit()
    browser, _answer = give_password(made)
    browser.post("/regulator/code/", {"code": "000000"})
    assert RegulatorAccess.objects.get().wrong_codes == 1
    sign_in(made)
    assert RegulatorAccess.objects.get().wrong_codes == 0
