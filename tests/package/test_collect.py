"""A package is whole or not there; two of them call nobody by the same name."""

import csv
import errno
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from subjects.audit.sequencer import sequence
from subjects.audit.standalone.cells import csv_row
from subjects.errors import (
    LogKeyMissing,
    NothingToPack,
    PackageFolderRefused,
    PackageTooLarge,
    PeriodRefused,
)
from subjects.management.commands.audit_package import WORDS
from subjects.models import Case, Right
from subjects.package import computed
from subjects.package.bag import Bag
from subjects.package.collect import build_package
from subjects.package.zipped import zip_package
from tests.cases import file
from tests.package.conftest import THIS_YEAR

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_pdf(monkeypatch) -> None:
    """Print nothing: it takes longer than all the rest, and another file looks at it."""
    monkeypatch.setattr(computed, "pdf", lambda _html: None)


def silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody how far it is."""


def names(folder: Path, column: str) -> set[str]:
    with (folder / "data" / "views" / "events.csv").open(newline="", encoding="utf-8") as rows:
        return {row[column] for row in csv.DictReader(rows)} - {"", "house"}


def test_two_packages_share_no_pseudonym(three_cases, pack):
    first, second = pack("first"), pack("second")
    assert len(names(first.folder, "case")) == 3
    assert names(first.folder, "case").isdisjoint(names(second.folder, "case"))
    assert (first.export, first.salt) != (second.export, second.salt)


def test_no_id_and_no_reference_of_a_case_stands_anywhere_in_it(three_cases, pack):
    folder = pack().folder
    every = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for case in Case.objects.all():
        ids = [case.pk, *case.rights_requests.values_list("pk", flat=True)]
        for one in ids:
            assert one.hex.encode() not in every
            assert str(one).encode() not in every
            assert one.bytes not in every
        assert case.reference.encode() not in every


def test_a_package_goes_up_to_one_checkpoint_whatever_comes_meanwhile(three_cases, pack, tmp_path):
    def grow(step: str, _done: int, _total: int) -> None:
        if step == "evidence" and Case.objects.count() == 3:
            file(Right.ACCESS, picture=b"")
            sequence()

    end = timezone.localdate()
    made = build_package(tmp_path / "grown", start=THIS_YEAR, end=end, progress=grow)
    assert Case.objects.count() == 4
    assert made.size == 8
    assert pack("later").size > 8
    assert len(names(made.folder, "case")) == 3


def test_every_step_ends_full(three_cases, tmp_path):
    last = {}

    def tell(step: str, done: int, total: int) -> None:
        assert done <= total
        last[step] = (done, total)

    made = build_package(tmp_path / "bag", start=THIS_YEAR, end=timezone.localdate(), progress=tell)
    zip_package(made.folder, tmp_path / "bag.zip", name="bag", progress=tell)
    assert last.keys() == WORDS.keys()
    assert [step for step, (done, total) in last.items() if done != total] == []


@pytest.mark.parametrize("step", ["log", "evidence", "entries", "tables", "report", "signature"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_package_leaves_nothing(three_cases, tmp_path, step, error):
    def stop(at: str, _done: int, _total: int) -> None:
        if at == step:
            raise error

    place = tmp_path / "place" / "bag"
    with pytest.raises(error):
        build_package(place, start=THIS_YEAR, end=timezone.localdate(), progress=stop)
    assert list(place.parent.iterdir()) == []


def test_a_full_disk_is_named_and_leaves_nothing(three_cases, tmp_path, monkeypatch):
    def full(_bag: Bag, path: str, _content: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)

    monkeypatch.setattr(Bag, "write", full)
    place = tmp_path / "place" / "bag"
    with pytest.raises(PackageTooLarge, match="Make room on the disk"):
        build_package(place, start=THIS_YEAR, end=timezone.localdate(), progress=silent)
    assert list(place.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2026, 2, 1), date(2026, 1, 1)),
        (date(2026, 1, 1), timezone.localdate() + timedelta(days=1)),
    ],
)
def test_a_period_that_is_none_is_refused(three_cases, pack, start, end):
    with pytest.raises(PeriodRefused):
        pack(start=start, end=end)


def test_what_is_there_is_never_mixed_with_a_package(three_cases, pack, tmp_path):
    used = tmp_path / "used"
    used.mkdir()
    (used / "mine.txt").write_text("mine")
    with pytest.raises(PackageFolderRefused, match="not empty"):
        pack("used")
    assert [path.name for path in used.iterdir()] == ["mine.txt"]
    (tmp_path / "other.part").mkdir()
    with pytest.raises(PackageFolderRefused, match="was killed"):
        pack("other")
    (tmp_path / "empty").mkdir()
    assert pack("empty").size == 8


def test_an_empty_log_proves_nothing_yet(db, pack):
    with pytest.raises(NothingToPack, match=r"manage\.py sequence"):
        pack()


def test_without_a_key_nothing_is_packed(three_cases, pack, settings, tmp_path):
    settings.LOG_KEYS_DIR = tmp_path / "nowhere"
    settings.PRODUCTION = True
    with pytest.raises(LogKeyMissing):
        pack()
    assert not (tmp_path / "bag").exists()


def test_without_pango_the_package_says_that_there_is_no_pdf(three_cases, pack):
    folder = pack().folder
    assert not (folder / "data" / "report.pdf").exists()
    assert "lacks the library Pango" in (folder / "data" / "report.html").read_text()
    assert "report.pdf" not in (folder / "data" / "README.html").read_text()


def test_a_package_is_ours_alone_until_it_is_handed_over(three_cases, pack):
    assert pack().folder.stat().st_mode & 0o077 == 0


FORMULAS = (
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    '=HYPERLINK("http://x.example")',
    "=cmd|' /C calc'!A0",
    '"=1"',
    "a,=1",
)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_cell_that_begins_like_a_formula_is_defused(formula):
    row = csv_row(["plain", formula])
    (cells,) = csv.reader([row.decode().removesuffix("\r\n")], strict=True)
    assert not cells[1].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert cells[1].removeprefix("'") == formula


def test_no_cell_of_a_package_begins_like_a_formula(three_cases, pack):
    folder = pack().folder / "data"
    tables = [*(folder / "views").glob("*.csv"), folder / "anchors" / "anchors.csv"]
    assert len(tables) == 5
    for table in tables:
        content = table.read_bytes()
        assert content.endswith(b"\r\n")
        with table.open(newline="", encoding="utf-8") as rows:
            head, *cells = csv.reader(rows, strict=True)
        assert all(len(row) == len(head) for row in cells)
        risky = ("=", "+", "-", "@", "\t", "\r")
        assert not [cell for row in [head, *cells] for cell in row if cell.startswith(risky)]
