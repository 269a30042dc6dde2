"""A package for an authority holds for other people's tools, its log and its time stamps too."""

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from subjects.actions.build_package import prepare_and_build
from subjects.audit import keys
from subjects.audit.models import AuditCheckpoint
from subjects.audit.sequencer import sequence
from subjects.models import Right
from tests.audit.authority import TimeAuthority, time_authority
from tests.audit.entries import chain
from tests.audit.foreign import logs
from tests.audit.foreign.check_with_foreign_tools import (
    OF_A_LOG,
    OF_A_PACKAGE,
    check_log,
    check_package,
)
from tests.audit.foreign.logs import Log
from tests.audit.foreign.test_foreign_tools import only
from tests.cases import file

__all__ = ["time_authority"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def package(
    settings: django_settings, tmp_path: Path, time_authority: TimeAuthority, db: None
) -> Path:
    """Build one with a stamp, over a log whose key has changed in the middle."""
    settings.VAR_DIR = tmp_path / "var"
    settings.TIMESTAMP_URLS = [time_authority.url]
    settings.TIMESTAMP_CA_FILE = time_authority.ca_file
    file(Right.ACCESS, picture=b"")
    chain(260)
    sequence()
    keys.rotate("log")
    file(Right.ERASURE, Right.ACCESS, picture=b"")
    sequence()
    keys.finish()
    start, end = date(timezone.localdate().year, 1, 1), timezone.localdate()
    prepare_and_build(tmp_path / "bag", start, end, lambda *_: None)
    return tmp_path / "bag"


def test_every_tool_says_that_a_package_holds(package):
    verdicts = [*check_package(package), *check_log(Log.of_package(package))]
    assert {one.tool: one.said for one in verdicts if one.holds is False} == {}
    assert {one.tool for one in verdicts} == {*OF_A_LOG, *OF_A_PACKAGE}
    (stamps,) = [one.said for one in verdicts if one.tool == "openssl ts"]
    assert stamps == "1 time stamps hold"
    if missing := [one.said for one in verdicts if one.holds is None]:
        pytest.skip(f"The others hold; {'; '.join(missing)}")


def test_each_forgery_of_the_log_in_it_is_seen(package, tmp_path):
    log = Log.of_package(package)
    for forge in logs.OF_THE_LOG:
        forged = logs.copied(log, tmp_path / forge.__name__)
        forge(forged)
        one = only(check_log(forged, ["Go x/mod/sumdb"]))
        assert one.holds is False, forge.__name__


def test_a_stamp_of_another_checkpoint_is_refused(package):
    (stamped,) = (package / "data" / "anchors").glob("*.tsr")
    path = package / "data" / "checkpoints" / stamped.name.partition("-")[0]
    path.write_bytes(bytes(AuditCheckpoint.objects.earliest("size").note))
    assert only(check_package(package, ["openssl ts"])).holds is False
