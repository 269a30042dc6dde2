"""A log that the portal itself wrote, read by the verifier: both must mean the same."""

import json
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from subjects.actions.keep_log import keep_log
from subjects.audit.book import book
from subjects.audit.sequencer import sequence
from subjects.audit.standalone.figures import balance, figures
from subjects.audit.standalone.main import main
from subjects.audit.standalone.views import event_rows
from subjects.lifecycle import State
from subjects.models import Right
from subjects.package.collect import build_package
from tests.cases import rights_request_at

TODAY = timezone.localdate()
DAY = TODAY.isoformat()


@pytest.fixture
def walked(db: None, memory_stores: object, settings: django_settings, tmp_path: Path) -> None:
    """Walk a few cases to their ends, keep the log, and number everything."""
    settings.VAR_DIR = tmp_path / "var"
    rights_request_at(State.READY, Right.ACCESS)
    rights_request_at(State.RECEIVED, Right.OBJECTION)
    rights_request_at(State.CLOSED, Right.ERASURE)
    sequence()
    keep_log()
    sequence()


@pytest.mark.usefixtures("walked")
def test_a_log_of_the_portal_says_what_happened_and_contradicts_nothing() -> None:
    read = book()
    assert read.problems == []
    assert read.censuses == 1
    assert {one.right for one in read.requests} == {"art15", "art17", "art21"}
    counted = figures(read, DAY, DAY)
    assert (counted["received"], counted["closed"], counted["open_at_end"]) == (3, 1, 2)
    assert balance(counted) == ""
    assert counted["days_to_answer"]["days"] == [[0, 2, 0]]
    assert counted["numbers"] == {DAY[:4]: {"first": 1, "last": 3, "count": 3}}
    assert counted["erasure"]["verified"] == 1
    assert len(list(event_rows(read, salt=bytes(32), start=DAY, end=DAY))) == 1 + read.size
    assert book() is read
    rights_request_at(State.RECEIVED)
    sequence()
    assert book().size > read.size


@pytest.mark.usefixtures("walked")
def test_the_folder_of_a_running_log_and_a_package_of_it_hold(
    settings: django_settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(settings.LOG_DIR)]) == 0
    assert f"all {book().size} entries are those of the tree" in capsys.readouterr().out
    made = build_package(tmp_path / "bag", start=TODAY, end=TODAY, progress=lambda *_: None)
    assert main([str(made.folder), "--json"]) == 0, capsys.readouterr().out
    said = json.loads(capsys.readouterr().out)
    assert said["holds"] is True
    assert [one["words"] for one in said["findings"] if one["holds"] is False] == []
