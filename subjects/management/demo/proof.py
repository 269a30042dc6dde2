"""What the person keeps of the story: the receipt of the erasure, checked by its own program."""

import io
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from subjects.actions.issue_receipt import Receipt, receipts_of
from subjects.audit.events import EventType
from subjects.management.demo.story import Story
from subjects.stores import stores

SECONDS = 60.0


def keep_proof(story: Story) -> None:
    """Download the receipt of the erasure, check it in an empty folder, and read the certificate.

    The program runs isolated and without our environment, as at a stranger's; a copy with one
    changed digit must be refused.
    """
    story.until(lambda: _receipt(story).index is not None)
    receipt, place = _receipt(story), f"/cases/{story.case.reference}"
    page = story.person.get(f"{place}/")
    story.check(f"{place}/receipts/{receipt.id}/" in page.text, "the page of the case has a proof")
    content = story.person.get(f"{place}/receipts/{receipt.id}/zip/").content
    story.step(f"The person downloaded the receipt of the erasure, {len(content)} bytes.")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    code, said = _verified(files)
    story.check(code == 0, f"its own program says: {said.splitlines()[0]}")
    forged = re.sub(rb'"erased":\d+', b'"erased":0', files["event.json"])
    code, said = _verified({**files, "event.json": forged})
    story.check(code == 1, f"with a changed number it says: {said.splitlines()[0]}")
    certificate = story.person.get(f"{place}/certificate/erasure/")
    story.check(
        all(stores[alias].name in certificate.words for alias in stores),
        "the certificate of the erasure names every store",
    )


def _receipt(story: Story) -> Receipt:
    return next(each for each in receipts_of(story.case) if each.type is EventType.ERASURE_VERIFIED)


def _verified(files: dict[str, bytes]) -> tuple[int, str]:
    """Run verify.py among these files and nothing else; gives its exit code and its words."""
    with tempfile.TemporaryDirectory(prefix="receipt-") as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        done = subprocess.run(
            [sys.executable, "-I", "verify.py"],
            cwd=folder,
            env={},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    return done.returncode, done.stdout
