"""Who comes in where: every route has its policy, sessions end, and signing in is slowed down."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, reverse
from django.utils import timezone

from subjects.audit.log import entries
from subjects.desk.urls import urlpatterns
from subjects.lifecycle import State
from subjects.models import Case, RightsRequest
from tests.cases import PASSWORD, rights_request_at, staff

pytestmark = pytest.mark.django_db

LOGIN = 302
WRONG = PASSWORD[::-1]
ALLOWED = {
    # route: (no role, reviewer, approver, dpo) for GET, then the same for POST
    "sign_in": ((200, 200, 200, 200), (200, 200, 200, 200)),
    "sign_out": ((405, 405, 405, 405), (302, 302, 302, 302)),
    "queue": ((403, 200, 200, 200), (403, 405, 405, 405)),
    "case": ((403, 200, 200, 200), (403, 405, 405, 405)),
    "passphrase": ((403, 200, 403, 200), (403, 409, 403, 409)),
    "identity": ((403, 405, 403, 405), (403, 400, 403, 400)),
    "probe": ((403, 200, 200, 200), (403, 405, 405, 405)),
    "candidate": ((403, 200, 200, 200), (403, 405, 405, 405)),
    "picture": ((403, 200, 200, 200), (403, 405, 405, 405)),
    "decide": ((403, 405, 403, 405), (403, 400, 403, 400)),
    "propose": ((403, 200, 403, 200), (403, 400, 403, 400)),
    "approve": ((403, 403, 200, 200), (403, 403, 400, 400)),
    "send_back": ((403, 405, 405, 405), (403, 409, 409, 409)),
    "extend": ((403, 200, 403, 200), (403, 400, 403, 400)),
    "withdraw": ((403, 200, 403, 200), (403, 400, 403, 400)),
    "resume": ((403, 405, 405, 405), (403, 409, 409, 409)),
    "regulators": ((403, 403, 403, 200), (403, 403, 403, 405)),
    "new_regulator": ((403, 403, 403, 200), (403, 403, 403, 400)),
    "regulator": ((403, 403, 403, 404), (403, 403, 403, 405)),
    "revoke_regulator": ((403, 403, 403, 405), (403, 403, 403, 404)),
    "packages": ((403, 403, 403, 200), (403, 403, 403, 400)),
    "package": ((403, 403, 403, 404), (403, 403, 403, 405)),
    "orders": ((403, 403, 403, 200), (403, 403, 403, 405)),
    "new_order": ((403, 403, 403, 200), (403, 403, 403, 400)),
    "order": ((403, 403, 403, 404), (403, 403, 403, 405)),
    "order_pack": ((403, 403, 403, 404), (403, 403, 403, 405)),
    "count_order": ((403, 403, 403, 405), (403, 403, 403, 404)),
    "prove_order": ((403, 403, 403, 405), (403, 403, 403, 404)),
    "answer_order": ((403, 403, 403, 405), (403, 403, 403, 404)),
    "disclose_order": ((403, 403, 403, 405), (403, 403, 403, 404)),
    "log": ((403, 403, 403, 200), (403, 403, 403, 405)),
    "go_on": ((403, 405, 403, 405), (403, 409, 403, 409)),
}
"""What each role gets of a request in review, for an empty form."""
ROLES = ("", "reviewer", "approver", "dpo")


@pytest.fixture
def row():
    return rights_request_at(State.IN_REVIEW)


def address(pattern: URLPattern, row: RightsRequest) -> str:
    known = {
        "reference": row.case.reference,
        "found": row.case.found.first().pk,
        "pk": row.case.probes.get().pk if pattern.name == "probe" else row.pk,
    }
    wanted = pattern.pattern.converters
    return reverse(f"desk:{pattern.name}", kwargs={name: known[name] for name in wanted})


def test_every_route_declares_whom_it_lets_in():
    assert [one.name for one in urlpatterns if not hasattr(one.callback, "policy")] == []
    assert {one.name for one in urlpatterns} == set(ALLOWED)
    open_to_all = {one.name for one in urlpatterns if one.callback.policy is None}
    assert open_to_all == {"sign_in", "sign_out"}


def test_nobody_comes_in_without_signing_in(row):
    before = len(entries(row.case_id))
    for pattern in urlpatterns:
        if pattern.callback.policy is None:
            continue
        url = address(pattern, row)
        for answer in (Client().get(url), Client().post(url)):
            assert answer.status_code == LOGIN, url
            assert answer["Location"].startswith("/desk/sign-in/?next=/desk/"), url
    assert len(entries(row.case_id)) == before


@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_what_its_policy_says_and_nothing_moves(signed_in, row, role):
    browser = signed_in(role, role or "nobody")
    # Signing out comes last.
    for pattern in sorted(urlpatterns, key=lambda one: one.name == "sign_out"):
        if pattern.name == "picture" and role != "reviewer":
            continue  # painting others over takes seconds; its policy is that of the candidate
        url = address(pattern, row)
        by_get, by_post = (each[ROLES.index(role)] for each in ALLOWED[pattern.name])
        assert browser.get(url).status_code == by_get, f"GET {url}"
        assert browser.post(url).status_code == by_post, f"POST {url}"
    again = RightsRequest.objects.get(pk=row.pk)
    assert (again.state, again.proposal, again.extended_to) == (State.IN_REVIEW, "", None)
    assert Case.objects.get(pk=row.case_id).identity_tier == row.case.identity_tier


def test_whoever_has_left_the_house_is_out_at_once(signed_in):
    browser = signed_in("reviewer")
    User.objects.filter(username="reviewer").update(is_active=False)
    assert browser.get("/desk/").status_code == LOGIN


def test_what_does_not_exist_is_not_found(signed_in):
    browser, nobody = signed_in("dpo"), "00000000-0000-4000-8000-000000000000"
    assert browser.get("/desk/cases/FR-0000-0000/").status_code == 404
    for verb in ("propose", "approve", "extend", "withdraw"):
        assert browser.get(f"/desk/requests/{nobody}/{verb}/").status_code == 404


def test_a_session_ends_after_fifteen_idle_minutes(signed_in):
    start = timezone.now()
    browser = signed_in("reviewer")
    with time_machine.travel(start + timedelta(minutes=14), tick=False):
        assert browser.get("/desk/").status_code == 200
    with time_machine.travel(start + timedelta(minutes=28), tick=False):
        assert browser.get("/desk/").status_code == 200
    with time_machine.travel(start + timedelta(minutes=44), tick=False):
        assert browser.get("/desk/").status_code == LOGIN
    assert browser.get("/desk/").status_code == LOGIN


def test_a_session_ends_after_eight_hours_however_busy(signed_in):
    start = timezone.now()
    browser = signed_in("reviewer")
    for minutes in range(10, 8 * 60 + 1, 10):
        with time_machine.travel(start + timedelta(minutes=minutes), tick=False):
            assert browser.get("/desk/").status_code == 200, minutes
    with time_machine.travel(start + timedelta(minutes=8 * 60 + 1), tick=False):
        assert browser.get("/desk/").status_code == LOGIN


def test_a_wrong_password_in_an_old_session_makes_it_no_younger(signed_in):
    start = timezone.now()
    browser = signed_in("reviewer")
    with time_machine.travel(start + timedelta(minutes=14), tick=False):
        browser.post("/desk/sign-in/", {"username": "reviewer", "password": "wrong"})
    with time_machine.travel(start + timedelta(minutes=16), tick=False):
        assert browser.get("/desk/").status_code == LOGIN


def test_a_session_that_did_not_come_through_the_door_is_none():
    browser = Client()
    browser.force_login(staff("reviewer"))
    assert browser.get("/desk/").status_code == LOGIN


def test_after_signing_out_the_way_back_is_closed(signed_in):
    browser = signed_in("reviewer")
    assert browser.post("/desk/sign-out/").status_code == 302
    assert browser.get("/desk/").status_code == LOGIN


def tries(name, password=WRONG):
    answer = Client().post("/desk/sign-in/", {"username": name, "password": password})
    return answer.status_code, answer.content.decode()


def test_an_unknown_name_and_a_wrong_password_get_the_same_page():
    staff("reviewer")
    left = User.objects.create_user("left", password=PASSWORD, is_active=False)
    pages = [tries("reviewer"), tries("nobody-here"), tries(left.username, PASSWORD)]
    plain = {
        (status, _without_token(page).replace(name, "NAME"))
        for (status, page), name in zip(pages, ("reviewer", "nobody-here", "left"), strict=True)
    }
    assert len(plain) == 1
    assert "do not fit together" in pages[0][1]


def _without_token(page):
    return "\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


def test_many_tries_are_slowed_down_and_nobody_is_locked_out():
    staff("reviewer")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        outcomes = [tries("reviewer")[0] for _ in range(12)]
        assert outcomes == [200] * 10 + [429] * 2
        assert tries("reviewer", PASSWORD)[0] == 429
        assert tries("somebody-else")[0] == 200
        clock.shift(timedelta(minutes=2))
        assert tries("reviewer", PASSWORD)[0] == 302


def test_a_colleague_elsewhere_is_not_kept_out_by_tries_from_here():
    staff("reviewer")
    for _ in range(12):
        tries("reviewer")
    elsewhere = Client(REMOTE_ADDR="203.0.113.7")
    answer = elsewhere.post("/desk/sign-in/", {"username": "reviewer", "password": PASSWORD})
    assert answer.status_code == 302


def test_the_way_back_leads_to_this_house_only():
    staff("reviewer")
    answer = Client().post(
        "/desk/sign-in/",
        {"username": "reviewer", "password": PASSWORD, "next": "https://elsewhere.example/"},
    )
    assert answer["Location"] == "/desk/"


def test_pages_of_the_desk_are_kept_by_no_browser(signed_in, row):
    browser = signed_in("dpo")
    for url in ("/desk/", f"/desk/cases/{row.case.reference}/", "/desk/sign-in/"):
        assert "no-store" in browser.get(url)["Cache-Control"]


def test_what_changes_something_asks_for_the_token_of_its_form(row):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(staff("dpo"))
    answer = strict.post(f"/desk/requests/{row.pk}/withdraw/", {"note": "no token"})
    assert answer.status_code == 403
