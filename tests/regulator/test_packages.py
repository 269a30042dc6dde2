"""An authority orders a package within its scope, sees it being made, and fetches it."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone

from subjects.actions.build_package import build_ordered
from subjects.audit.leaf import HOUSE
from subjects.audit.log import entries
from subjects.lifecycle import State
from subjects.models import AuditPackage, Right
from subjects.package.orders import STEPS
from subjects.regulator.figures import figures_of
from subjects.regulator.packages import MOST_A_DAY, STEP
from tests.cases import rights_request_at
from tests.receipts import publish_log
from tests.regulator.conftest import sign_in

pytestmark = pytest.mark.django_db
PAGE = "/regulator/packages/"


@pytest.fixture
def log():
    rights_request_at(State.CLOSED, Right.ERASURE)
    publish_log()


def test_every_step_has_its_words():
    assert set(STEP) == {"", *STEPS}


def test_a_package_is_ordered_watched_fetched_and_its_figures_are_those_of_the_page(
    admit, log, tmp_path
):
    made = admit(packages=True)
    browser = sign_in(made)
    answer = browser.post(PAGE, {})
    package = AuditPackage.objects.get()
    assert answer["Location"] == f"{PAGE}{package.pk}/"
    assert (package.owner, package.start) == (made.access.pk, made.access.from_day)
    assert "Waiting for a worker" in browser.get(answer["Location"]).content.decode()
    assert browser.get(f"{PAGE}{package.pk}.zip").status_code == 410
    build_ordered(package)
    publish_log()
    assert "Download the package" in browser.get(answer["Location"]).content.decode()
    fetched = browser.get(f"{PAGE}{package.pk}.zip")
    content = b"".join(fetched.streaming_content)
    assert entries(HOUSE)[-1].fields["page"] == "package"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(tmp_path / "bag")
        name = next(one for one in archive.namelist() if one.endswith("views/figures.json"))
        packed = json.loads(archive.read(name))
    shown = figures_of(made.access, package.start, package.end)
    same = shown.keys() - {"entries", "root", "access"}  # the page reads a later checkpoint
    assert {key: packed[key] for key in same} == {key: shown[key] for key in same}
    told = verified(next((tmp_path / "bag").glob("**/verify.py")))
    assert told.returncode == 0, told.stdout + told.stderr


def verified(script: Path):
    return subprocess.run(  # noqa: S603 - the verifier that was just made
        [sys.executable, "-I", str(script)], capture_output=True, text=True, check=False
    )


def test_without_leave_there_is_no_package(admit, log):
    browser = sign_in(admit())
    assert "Packages</a>" not in browser.get("/regulator/").content.decode()
    for answer in (browser.get(PAGE), browser.post(PAGE, {}), browser.get(f"{PAGE}{uuid4()}/")):
        assert answer.status_code == 404
    assert AuditPackage.objects.count() == 0


def test_a_package_of_somebody_else_is_not_there(admit, log):
    sign_in(admit(packages=True)).post(PAGE, {})
    package = AuditPackage.objects.get()
    made = admit(packages=True)
    browser = sign_in(made)
    for tail in ("/", ".zip"):
        assert browser.get(f"{PAGE}{package.pk}{tail}").status_code == 404
        assert browser.get(f"{PAGE}{uuid4()}{tail}").status_code == 404
    assert str(package.pk) not in browser.get(PAGE).content.decode()
    assert made.access.visits.filter(refused="out-of-scope").count() == 4


def test_a_period_beyond_the_scope_is_refused(admit, log):
    made = admit(packages=True, from_day=timezone.localdate() - timedelta(days=5))
    browser = sign_in(made)
    early = made.access.from_day - timedelta(days=1)
    assert browser.post(PAGE, {"start": early}).status_code == 404
    assert browser.post(PAGE, {"start": "x"}).status_code == 400
    assert AuditPackage.objects.count() == 0


def test_a_day_that_is_still_to_come_is_told_in_the_form(admit, log):
    today = timezone.localdate()
    browser = sign_in(admit(packages=True, to_day=today + timedelta(days=7)))
    answer = browser.post(PAGE, {"end": today + timedelta(days=3)})
    assert answer.status_code == 400
    assert "still to come" in answer.content.decode()
    assert browser.post(PAGE, {}).status_code == 302


def test_a_second_click_finds_the_first_package_and_one_day_has_its_limit(admit, log):
    made = admit(packages=True)
    browser = sign_in(made)
    for _ in range(2):
        browser.post(PAGE, {})
    assert AuditPackage.objects.count() == 1
    today = timezone.localdate()
    for days in range(1, MOST_A_DAY):
        browser.post(PAGE, {"start": today - timedelta(days=days)})
    answer = browser.post(PAGE, {"start": today - timedelta(days=99)})
    assert answer.status_code == 400
    assert AuditPackage.objects.count() == MOST_A_DAY


def test_what_failed_or_is_over_says_so(admit, log):
    made = admit(packages=True)
    browser = sign_in(made)
    browser.post(PAGE, {})
    package = AuditPackage.objects.get()
    AuditPackage.objects.update(given_up=True)
    assert "could not be made" in browser.get(f"{PAGE}{package.pk}/").content.decode()
    now = timezone.now()
    AuditPackage.objects.update(given_up=False, made_at=now, purged_at=now)
    assert "Its days are over" in browser.get(f"{PAGE}{package.pk}/").content.decode()
    assert browser.get(f"{PAGE}{package.pk}.zip").status_code == 410
