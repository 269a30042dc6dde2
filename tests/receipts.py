"""A published log for a test, and receipts of real cases in folders of their own."""

import io
import zipfile
from pathlib import Path

import pytest

from subjects.actions.issue_receipt import Receipt, issue, receipts_of
from subjects.audit.events import EventType
from subjects.audit.sequencer import sequence
from subjects.models import Case


@pytest.fixture
def own_log(settings, tmp_path: Path) -> Path:
    """Give a log of its own folder and keys; `publish_log()` brings it up to date."""
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_KEYS_DIR = tmp_path / "log-keys"
    return settings.LOG_DIR


def publish_log() -> None:
    """Number and publish all that waits, as the sequencer does every few seconds."""
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
