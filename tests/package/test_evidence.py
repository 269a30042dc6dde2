"""What those outside the house said is in the package, and foreign tools find it good."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from subjects.actions.build_package import prepare_and_build
from subjects.actions.keep_log import keep_log
from subjects.actions.rotate_log_key import rotate_log_key
from subjects.audit.keys import log_keys
from subjects.audit.sequencer import sequence
from subjects.models import Right
from subjects.package import computed
from tests.cases import file
from tests.package.conftest import THIS_YEAR

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_pdf(monkeypatch) -> None:
    """Print nothing: it takes longer than all the rest, and another file looks at it."""
    monkeypatch.setattr(computed, "pdf", lambda _html: None)


@pytest.fixture
def held(settings, tmp_path, three_cases, time_authority, little_witness) -> None:
    """Let one authority and one witness hold the log."""
    settings.TIMESTAMP_URLS = [time_authority.url]
    settings.TIMESTAMP_CA_FILE = str(time_authority.ca_file)
    little_witness.trust(log_keys()[0].vkey)
    settings.WITNESS_POLICY_FILE = str(little_witness.policy(tmp_path))
    keep_log()


def build(tmp_path: Path) -> Path:
    folder = tmp_path / "bag"
    end = timezone.localdate()
    return prepare_and_build(folder, THIS_YEAR, end, lambda *_: None).folder


def verified(bag: Path) -> str:
    program = [sys.executable, "-I", "-S", "data/verify.py"]
    done = subprocess.run(program, cwd=bag, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_stamps_and_cosignatures_lie_in_it_and_hold(held, tmp_path):
    bag = build(tmp_path)
    rows = (bag / "data" / "anchors" / "anchors.csv").read_text().splitlines()
    kinds = [row.split(",")[1] for row in rows]
    assert kinds[0] == "kind"
    assert set(kinds[1:]) == {"rfc3161", "cosignature"}
    for row in rows[1:]:
        assert (bag / "data" / row.split(",")[0]).stat().st_size > 50
    said = verified(bag)
    assert "signed by the authority in data/anchors/tsa-ca.pem" in said
    assert "signatures of witnesses are good" in said
    report = (bag / "data" / "report.html").read_text()
    assert "No time stamp" not in report
    assert "No witness" not in report


def test_the_checkpoint_of_the_package_itself_is_stamped(held, tmp_path):
    bag = build(tmp_path)
    size = json.loads((bag / "data" / "export.json").read_text())["size"]
    anchors = (bag / "data" / "anchors" / "anchors.csv").read_text()
    assert f"anchors/{size}-1.tsr,rfc3161,{size}," in anchors
    assert (bag / "data" / "checkpoints" / str(size)).is_file()


def test_the_shell_finds_the_stamps_good_and_sees_a_false_one(held, tmp_path):
    if not shutil.which("dash"):
        pytest.skip("dash is not on this machine")
    bag = build(tmp_path)

    def said() -> subprocess.CompletedProcess[str]:
        command = ["dash", "data/verify.sh"]
        return subprocess.run(command, cwd=bag, capture_output=True, text=True, check=False)  # noqa: S603 - ours

    assert "holds      the time stamp anchors/" in said().stdout
    assert said().returncode == 0, said().stdout
    stamps = sorted((bag / "data" / "anchors").glob("*.tsr"))
    stamps[0].write_bytes(stamps[0].read_bytes()[:-1] + b"\x00")
    assert "FAILS      the time stamp" in said().stdout


def test_after_a_rotation_both_keys_and_their_history_are_in_it(three_cases, tmp_path):
    before = log_keys()[0]
    rotate_log_key("log")
    file(Right.ACCESS, picture=b"")
    sequence()
    bag = build(tmp_path)
    keys = bag / "data" / "keys"
    vkeys = (keys / "log.vkey").read_text().splitlines()
    assert vkeys == [log_keys()[0].vkey, before.vkey]
    assert len(list(keys.glob("log-*.pem"))) == 2
    history = [json.loads(line) for line in (keys / "key-history.jsonl").read_text().splitlines()]
    assert {row["purpose"] for row in history} == {"log", "export"}
    verified(bag)
