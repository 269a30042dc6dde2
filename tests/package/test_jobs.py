"""Packages as jobs: ordered once, built once, fetched for some days; and the command."""

import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from subjects import tasks
from subjects.actions import build_package as building
from subjects.actions.build_package import build_ordered
from subjects.actions.fetch_package import fetch_package
from subjects.actions.order_package import order_package
from subjects.actions.outstanding import Work, outstanding
from subjects.actions.purge import purge
from subjects.audit.events import Actor, EventType
from subjects.audit.house import newest
from subjects.errors import NotYet, PackageGone, PeriodRefused, Superseded
from subjects.models import AuditPackage
from subjects.models.audit_package import packages_folder
from subjects.models.leased import MAX_ATTEMPTS
from subjects.package import computed
from subjects.policies import actor_of
from tests.cases import staff

pytestmark = pytest.mark.django_db
START = date(timezone.localdate().year, 1, 1)


@pytest.fixture(autouse=True)
def _no_pdf(monkeypatch) -> None:
    """Print nothing: it takes longer than all the rest, and another file looks at it."""
    monkeypatch.setattr(computed, "pdf", lambda _html: None)


def order(by: str = "dpo", **more: object) -> AuditPackage:
    return order_package(START, timezone.localdate(), actor=actor_of(staff("dpo", by)), **more)


def built() -> AuditPackage:
    package = order()
    build_ordered(package)
    package.refresh_from_db()
    return package


def test_an_ordered_package_is_built_and_stands_in_the_log(three_cases):
    package = order()
    assert Work("build_package", package.pk) in list(outstanding())
    build_ordered(package)
    package.refresh_from_db()
    assert package.is_ready
    assert package.path.stat().st_mode & 0o777 == 0o600
    assert package.path.stat().st_size == package.octets
    said = newest(EventType.PACKAGE_MADE).fields
    assert (said["digest"], said["entries"]) == (package.digest, package.entries)
    assert said["actor"].startswith("role:dpo/")
    assert [path.name for path in packages_folder().iterdir()] == [package.path.name]


def test_the_file_holds_the_bag_and_the_texts_in_force_stand_in_its_log(three_cases):
    package = built()
    with zipfile.ZipFile(package.path) as archive:
        assert archive.testzip() is None
        (top,) = {name.split("/")[0] for name in archive.namelist()}
        about = json.loads(archive.read(f"{top}/data/export.json"))
        listed = archive.read(f"{top}/data/policies/texts.sha256")
        events = archive.read(f"{top}/data/views/events.csv")
    assert about["export"] == package.export
    assert bytes.fromhex(about["salt"]) == bytes(package.salt)
    assert listed
    assert b"texts.published" in events


def test_a_second_click_finds_the_package_of_the_first(three_cases):
    first = order()
    assert order().pk == first.pk
    assert order(by="second-dpo").pk != first.pk
    build_ordered(first)
    assert order().pk != first.pk


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_order_one_package(three_cases):
    actor = actor_of(staff("dpo"))

    def click() -> None:
        try:
            order_package(START, timezone.localdate(), actor=actor)
        finally:
            connection.close()

    clicks = [Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert AuditPackage.objects.count() == 1


def test_two_people_have_their_packages_at_once(three_cases):
    packages = [order(), order(by="second-dpo")]
    for package in packages:
        build_ordered(package)
        package.refresh_from_db()
    first, second = packages
    assert first.is_ready
    assert second.is_ready
    assert first.export != second.export


def test_a_period_to_come_is_refused_before_anything_is_ordered(db):
    with pytest.raises(PeriodRefused):
        order_package(START, timezone.localdate() + timedelta(days=1), actor=Actor.system("export"))
    assert not AuditPackage.objects.exists()


def test_what_a_dead_worker_left_is_thrown_away_and_the_next_one_builds(three_cases, settings):
    package = order()
    assert package.claim()
    for name in (f"{package.pk.hex}-1.part", f"{package.pk.hex}-1"):
        (packages_folder() / name).mkdir()
        (packages_folder() / name / "half").write_text("half")
    (packages_folder() / f"{package.pk.hex}.zip.part").write_text("half")
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        AuditPackage.objects.filter(pk=package.pk).update(lease_until=None)
        build_ordered(package)
    package.refresh_from_db()
    assert package.is_ready
    assert [path.name for path in packages_folder().iterdir()] == [package.path.name]


def test_whoever_comes_too_late_finishes_nothing(three_cases, monkeypatch):
    package = order()

    def overtaken(*arguments: object, **options: object) -> int:
        AuditPackage.objects.filter(pk=package.pk).update(fence=99)
        return 1

    monkeypatch.setattr(building, "zip_package", overtaken)
    with pytest.raises(Superseded):
        build_ordered(package)
    package.refresh_from_db()
    assert package.made_at is None
    assert newest(EventType.PACKAGE_MADE) is None


def test_what_fails_is_tried_again_and_then_given_up(three_cases, monkeypatch, settings):
    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(building, "build_package", fail)
    package = order()
    for _ in range(MAX_ATTEMPTS + 1):
        tasks.build_package(str(package.pk))
        AuditPackage.objects.filter(pk=package.pk).update(next_attempt_at=None)
    package.refresh_from_db()
    assert package.given_up
    assert not package.is_under_way
    assert package.trouble == "unexpected"
    assert list(packages_folder().iterdir()) == []
    assert order().pk != package.pk


def test_progress_stands_in_the_row(three_cases, monkeypatch):
    seen = []
    real = building.build_package

    def watched(folder: Path, *, progress, **options: object) -> object:
        def tell(step: str, done: int, total: int) -> None:
            progress(step, done, total)
            seen.append(AuditPackage.objects.values_list("step", "total").get())

        return real(folder, progress=tell, **options)

    monkeypatch.setattr(building, "build_package", watched)
    assert built().step == ""
    assert ("log", 2) in seen
    assert {step for step, _ in seen} >= {"log", "evidence", "entries", "tables", "report"}


def test_a_package_is_fetched_while_it_is_here_and_that_stands_in_the_log(three_cases, settings):
    package = order()
    actor = actor_of(staff("dpo"))
    with pytest.raises(NotYet):
        fetch_package(package, actor=actor)
    build_ordered(package)
    package.refresh_from_db()
    assert fetch_package(package, actor=actor).is_file()
    assert newest(EventType.ACCESS_VIEWED).fields["page"] == "package"
    after = timezone.now() + timedelta(days=settings.PACKAGE_DAYS)
    with time_machine.travel(after, tick=False):
        assert purge()["packages"] == 1
        assert purge()["packages"] == 0
    package.refresh_from_db()
    assert not package.is_ready
    assert list(packages_folder().iterdir()) == []
    with pytest.raises(PackageGone):
        fetch_package(package, actor=actor)


def test_leftovers_are_purged_and_what_is_being_built_is_not(db):
    (packages_folder() / "young-1.part").mkdir()
    purge()
    assert [path.name for path in packages_folder().iterdir()] == ["young-1.part"]
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        purge()
    assert list(packages_folder().iterdir()) == []


def test_the_time_is_asked_for_and_silence_holds_nothing_up(three_cases, settings):
    settings.TIMESTAMP_URLS = ["http://127.0.0.1:9/silent"]
    assert built().is_ready


# --- The command --------------------------------------------------------------------------


def command(folder: Path, *options: str, start: str = str(START), end: str = "") -> str:
    said = io.StringIO()
    period = ("--from", start, "--to", end or str(timezone.localdate()))
    call_command("audit_package", *period, "--out", str(folder), *options, stdout=said, verbosity=0)
    return said.getvalue()


def test_the_command_builds_a_package_and_says_how_it_is_checked(three_cases, tmp_path):
    said = command(tmp_path / "out", "--zip")
    assert (tmp_path / "out" / "data" / "verify.py").is_file()
    assert zipfile.is_zipfile(tmp_path / "out.zip")
    package = AuditPackage.objects.get()
    assert package.digest in said
    assert not package.is_ready
    assert newest(EventType.PACKAGE_MADE).fields["actor"] == "system:command"


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        ("2026-13-01", "", "takes a day such as"),
        ("yesterday", "", "takes a day such as"),
        ("2026-02-01", "2026-01-01", "before it begins"),
        ("2026-01-01", "2999-01-01", "still to come"),
    ],
)
def test_the_command_refuses_a_period_that_is_none(three_cases, tmp_path, start, end, why):
    with pytest.raises(CommandError, match=why):
        command(tmp_path / "out", start=start, end=end)
    assert not (tmp_path / "out").exists()


def test_the_command_mixes_nothing_and_names_what_is_in_the_way(three_cases, tmp_path):
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine").write_text("mine")
    with pytest.raises(CommandError, match="not empty"):
        command(tmp_path / "used")
    (tmp_path / "new.zip").write_text("mine")
    with pytest.raises(CommandError, match="there already"):
        command(tmp_path / "new", "--zip")
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CommandError, match="cannot be made"):
        command(tmp_path / "file" / "below")
