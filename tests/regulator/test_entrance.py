"""Who comes in: every route asks for a live account on every request, and notes what it showed."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from subjects.actions.revoke_regulator import revoke_regulator
from subjects.audit.events import EventType
from subjects.audit.leaf import HOUSE
from subjects.audit.log import entries
from subjects.audit.words import PAGES
from subjects.lifecycle import State
from subjects.models import RegulatorAccess, RegulatorVisit
from subjects.regulator.urls import urlpatterns
from tests.cases import PASSWORD, rights_request_at, staff
from tests.receipts import publish_log
from tests.regulator.conftest import code_now, give_password, sign_in

pytestmark = pytest.mark.django_db
UNKNOWN = {
    "pseudonym": "0123456789abcdef",
    "path": "law/rights.toml",
    "pk": "00000000-0000-4000-8000-000000000000",
}
OPEN_TO_ALL = {"sign_in", "code", "sign_out"}
WRITES = {"sign_in", "code", "sign_out", "packages"}


def address(pattern):
    wanted = pattern.pattern.converters
    return reverse(f"regulator:{pattern.name}", kwargs={name: UNKNOWN[name] for name in wanted})


def refusals():
    return list(
        RegulatorVisit.objects.exclude(refused="").order_by("id").values_list("page", "refused")
    )


def house(event):
    return [one for one in entries(HOUSE) if one.type is event]


def test_every_route_declares_its_page_in_the_words_of_the_log():
    assert [one.name for one in urlpatterns if not hasattr(one.callback, "page")] == []
    assert {one.name for one in urlpatterns if one.callback.page is None} == OPEN_TO_ALL
    assert {one.callback.page for one in urlpatterns} - {None} <= set(PAGES)
    assert set(RegulatorVisit.Page.values) == set(PAGES)


def test_nobody_comes_in_without_signing_in_nor_with_an_account_of_the_desk():
    officer = Client()
    officer.post("/desk/sign-in/", {"username": staff("dpo").username, "password": PASSWORD})
    for pattern in urlpatterns:
        if pattern.name in OPEN_TO_ALL:
            continue
        for browser in (Client(), officer):
            for answer in (browser.get(address(pattern)), browser.post(address(pattern))):
                assert answer.status_code == 302, pattern.name
                assert answer["Location"] == "/regulator/sign-in/"
    assert RegulatorVisit.objects.count() == 0


def test_no_route_writes_but_the_order_of_a_package(admit):
    browser = sign_in(admit())
    for pattern in urlpatterns:
        if pattern.name not in WRITES:
            for method in ("post", "put", "patch", "delete"):
                answer = getattr(browser, method)(address(pattern))
                assert answer.status_code == 405, f"{method} {pattern.name}"


def test_an_authority_is_nobody_at_the_desk(admit):
    browser = sign_in(admit())
    assert browser.get("/desk/")["Location"].startswith("/desk/sign-in/")


def test_each_page_that_is_opened_stands_in_the_log_and_in_the_list(admit):
    rights_request_at(State.SEARCHING)
    publish_log()
    made = admit()
    browser = sign_in(made)
    before = len(house(EventType.ACCESS_VIEWED))
    opened = ["start", "figures", "cases", "texts", "guide", "accesses"]
    for name in opened:
        assert browser.get(reverse(f"regulator:{name}")).status_code == 200, name
    viewed = house(EventType.ACCESS_VIEWED)[before:]
    assert [one.fields["page"] for one in viewed] == opened
    assert {one.fields["actor"].partition("/")[0] for one in viewed} == {"role:regulator"}
    visits = made.access.visits.order_by("id")
    assert list(visits.values_list("page", flat=True)) == ["sign-in", *opened]
    assert {one.id for one in viewed} <= set(visits.values_list("event", flat=True))
    listed = browser.get(reverse("regulator:accesses")).content.decode()
    assert listed.count("portal-timeline__entry") == len(opened) + 1


def test_nothing_is_shown_when_it_cannot_be_noted(admit, monkeypatch):
    browser = sign_in(admit())
    broken = OSError("the log takes nothing")

    def refuse(*_arguments, **_options):
        raise broken

    monkeypatch.setattr("subjects.actions.note_regulator_access.record_system", refuse)
    with pytest.raises(OSError, match="takes nothing"):
        browser.get("/regulator/figures/")


def test_after_its_last_day_the_door_is_shut_in_the_middle_of_a_session(admit, settings):
    made = admit(last_day=timezone.localdate())
    with time_machine.travel(made.access.expires_at - timedelta(minutes=1), tick=False) as clock:
        browser = sign_in(made)
        assert browser.get("/regulator/").status_code == 200
        clock.shift(timedelta(minutes=2))
        answer = browser.get("/regulator/figures/")
        page = answer.content.decode()
        assert answer.status_code == 403
        assert timezone.localdate(made.access.created_at).strftime("%B %Y") in page
        assert settings.DPO_CONTACT in page
        assert refusals() == [("figures", "expired")]
        assert house(EventType.ACCESS_REFUSED)[-1].fields["reason"] == "expired"
        assert browser.get("/regulator/figures/").status_code == 302
        _browser, answer = give_password(made)
        assert answer.status_code == 403
        assert refusals()[-1] == ("sign-in", "expired")


def test_a_closed_access_is_out_at_once(admit):
    made = admit()
    browser = sign_in(made)
    assert revoke_regulator(made.access, by=staff("dpo"))
    assert not revoke_regulator(made.access, by=staff("dpo"))
    assert browser.get("/regulator/cases/").status_code == 403
    assert refusals() == [("cases", "revoked")]
    assert give_password(made)[1].status_code == 403
    assert len(house(EventType.REGULATOR_REVOKED)) == 1


def test_a_session_ends_after_fifteen_idle_minutes_and_after_eight_hours(admit):
    made, begun = admit(), timezone.now()
    with time_machine.travel(begun, tick=False):
        browser = sign_in(made)
    with time_machine.travel(begun + timedelta(minutes=14), tick=False):
        assert browser.get("/regulator/").status_code == 200
    with time_machine.travel(begun + timedelta(minutes=30), tick=False):
        assert browser.get("/regulator/").status_code == 302
    with time_machine.travel(begun + timedelta(hours=1), tick=False):
        browser = sign_in(made)
        for minutes in range(0, 8 * 60 + 1, 14):
            with time_machine.travel(begun + timedelta(minutes=60 + minutes), tick=False):
                assert browser.get("/regulator/").status_code == 200, minutes
        with time_machine.travel(begun + timedelta(minutes=60 + 481), tick=False):
            assert browser.get("/regulator/").status_code == 302


def test_signing_out_ends_it_and_signing_in_takes_a_new_session(admit):
    made = admit()
    browser, _answer = give_password(made)
    before = browser.session.session_key
    browser.post("/regulator/code/", {"code": code_now(made)})
    after = browser.session.session_key
    assert before != after
    browser.post("/regulator/sign-out/")
    old = Client()
    old.cookies["sessionid"] = after
    assert old.get("/regulator/").status_code == 302


def test_no_browser_keeps_a_page(admit):
    browser = sign_in(admit())
    for page in ("/regulator/", "/regulator/sign-in/", "/regulator/figures/"):
        assert "no-store" in browser.get(page)["Cache-Control"]


def test_what_signs_in_asks_for_the_token_of_its_form(admit):
    made = admit()
    strict = Client(enforce_csrf_checks=True)
    fields = {"name": made.access.name, "password": made.password}
    assert strict.post("/regulator/sign-in/", fields).status_code == 403
    assert RegulatorAccess.objects.get().visits.count() == 0
