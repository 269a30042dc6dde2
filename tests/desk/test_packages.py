"""The officer's page of packages: ordered, watched, fetched; nobody else comes near it."""

import io
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone

from subjects.actions.build_package import build_ordered
from subjects.audit.events import EventType
from subjects.audit.house import newest
from subjects.models import AuditPackage, Right
from subjects.package import computed
from tests.cases import file

pytestmark = pytest.mark.django_db
PAGE = "/desk/packages/"


@pytest.fixture(autouse=True)
def _log_of_its_own(settings, tmp_path, monkeypatch):
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_KEYS_DIR = tmp_path / "log-keys"
    monkeypatch.setattr(computed, "pdf", lambda _html: None)


def period(**changes: str) -> dict[str, str]:
    today = timezone.localdate()
    return {"start": f"{today.year}-01-01", "end": today.isoformat()} | changes


@pytest.fixture
def officer(signed_in):
    file(Right.ACCESS, picture=b"")
    return signed_in("dpo")


def test_a_package_is_ordered_built_and_fetched(officer):
    assert officer.post(PAGE, period()).status_code == 302
    package = AuditPackage.objects.get()
    page = officer.get(PAGE).content.decode()
    assert "Being made" in page
    assert "<progress" in page
    assert officer.get(f"{PAGE}{package.pk}.zip").status_code == 409
    build_ordered(package)
    assert "Ready" in officer.get(PAGE).content.decode()
    answer = officer.get(f"{PAGE}{package.pk}.zip")
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    assert 'attachment; filename="rights-log-' in answer["Content-Disposition"]
    content = b"".join(answer.streaming_content)
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert newest(EventType.ACCESS_VIEWED).fields["page"] == "package"


def test_a_double_click_orders_one(officer):
    for _ in range(2):
        assert officer.post(PAGE, period()).status_code == 302
    assert AuditPackage.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"end": ""}, "This field is required"),
        ({"start": "yesterday"}, "Enter a valid date"),
        ({"start": "2026-02-01", "end": "2026-01-01"}, "before it begins"),
        ({"end": "2999-01-01"}, "still to come"),
    ],
)
def test_a_period_that_is_none_is_told_in_the_form(officer, changes, words):
    answer = officer.post(PAGE, period(**changes))
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert "Error:" in answer.content.decode()
    assert not AuditPackage.objects.exists()


def test_what_is_gone_says_so(officer):
    officer.post(PAGE, period())
    package = AuditPackage.objects.get()
    build_ordered(package)
    package.refresh_from_db()
    package.path.unlink()
    answer = officer.get(f"{PAGE}{package.pk}.zip")
    assert answer.status_code == 410
    assert "Order a new one" in answer.content.decode()
    AuditPackage.objects.update(purged_at=timezone.now())
    assert "No longer here" in officer.get(PAGE).content.decode()


def test_one_that_could_not_be_made_says_why_in_words(officer):
    officer.post(PAGE, period())
    AuditPackage.objects.update(given_up=True, trouble="log-key-missing")
    page = officer.get(PAGE).content.decode()
    assert "Not made" in page
    assert "A key of the log is missing" in page


def test_the_way_there_is_shown_to_the_officer_alone(officer, signed_in):
    assert PAGE in officer.get("/desk/").content.decode()
    assert PAGE not in signed_in("reviewer").get("/desk/").content.decode()


def test_many_packages_are_turned_to_pages(officer):
    today = timezone.localdate()
    for days in range(60):
        AuditPackage.objects.create(
            start=today - timedelta(days=days), end=today, ordered_by="system:command"
        )
    assert "Page 1 of 2" in officer.get(PAGE).content.decode()
