"""The officer makes an account, hands over its secrets once, and reads what it looked at."""

import base64
import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from subjects.actions.admit_regulator import MOST_DAYS, RIGHTS, Admission, admit_regulator
from subjects.actions.revoke_regulator import revoke_regulator
from subjects.audit.events import EventType
from subjects.audit.leaf import HOUSE
from subjects.audit.log import entries, payload_of
from subjects.audit.words import REASONS
from subjects.errors import AdmissionRefused
from subjects.lifecycle import State
from subjects.models import RegulatorAccess, RegulatorVisit, Right
from subjects.regulator.words import RIGHT
from tests.cases import rights_request_at, staff
from tests.desk.conftest import signed_in  # noqa: F401 - a fixture
from tests.privacy.test_canary import rows_as_text
from tests.receipts import publish_log
from tests.regulator.conftest import give_password, sign_in

pytestmark = pytest.mark.django_db
SHOWN = {name: re.compile(rf'id="{name}">\s*(.*?)\s*<') for name in ("name", "password", "factor")}


def filled(**changes):
    today = timezone.localdate()
    return {
        "authority": "CNIL",
        "person": "Inspectrice Canari",
        "from_day": today - timedelta(days=30),
        "to_day": today,
        "last_day": today + timedelta(days=14),
    } | changes


@pytest.mark.parametrize("role", ["", "reviewer", "approver"])
def test_only_the_officer_admits_and_closes(admit, role):
    nobody = staff(role, role or "nobody")
    with pytest.raises(PermissionDenied):
        admit_regulator(Admission(**filled()), by=nobody)
    made = admit()
    with pytest.raises(PermissionDenied):
        revoke_regulator(made.access, by=nobody)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("authority", {"authority": " "}),
        ("person", {"person": ""}),
        ("last_day", {"last_day": -1}),
        ("last_day", {"last_day": MOST_DAYS + 1}),
        ("from_day", {"from_day": 1, "to_day": 2}),
        ("to_day", {"from_day": -3, "to_day": -4}),
        ("to_day", {"to_day": 15}),
        ("rights", {"rights": ("art99",)}),
        ("countries", {"countries": ("FRA",)}),
        ("countries", {"countries": ("fr",)}),
        ("countries", {"countries": ("É1",)}),
    ],
)
def test_what_reaches_too_far_is_refused_and_leaves_nothing(field, changes):
    today = timezone.localdate()
    days = {
        key: today + timedelta(days=value) if isinstance(value, int) else value
        for key, value in changes.items()
    }
    before = len(entries(HOUSE))
    with pytest.raises(AdmissionRefused) as caught:
        admit_regulator(Admission(**filled(**days)), by=staff("dpo"))
    assert caught.value.field == field
    assert (RegulatorAccess.objects.count(), len(entries(HOUSE))) == (0, before)


def test_the_longest_access_is_ninety_days(admit):
    made = admit(last_day=timezone.localdate() + timedelta(days=MOST_DAYS))
    assert made.access.until == timezone.localdate() + timedelta(days=MOST_DAYS)


def test_the_log_says_until_when_and_keeps_the_scope_apart(admit):
    made = admit(rights=("art17",), countries=("FR",))
    entry = entries(HOUSE)[-1]
    assert entry.type is EventType.REGULATOR_ADMITTED
    assert entry.fields["until"] == made.access.until.isoformat()
    assert b"CNIL" not in entry.leaf
    kept = payload_of(entry)
    assert (kept["authority"], kept["rights"], kept["countries"]) == ("CNIL", ["art17"], ["FR"])
    assert "Canari" not in str(kept)


def test_nothing_that_opens_the_door_stands_in_the_database(admit):
    made = admit()
    rows = rows_as_text()
    secret = base64.b32encode(made.factor)
    for never in (made.password.encode(), made.factor, made.factor.hex().encode(), secret):
        assert never not in rows
    assert b"Canari" not in rows
    assert made.access.person == "Inspectrice Canari"
    assert made.access.factor == made.factor


def test_the_words_for_rights_and_refusals_are_complete():
    assert set(RIGHTS) == {right for right in RIGHT if right != "art20"}
    assert len(RIGHTS) == len(Right)
    assert set(RegulatorVisit.Refusal.values) <= set(REASONS)


def test_the_officer_makes_an_account_and_it_opens_the_door(signed_in, admit):  # noqa: F811 - the fixture
    officer = signed_in("dpo")
    assert officer.get("/desk/regulators/new/").status_code == 200
    fields = filled(countries="fr, de", rights=["art15", "art17"], packages="on")
    shown = officer.post("/desk/regulators/new/", fields).content.decode()
    name, password, factor = (SHOWN[key].search(shown).group(1) for key in SHOWN)
    access = RegulatorAccess.objects.get()
    assert (access.name, access.countries, access.packages) == (name, ["DE", "FR"], True)
    secret = base64.b32decode(factor.replace(" ", ""))
    assert access.factor == secret
    assert f"secret={factor.replace(' ', '')}" not in unquote(shown)
    made = admit()
    sign_in(type(made)(access, password, secret))
    again = officer.get(f"/desk/regulators/{access.pk}/").content.decode()
    assert password not in again
    assert factor not in again


def test_what_was_filled_in_wrongly_is_told_beside_its_field(signed_in):  # noqa: F811 - the fixture
    officer = signed_in("dpo")
    wrong = filled(last_day=timezone.localdate() + timedelta(days=200), countries="France")
    answer = officer.post("/desk/regulators/new/", wrong)
    assert answer.status_code == 400
    assert "At most 90 days" in answer.content.decode()
    assert RegulatorAccess.objects.count() == 0


def test_the_officer_reads_what_an_account_opened_and_was_refused(signed_in, admit):  # noqa: F811 - the fixture
    rights_request_at(State.SEARCHING)
    publish_log()
    made = admit()
    give_password(made, "wrong")
    browser = sign_in(made)
    listed = browser.get("/regulator/cases/").content.decode()
    pseudonym = re.search(r"cases/([0-9a-f]{16})/", listed).group(1)
    browser.get(f"/regulator/cases/{pseudonym}/")
    browser.get("/regulator/cases/0123456789abcdef/")
    officer = signed_in("dpo")
    overview = officer.get("/desk/regulators/").content.decode()
    cells = re.sub(r"(<[^>]*>|\s)+", " ", overview)
    assert "Inspectrice Canari" in overview
    assert re.search(r"Countries: All .* 2 2 ", cells)
    told = officer.get(f"/desk/regulators/{made.access.pk}/").content.decode()
    assert "Refused: Sign-in (wrong password)" in told
    assert "Refused: One case (outside the scope)" in told
    assert f"Case {pseudonym}, as this account calls it" in told


def test_the_officer_closes_an_account(signed_in, admit):  # noqa: F811 - the fixture
    made = admit()
    browser, officer = sign_in(made), signed_in("dpo")
    answer = officer.post(f"/desk/regulators/{made.access.pk}/revoke/", follow=True)
    assert "This access is closed." in answer.content.decode()
    assert browser.get("/regulator/").status_code == 403
    assert "Close this access now" not in answer.content.decode()


def test_only_the_officer_finds_the_way_there(signed_in):  # noqa: F811 - the fixture
    assert "/desk/regulators/" in signed_in("dpo").get("/desk/").content.decode()
    assert "/desk/regulators/" not in signed_in("reviewer").get("/desk/").content.decode()


def test_the_officer_reads_that_the_holder_was_forgotten(admit, signed_in):  # noqa: F811 - a fixture
    access = admit().access
    access.forget()
    access.save()
    officer = signed_in("dpo")
    for address in ("/desk/regulators/", f"/desk/regulators/{access.pk}/"):
        shown = officer.get(address).content.decode()
        assert "Destroyed on" in shown
        assert "Canari" not in shown
