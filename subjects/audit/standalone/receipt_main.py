"""Checks the receipt beside this file: python3 -I verify.py [FOLDER].

It needs Python 3.9 or newer and nothing else, reads only the files of the receipt, and needs no
network. Exit code 0: everything holds. 1: something does not, or cannot be read.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Final

from subjects.audit.standalone.receipts import (
    MOST_RECEIPT_BYTES,
    RECEIPT_FILES,
    check_receipt,
    key_fingerprint,
    shown_text,
    signing_keys,
    stamp_time,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_SECONDS: Final = 60
RECEIPT_PROVES: Final = """
This receipt holds. It proves what was recorded, and by when. It does not prove that every byte
has left every disk."""


def receipt_main(arguments: Sequence[str]) -> int:
    """Check a receipt and say in words what holds. Gives the exit code."""
    folder = Path(arguments[0]) if arguments else Path(__file__).resolve().parent
    try:
        files = _read_files(folder)
        findings = check_receipt(files)
        findings += _stamp_signature(folder, files) if "checkpoint.tsr" in files else []
    except OSError as error:
        findings, files = [(False, f"{error.filename}: {error.strerror}.")], {}
    for holds, text in findings:
        _tell(("holds  " if holds else "FAILS  ") + text)
    whole = bool(findings) and all(holds for holds, _ in findings)
    if whole:  # else it is not the log that says so
        _tell("\nWhat the log says:\n" + files["event.json"].decode("utf-8", "replace"))
    _tell_keys(files)
    _tell(RECEIPT_PROVES if whole else "\nThis receipt DOES NOT HOLD.")
    return 0 if whole else 1


def _read_files(folder: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for name in RECEIPT_FILES:
        path = folder / name
        if path.is_file():
            with path.open("rb") as file:
                files[name] = file.read(MOST_RECEIPT_BYTES)
    return files


def _stamp_signature(folder: Path, files: dict[str, bytes]) -> list[tuple[bool, str]]:
    """Let openssl check who signed the time stamp, at the time it bears (RFC 3161)."""
    openssl, at = which("openssl"), stamp_time(files["checkpoint.tsr"])
    if at is None:
        return []  # it was named already
    if openssl is None:
        _tell("note   Who signed the time stamp was not checked: openssl is not installed.")
        return []
    words = [openssl, "ts", "-verify", "-data", "checkpoint", "-in", "checkpoint.tsr"]
    words += ["-CAfile", "tsa-ca.pem", "-attime", str(int(at.timestamp()))]
    try:
        done = subprocess.run(  # noqa: S603 - ours
            words, cwd=folder, capture_output=True, check=False, timeout=MOST_SECONDS
        )
    except subprocess.TimeoutExpired:
        return [(False, "openssl did not answer about the time stamp.")]
    if done.returncode:
        return [(False, "The time stamp is not of the authority in tsa-ca.pem.")]
    return [(True, "The time stamp is of the authority in tsa-ca.pem.")]


def _tell_keys(files: dict[str, bytes]) -> None:
    keys = signing_keys(files)
    for key in keys:
        _tell("\nThe key of the log has this fingerprint (SHA-256):\n  " + key_fingerprint(key))
    if keys:
        _tell(
            "Compare it with the privacy notice, or ask the authority: else anybody could have"
            " made it."
        )


def _tell(text: str) -> None:
    # A console of another encoding must not stop the verdict, nor a sign of a forger hide it.
    known = sys.stdout.encoding or "ascii"
    print(shown_text(text).encode(known, "replace").decode(known))  # noqa: T201 - a program that speaks to people


if __name__ == "__main__":
    sys.exit(receipt_main(sys.argv[1:]))
