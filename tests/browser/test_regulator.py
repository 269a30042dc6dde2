"""The authority's door in a real browser: signing in with two factors, figures, what is refused."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.utils import timezone

from subjects.actions.admit_regulator import Admission, Admitted, admit_regulator
from subjects.actions.revoke_regulator import revoke_regulator
from subjects.actions.sign_in_regulator import STEP_SECONDS, code_at
from subjects.audit.sequencer import sequence
from subjects.lifecycle import State
from subjects.models import RegulatorAccess, RegulatorVisit, Right
from subjects.rates import IN_PROCESS, RatesCache
from tests.browser.conftest import WIDTHS, faults_of
from tests.cases import PASSWORD, approve_it, finish, rights_request_at, staff

pytestmark = pytest.mark.django_db(transaction=True)
SHOTS = os.environ.get("REGULATOR_SCREENSHOTS", "")


@pytest.fixture(autouse=True)
def _log_and_counters_of_its_own(settings, tmp_path, memory_stores, monkeypatch) -> Iterator[None]:
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_KEYS_DIR = tmp_path / "log-keys"
    caches[IN_PROCESS].clear()
    monkeypatch.setattr(RatesCache, "without_redis_until", float("inf"))
    return


def admitted(**scope: object) -> Admitted:
    today = timezone.localdate()
    filled: dict[str, Any] = {
        "authority": "Commission nationale de l'informatique et des libertés",
        "person": "An inspector",
        "from_day": today - timedelta(days=120),
        "to_day": today,
        "last_day": today + timedelta(days=14),
        "packages": True,
    }
    return admit_regulator(Admission(**filled | scope), by=staff("dpo"))


def three_cases() -> None:
    """File three cases: one answered late, one erased, one open and extended."""
    begun = timezone.now() - timedelta(days=70)
    with time_machine.travel(begun, tick=True):
        rights_request_at(State.SEARCHING, Right.ACCESS)
        erased = rights_request_at(State.AWAITING_APPROVAL, Right.ERASURE)
    with time_machine.travel(begun + timedelta(days=12), tick=True):
        approve_it(erased)
        finish(erased)
    rights_request_at(State.SEARCHING, Right.OBJECTION, Right.ACCESS)
    while sequence():
        pass


def code_now(made: Admitted) -> str:
    return code_at(made.factor, int(timezone.now().timestamp()) // STEP_SECONDS)


def give_password(page: Any, made: Admitted, password: str = "") -> None:
    page.goto("/regulator/sign-in/")
    page.get_by_label("Name").fill(made.access.name)
    page.get_by_label("Password").fill(password or made.password)
    page.get_by_role("button", name="Go on to the code").click()


def sign_in(page: Any, made: Admitted) -> None:
    RegulatorAccess.objects.update(last_code=-1)  # several browsers within one code
    give_password(page, made)
    page.get_by_label("Code of your authenticator program").fill(code_now(made))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/regulator/")


def shoot(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def test_every_page_is_accessible_and_fits_a_phone(new_context: Callable[..., Any]) -> None:
    three_cases()
    made = admitted()
    faults: list[str] = []
    for width in WIDTHS:
        page = new_context(width, bypass_csp=True).new_page()
        page.goto("/regulator/sign-in/")
        shoot(page, f"sign-in-{width}")
        faults += faults_of(page)
        give_password(page, made)
        shoot(page, f"code-{width}")
        faults += faults_of(page)
        sign_in(page, made)
        page.goto("/regulator/cases/")
        case = page.locator("a.regulator-code").last.get_attribute("href")
        addresses = {
            **{name: f"/regulator/{name}/" for name in ("figures", "cases", "packages")},
            **{name: f"/regulator/{name}/" for name in ("texts", "guide", "accesses")},
            "start": "/regulator/",
            "case": case,
            "deadlines": f"{case}deadlines/",
            "text": "/regulator/texts/letters/refusal.txt",
            "wrong": "/regulator/figures/?start=yesterday",
            "outside": "/regulator/figures/?start=2000-01-01",
        }
        for name, address in addresses.items():
            page.goto(address)
            shoot(page, f"{name}-{width}")
            faults += [f"{name} at {width}: {fault}" for fault in faults_of(page)]
        page.goto("/regulator/packages/")
        page.get_by_role("button", name="Order a package").click()
        page.get_by_text("Waiting for a worker").wait_for()
        shoot(page, f"package-{width}")
        faults += faults_of(page)
    assert faults == []


def test_the_pages_of_the_officer_are_accessible_and_fit_a_phone(
    new_context: Callable[..., Any],
) -> None:
    made = admitted(rights=("art15", "art17"), countries=("DE", "FR"))
    faults: list[str] = []
    for width in WIDTHS:
        page = new_context(width, bypass_csp=True).new_page()
        give_password(page, made, "wrong")
        page.goto("/desk/")
        page.get_by_label("Name").fill(staff("dpo").username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/desk/")
        page.get_by_role("link", name="Authorities").click()
        shoot(page, f"desk-list-{width}")
        faults += faults_of(page)
        page.get_by_role("link", name=made.access.name).click()
        shoot(page, f"desk-one-{width}")
        faults += faults_of(page)
        page.goto("/desk/regulators/new/")
        page.get_by_role("button", name="Make the account").click()
        shoot(page, f"desk-wrong-{width}")
        faults += faults_of(page)
        page.get_by_label("Authority", exact=True).fill("CNIL")
        page.get_by_label("Who gets the account").fill("An inspector")
        page.get_by_label("Requests from").fill("2026-01-01")
        page.get_by_role("button", name="Make the account").click()
        page.get_by_role("heading", name="The account is made").wait_for()
        assert page.get_by_alt_text("as a QR code").evaluate("node => node.naturalWidth") > 0
        shoot(page, f"desk-made-{width}")
        faults += faults_of(page)
    assert faults == []


def test_an_authority_signs_in_and_reads_without_scripts(new_context: Callable[..., Any]) -> None:
    three_cases()
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, admitted())
    page.get_by_role("link", name="Figures").first.click()
    page.get_by_role("img", name="Open requests over time").wait_for()
    page.get_by_role("link", name="Cases").first.click()
    page.locator("a.regulator-code").last.click()
    page.get_by_role("heading", name="A right was exercised. The time limit runs.").first.wait_for()
    page.get_by_role("link", name="How its dates were computed").click()
    page.get_by_text("The entry says the same").first.wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", name="Sign in as an authority").wait_for()


def test_what_is_refused_says_so_and_is_noted(new_context: Callable[..., Any]) -> None:
    made = admitted()
    page = new_context(java_script_enabled=False).new_page()
    give_password(page, made, "wrong")
    page.get_by_text("do not fit together").first.wait_for()
    give_password(page, made)
    page.get_by_label("Code of your authenticator program").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("does not fit, or it has been used").first.wait_for()
    sign_in(page, made)
    page.goto("/regulator/cases/0123456789abcdef/")
    page.get_by_role("heading", name="Outside the scope").wait_for()
    RegulatorAccess.objects.update(expires_at=timezone.now())
    page.goto("/regulator/figures/")
    page.get_by_role("heading", name="This access has ended").wait_for()
    shoot(page, "shut")
    RegulatorAccess.objects.update(expires_at=timezone.now() + timedelta(days=1))
    sign_in(page, made)
    revoke_regulator(made.access, by=staff("dpo"))
    page.goto("/regulator/figures/")
    page.get_by_text("This access was closed.").wait_for()
    noted = RegulatorVisit.objects.exclude(refused="").order_by("id")
    assert list(noted.values_list("refused", flat=True)) == [
        "wrong-password",
        "wrong-factor",
        "out-of-scope",
        "expired",
        "revoked",
    ]
