"""The officer's page of packages and the pages inside one, in a real browser: no fault for axe."""

import pytest
from django.core.cache import caches
from django.template.loader import render_to_string
from django.utils import timezone

from subjects.models import AuditPackage
from subjects.package.processing import processing_record
from subjects.package.report import report, style
from subjects.package.schema import data_dictionary
from subjects.rates import IN_PROCESS, RatesCache
from tests.browser.conftest import WIDTHS, faults_of
from tests.cases import PASSWORD, staff
from tests.package.figures import busy_figures, no_figures
from tests.package.test_report import FACTS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officer(new_context, memory_stores, monkeypatch):
    """Open pages for the officer: `officer(360)`."""
    caches[IN_PROCESS].clear()
    monkeypatch.setattr(RatesCache, "without_redis_until", float("inf"))
    staff("dpo")

    def open_at(width: int):
        page = new_context(width=width).new_page()
        page.goto("/desk/")
        page.get_by_label("Name").fill("dpo")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/desk/")
        return page

    return open_at


def packages_in_every_state() -> None:
    today, now = timezone.localdate(), timezone.now()
    told = {"start": today, "end": today, "ordered_by": "system:command"}
    ready = {"made_at": now, "digest": "ab" * 32, "entries": 4321, "octets": 7_654_321}
    AuditPackage.objects.create(**told, step="log", done=30, total=120)
    AuditPackage.objects.create(**told, given_up=True, trouble="package-space")
    AuditPackage.objects.create(**told, **ready, purge_on=today)
    AuditPackage.objects.create(**told, **ready, purge_on=today, purged_at=now)


@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_of_packages_has_no_fault(officer, width):
    page = officer(width)
    page.get_by_role("link", name="Packages").click()
    assert page.get_by_text("No package was made yet.").is_visible()
    assert faults_of(page) == []
    packages_in_every_state()
    page.reload()
    assert page.get_by_role("progressbar").get_attribute("value") == "25"
    assert faults_of(page) == []
    page.get_by_label("Figures to").fill("2999-01-01")
    page.get_by_role("button", name="Make a package").click()
    assert page.get_by_role("alert").is_visible()
    assert faults_of(page) == []


def pages() -> dict[str, str]:
    context = {"facts": FACTS, "controller": "Example Faces", "style": style()}
    return {
        "report": report(busy_figures(), FACTS | {"problems": ["entry 7: odd"]}),
        "empty report": report(no_figures(), FACTS),
        "readme": render_to_string("package/readme.html", context),
        "dictionary": data_dictionary({"events.csv": ["sequence"] * 50}, style()).decode(),
        "record": processing_record(style()).decode(),
    }


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["report", "empty report", "readme", "dictionary", "record"])
def test_the_pages_inside_a_package_have_no_fault(new_context, db, name, width):
    page = new_context(width=width, java_script_enabled=True).new_page()
    page.set_content(pages()[name])
    assert faults_of(page) == []
