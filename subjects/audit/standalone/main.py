"""Checks a package, a log or receipts: python3 -I verify.py [BAG | LOG FOLDER | RECEIPT.zip …].

  --receipt ZIP       a receipt that somebody holds, checked against the log (any number)
  --checkpoint FILE   a signed checkpoint that you have from elsewhere (any number)
  --key KEY           a key of the log that you have from elsewhere, or its fingerprint
  --json              say it for a machine

Without a path it checks what it lies in. It needs Python 3.9 or newer, nothing else, and no
network; openssl, where there is one, checks who signed the time stamps.
Exit code 0: everything holds. 1: something does not. 2: there is nothing here that it can read.
"""

from __future__ import annotations

import argparse
import json
import sys
import zipfile
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from subjects.audit.standalone.bagit import check_bag_files, check_bag_signature
from subjects.audit.standalone.bounded import read_whole
from subjects.audit.standalone.findings import Report, Unreadable, shown_plainly
from subjects.audit.standalone.judging import Judgement, receipt_size, report_receipt
from subjects.audit.standalone.notes import NoteRefused
from subjects.audit.standalone.outside import check_cosignatures, check_stamps
from subjects.audit.standalone.package import Package, Seen, read_seen
from subjects.audit.standalone.receipts import MOST_RECEIPT_BYTES, RECEIPT_FILES
from subjects.audit.standalone.signatures import (
    Given,
    check_announced,
    check_checkpoints,
    check_given_keys,
    check_trust,
    signed_by,
)
from subjects.audit.standalone.tables import check_about, check_last_days, check_texts, check_views

if TYPE_CHECKING:
    from collections.abc import Sequence

HOLDS: Final = "Everything that was checked holds."
PROVES: Final = (
    "It proves what was recorded, in which order, and that nothing was changed or taken out since"
    " it was signed; with stamps and witnesses also by when. It does not prove that what was never"
    " recorded did not happen, nor that every byte has left every disk."
)
_RECEIPT_FILE: Final = "event.tlog-proof"

Receipts = dict[str, dict[str, bytes]]


def main(argv: Sequence[str] | None = None) -> int:
    """Check what the arguments name and say it in words. Gives the exit code."""
    options = _options(argv)
    report = Report()
    first = ""
    try:
        with TemporaryDirectory() as scratch:
            first = _check(options, Path(scratch), report)
    except (Unreadable, OSError, zipfile.BadZipFile) as error:
        if not report.findings:
            _say(shown_plainly(f"Nothing was checked. {error}"))
            return 2
        report.fails("the rest cannot be read", error)
    except Exception as error:  # noqa: BLE001 - whatever a forger thought of, there is a verdict
        report.fails("the rest cannot be read", f"{type(error).__name__}: {error}")
    _tell(report, first, as_json=options.json)
    return 0 if report.whole else 1


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="verify.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="*", type=Path, help=argparse.SUPPRESS)
    for name in ("--receipt", "--checkpoint"):
        parser.add_argument(name, action="append", default=[], type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--key", action="append", default=[], help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def _check(options: argparse.Namespace, scratch: Path, report: Report) -> str:
    """Check everything that was named; give where a log first goes wrong."""
    given = _given(options.key)
    receipts = {str(path): _receipt(path) for path in options.receipt}
    seen = [read_seen(read_whole(path), str(path)) for path in options.checkpoint]
    first = ""
    whole: list[Path] = []
    for path in options.paths or [_surroundings()]:
        place = _unpacked(path, scratch)
        if _is_receipt(place):
            receipts[str(path)] = _receipt(place)
        elif (place / "bagit.txt").is_file() or (place / "checkpoint").is_file():
            whole.append(place)
        else:
            message = f"{path} is no package, no log folder and no receipt."
            raise Unreadable(message)
    for place in whole:
        first = first or _check_log(place, receipts, seen, given, report)
    if not whole:
        if not receipts:
            message = "Name a package, a log folder or a receipt."
            raise Unreadable(message)
        for name, files in receipts.items():
            report_receipt(name, files, given.vkeys, report)
    return first


def _given(texts: Sequence[str]) -> Given:
    try:
        return Given(texts)
    except NoteRefused as error:
        message = f"What you gave with --key cannot be read. {error}"
        raise Unreadable(message) from error


def _check_log(
    place: Path, receipts: Receipts, seen: list[Seen], given: Given, report: Report
) -> str:
    """Check one bag or log folder; give where it first goes wrong."""
    is_bag = (place / "bagit.txt").is_file()
    signer = None
    if is_bag:
        check_bag_files(place, report)
        named = check_bag_signature(place, report)
        signer = named.key if named else None
    package = Package(place / "data/log" if is_bag else place, place / "data" if is_bag else None)
    check_given_keys(package, given, signer, report)
    older = package.older()
    known = [package.newest, *older, *seen]
    vkeys = check_checkpoints(known, package, given, report)
    signed = signed_by(known, vkeys)
    if is_bag:
        check_about(package, report)
    judged = Judgement(package, known, [receipt_size(files) for files in receipts.values()], report)
    judged.check_tree()
    judged.check_older()
    judged.check_entries()
    check_trust(judged, vkeys, signed, given, report)
    if is_bag:
        _check_rest(package, judged, older, signer, report)
    judged.check_receipts(receipts, vkeys)
    newest = package.newest.checkpoint
    report.note(
        f"the log {newest.origin} has {newest.size} entries, the last of {judged.book.last_at};"
        f" its root is {newest.root.hex()}"
    )
    return judged.first


def _check_rest(
    package: Package, judged: Judgement, older: list[Seen], signer: bytes | None, report: Report
) -> None:
    """Check what only a package has: anchors, texts, tables."""
    extra = judged.folder.extra_files()
    if extra:
        report.fails("data/log holds files that a log of this size does not have", *extra)
    check_announced(package, judged.book, signer, report)
    notes = {one.checkpoint.size: one for one in [package.newest, *older]}
    anchors = package.anchors()
    check_stamps(package, anchors, notes, judged.book, report)
    check_cosignatures(package, anchors, notes, report)
    beyond = [row for row in anchors if row.size > package.newest.checkpoint.size]
    if beyond:
        words = "anchors are of a longer log than this one: an older checkpoint was put back"
        report.fails(words, *(f"{row.file}: {row.size} entries" for row in beyond))
    check_texts(package, judged.book, report)
    check_last_days(package, judged.book, report)
    report.says(
        "data/views/events.csv is what the entries give",
        "data/views/events.csv is not what the entries give",
        judged.rows,
    )
    if package.about:
        check_views(package, judged.book, report)


def _surroundings() -> Path:
    """Give the receipt or the bag that this file lies in."""
    here = Path(__file__).resolve().parent
    return here if (here / _RECEIPT_FILE).is_file() else here.parent


def _is_receipt(path: Path) -> bool:
    if path.is_dir():
        return (path / _RECEIPT_FILE).is_file()
    return zipfile.is_zipfile(path)


def _receipt(path: Path) -> dict[str, bytes]:
    """Read the files of a receipt, from its ZIP or its folder. Raises Unreadable."""
    if path.is_dir():
        there = [name for name in RECEIPT_FILES if (path / name).is_file()]
        return {name: read_whole(path / name, MOST_RECEIPT_BYTES) for name in there}
    if not zipfile.is_zipfile(path):
        message = f"{path} is no receipt: a receipt is a ZIP file."
        raise Unreadable(message)
    with zipfile.ZipFile(path) as archive:
        found: dict[str, bytes] = {}
        for one in archive.infolist():
            name = one.filename.rpartition("/")[2]
            if name in found:
                message = f"{path} holds {name} twice: nobody could tell which one counts."
                raise Unreadable(message)
            if name in RECEIPT_FILES and one.file_size <= MOST_RECEIPT_BYTES:
                found[name] = archive.read(one)
        return found


def _unpacked(path: Path, scratch: Path) -> Path:
    """Give the folder of a package that came as one ZIP file; anything else as it is."""
    if path.is_dir() or not zipfile.is_zipfile(path):
        return path
    with zipfile.ZipFile(path) as archive:
        if not any(name.rpartition("/")[2] == "bagit.txt" for name in archive.namelist()):
            return path
        if sum(one.file_size for one in archive.infolist()) > disk_usage(scratch).free:
            message = f"{path} would need too much room: unpack it yourself."
            raise Unreadable(message)
        target = scratch / str(len(list(scratch.iterdir())))
        archive.extractall(target)
    # Looked for in what was unpacked: a name in the archive could lead to another package.
    bag = min(target.rglob("bagit.txt"), key=lambda one: len(one.parts)).parent
    if any(bag not in one.parents for one in target.rglob("*") if one.is_file()):
        message = f"{path} holds more than one package: unpack it, and check what you open."
        raise Unreadable(message)
    return bag


def _tell(report: Report, first: str, *, as_json: bool) -> None:
    if as_json:
        findings = [one._asdict() for one in report.findings]
        _say(json.dumps({"holds": report.whole, "first": first, "findings": findings}, indent=1))
        return
    for finding in report.findings:
        for line in finding.lines():
            _say(line)
    failed = sum(one.holds is False for one in report.findings)
    _say("")
    if report.whole:
        _say(f"{HOLDS} {PROVES}")
        return
    if first:
        _say(shown_plainly(f"It goes wrong first here: {first}"))
    _say(f"This DOES NOT HOLD: {failed} of {len(report.findings)} checks fail. See FAILS above.")


def _say(text: str) -> None:
    # A console of another encoding must not stop the verdict.
    known = sys.stdout.encoding or "ascii"
    print(text.encode(known, "replace").decode(known))  # noqa: T201 - a program that speaks


if __name__ == "__main__":
    sys.exit(main())
