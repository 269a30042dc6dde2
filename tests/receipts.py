"""A published log for a test, and receipts of real cases in folders of their own."""

import io
import shutil
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import pytest

from subjects.actions.issue_receipt import Receipt, issue, receipts_of
from subjects.audit.events import EventType
from subjects.audit.sequencer import sequence
from subjects.lifecycle import State
from subjects.models import Case
from tests.cases import rights_request_at


@pytest.fixture
def own_log(settings, tmp_path: Path) -> Path:
    """Give a log of its own folder and keys; `publish_log()` brings it up to date."""
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_KEYS_DIR = tmp_path / "log-keys"
    return settings.LOG_DIR


def publish_log() -> None:
    """Give numbers to all that waits and publish it, as the sequencer does every few seconds."""
    while sequence():
        pass


def receipt_for(case: Case, event: EventType) -> Receipt:
    """Give the receipt of the newest entry of that type."""
    return next(each for each in receipts_of(case) if each.type is event)


def files_in(content: bytes) -> dict[str, bytes]:
    """Open a ZIP."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def issued(case: Case, event: EventType) -> dict[str, bytes]:
    """Give the files of a receipt."""
    return files_in(issue(case, receipt_for(case, event).id))


def unpack(files: dict[str, bytes], folder: Path) -> Path:
    """Write the files of a receipt into a new folder."""
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


# --- Its own two programs, network off ----------------------------------------------------------

SHELLS = [shell for shell in ("dash", "bash", "sh") if shutil.which(shell)]
needs_openssl = pytest.mark.skipif(
    not shutil.which("openssl"), reason="no openssl: apt-get install openssl"
)


@cache
def without_network():
    """Give what cuts a program off from every network; nothing where that is not permitted."""
    words = ["unshare", "--net", "--map-root-user"]
    if not shutil.which("unshare"):
        return []
    tried = subprocess.run([*words, "true"], check=False, capture_output=True)  # noqa: S603 - ours
    return words if tried.returncode == 0 else []


def run(folder, *words):
    """Run a program in the folder of a receipt; gives its exit code and what it said."""
    done = subprocess.run(  # noqa: S603 - our own words
        [*without_network(), *words],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def by_python(folder, python=sys.executable):
    return run(folder, python, "-I", "verify.py")


def by_shell(folder, shell="sh"):
    return run(folder, shutil.which(shell), "verify.sh")


@pytest.fixture
def verified_erasure():
    closed = rights_request_at(State.CLOSED)
    publish_log()
    return closed


@pytest.fixture
def fresh_receipt(verified_erasure):
    return issued(verified_erasure.case, EventType.ERASURE_VERIFIED)


@pytest.fixture
def kept_receipt(request):
    """Give the receipt of one erasure to all who only read it: walking there takes a second."""
    if not _made:
        _made.update(request.getfixturevalue("fresh_receipt"))
    return dict(_made)


_made = {}
