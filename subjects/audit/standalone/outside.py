"""What those outside the house signed: their time stamps, their cosignatures, checked in order."""

from __future__ import annotations

import re
from base64 import b64decode
from bisect import bisect_right
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from subjects.audit.standalone.anchors import Stamp, check_stamp, openssl_says
from subjects.audit.standalone.findings import Unreadable
from subjects.audit.standalone.notes import (
    NoteRefused,
    cosigned_at,
    parse_signature,
    verified_by,
)
from subjects.audit.standalone.package import COSIGNATURE_KIND, STAMP_KIND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from subjects.audit.standalone.findings import Report
    from subjects.audit.standalone.package import AnchorFile, Package, Seen
    from subjects.audit.standalone.reading import Book

_CERTIFICATE: Final = re.compile(
    r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----"
)
MOST_BY_OPENSSL: Final = 40
"""So many time stamps are given to openssl, the newest and others evenly: each takes a moment."""


def check_stamps(
    package: Package,
    rows: Sequence[AnchorFile],
    notes: Mapping[int, Seen],
    book: Book,
    report: Report,
) -> None:
    """Check that each time stamp is of the checkpoint of its size, and who signed it."""
    rows = [row for row in rows if row.kind == STAMP_KIND]
    if not rows:
        report.note("no authority has put a time on this log")
        return
    problems: list[str] = []
    good: list[tuple[AnchorFile, Stamp, bytes]] = []
    for row in rows:
        seen, response = notes.get(row.size), _response(package, row.file)
        if seen is None or response is None:
            what = "the checkpoint of that size" if response else "the file"
            problems.append(f"{row.file}: {what} is missing")
            continue
        stamp, wrong = check_stamp(response, seen.raw)
        if stamp and not wrong and stamp.instant != row.at:
            wrong = f"it bears the time {stamp.instant}, and anchors.csv says {row.at}"
        if wrong or stamp is None:
            problems.append(f"{row.file}: {wrong}")
        else:
            good.append((row, stamp, response))
    newest = good[-1][0] if good else None
    told = f"; the newest: {newest.size} entries on {newest.at}, {newest.name}" if newest else ""
    report.says(
        f"{len(rows)} time stamps are of the checkpoints of this log{told}",
        "time stamps are not of the checkpoints of this log",
        problems,
    )
    _check_signers(package, good, notes, report)
    _check_times(good, book, report)


def _response(package: Package, name: str) -> bytes | None:
    try:
        return package.read(name)
    except Unreadable:
        return None


def _check_signers(
    package: Package,
    good: list[tuple[AnchorFile, Stamp, bytes]],
    notes: Mapping[int, Seen],
    report: Report,
) -> None:
    """Let openssl check the authority's signature: it needs RSA and X.509, which are not here."""
    if not good:
        return
    if not package.has("anchors/tsa-ca.pem"):
        report.note(
            "who signed the time stamps was not checked: the authority's certificate is missing"
        )
        return
    step = -(-len(good) // MOST_BY_OPENSSL)
    chosen = good[::-1][::step]
    problems: list[str] = []
    try:
        for row, stamp, response in chosen:
            authority = package.path("anchors/tsa-ca.pem")
            said = openssl_says(response, notes[row.size].raw, authority, stamp.at)
            problems += [f"{row.file}: {said}"] if said else []
    except OSError:
        report.note("signature of the stamps not checked: no openssl")
        return
    report.says(
        f"openssl finds {len(chosen)} of {len(good)} time stamps signed by the authority in"
        " data/anchors/tsa-ca.pem, as of their own times",
        "time stamps are not signed by the authority in data/anchors/tsa-ca.pem",
        problems,
    )
    report.note(
        "whoever made the package put this certificate into it: compare its SHA-256 with what the"
        " authority makes known",
        *_certificates(package.read("anchors/tsa-ca.pem")),
    )


def _certificates(pem: bytes) -> list[str]:
    """Give the SHA-256 of every certificate in a file, as `openssl x509 -fingerprint` does."""
    found = _CERTIFICATE.findall(pem.decode("ascii", "replace"))
    return [sha256(b64decode("".join(one.split()))).hexdigest() for one in found]


def _check_times(good: list[tuple[AnchorFile, Stamp, bytes]], book: Book, report: Report) -> None:
    """Compare the days of entries with the stamps: what a stamp does not cover came after it."""
    starts = [start for start, _ in book.days]
    earliest = [day for _, day in book.days]
    for at in range(len(earliest) - 2, -1, -1):
        earliest[at] = min(earliest[at], earliest[at + 1])
    late: list[str] = []
    for row, stamp, _ in good:
        at = max(bisect_right(starts, row.size) - 1, 0)
        day_before = datetime.fromtimestamp(stamp.at, timezone.utc) - timedelta(days=1)
        if row.size < book.size and earliest and earliest[at] < day_before.date().isoformat():
            late.append(
                f"an entry from {row.size} on says {earliest[at]}, and the stamp of {stamp.instant}"
                " does not cover it"
            )
    if late:
        report.note("entries bear days long before they entered the log", *late)


def check_cosignatures(
    package: Package, rows: Sequence[AnchorFile], notes: Mapping[int, Seen], report: Report
) -> None:
    """Check the signatures of witnesses, each over the checkpoint of its size."""
    rows = [row for row in rows if row.kind == COSIGNATURE_KIND]
    if not rows:
        report.note("no witness has signed this log")
        return
    problems: list[str] = []
    newest = ""
    for row in rows:
        at, wrong = _check_cosignature(package, row, notes.get(row.size))
        if wrong:
            problems.append(f"{row.file}: {wrong}")
        else:
            seen = datetime.fromtimestamp(at, timezone.utc)
            newest = f"{row.size} entries, seen by {row.name} on {seen:%Y-%m-%d %H:%M:%S} UTC"
    report.says(
        f"{len(rows)} signatures of witnesses are good; the newest: {newest}",
        "signatures of witnesses are not good",
        problems,
    )


def _check_cosignature(package: Package, row: AnchorFile, seen: Seen | None) -> tuple[int, str]:
    """Give when the witness signed (seconds since 1970), and what is wrong."""
    if seen is None:
        return 0, f"the checkpoint of {row.size} entries is missing"
    try:
        line = parse_signature(package.read(row.file).decode("utf-8").strip("\n"))
        key = package.witnesses().get(line.key_hash.hex())
    except (NoteRefused, Unreadable, UnicodeDecodeError) as error:
        return 0, str(error)
    note = seen.note._replace(signatures=(line,))
    if key is None:
        return 0, "data/keys/policy names no such witness"
    if not verified_by(note, [key]):
        return 0, f"{row.name} did not sign this checkpoint"
    return cosigned_at(note, key) or 0, ""
