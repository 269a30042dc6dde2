"""Who signed the log: its keys, one after the other, and those that the reader has already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from subjects.audit.standalone.notes import (
    NOTE_KEY,
    Vkey,
    parse_vkey,
    verified_by,
)
from subjects.audit.standalone.receipts import key_fingerprint
from subjects.audit.standalone.sshsig import ssh_fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from subjects.audit.standalone.findings import Report
    from subjects.audit.standalone.judging import Judgement
    from subjects.audit.standalone.package import Package, Seen
    from subjects.audit.standalone.reading import Book

LOG_PURPOSE: Final = "log"
_SSH_PRINT: Final = "SHA256:"
SHORT_KEY_DIGITS: Final = 16
"""So many hex digits of a fingerprint stand in an entry `key.rotated`."""

Signed = list[tuple["Seen", list[Vkey]]]
"""Checkpoints, each with the keys of the log that have signed it."""


class Given:
    """The keys that the reader has from elsewhere: whole ones, or their fingerprints."""

    def __init__(self, texts: Sequence[str]) -> None:
        whole = [text for text in texts if "+" in text and not text.startswith(_SSH_PRINT)]
        self.vkeys = [parse_vkey(text) for text in whole]
        self.fingerprints = [_plain_print(text) for text in texts if text not in whole]

    def __bool__(self) -> bool:
        return bool(self.vkeys or self.fingerprints)

    def knows(self, key: bytes) -> bool:
        """Say whether a public key (32 bytes) is one of them."""
        return any(one.key == key for one in self.vkeys) or any(
            text in prints_of(key) for text in self.fingerprints
        )

    def missing(self, keys: Sequence[bytes]) -> list[str]:
        """List what was given and is none of `keys`."""
        prints = {text for key in keys for text in prints_of(key)}
        lost = [f"{one.name}+{one.key_hash.hex()}" for one in self.vkeys if one.key not in keys]
        return lost + [text for text in self.fingerprints if text not in prints]


def prints_of(key: bytes) -> tuple[str, str]:
    """Give both fingerprints of a key: of its key file in hex, and as ssh-keygen shows it."""
    vkey = Vkey("", b"", NOTE_KEY, key)
    return key_fingerprint(vkey), ssh_fingerprint(key)


def check_checkpoints(
    seen: Sequence[Seen], package: Package, given: Given, report: Report
) -> list[Vkey]:
    """Check that every checkpoint is signed by a key of the log; give the keys that may sign."""
    keys = [key for key in package.vkeys if key.algorithm == NOTE_KEY] or given.vkeys
    if not keys and package.data is not None:
        report.fails("the package names no key of the log in data/keys/log.vkey")
        return []
    if not keys:
        report.note(
            "the signature of the checkpoint was not checked: no key is here; give one with --key"
        )
        return []
    origin = package.newest.checkpoint.origin
    problems: list[str] = []
    for one, known in signed_by(seen, keys):
        if not known:
            problems.append(f"{one.name} is not signed by any key of the log")
        if one.checkpoint.origin != origin:
            problems.append(f"{one.name} is of another log, {one.checkpoint.origin}")
    report.says(
        f"{len(seen)} checkpoints are signed by {origin}",
        "checkpoints are not signed by the log",
        problems,
    )
    return keys


def signed_by(seen: Sequence[Seen], keys: Sequence[Vkey]) -> Signed:
    """Tell of each checkpoint which keys of its own log have signed it."""
    return [
        (one, verified_by(one.note, [key for key in keys if key.name == one.checkpoint.origin]))
        for one in seen
    ]


def check_trust(
    judged: Judgement, keys: Sequence[Vkey], signed: Signed, given: Given, report: Report
) -> None:
    """Follow the keys from one that the reader knows to the newest.

    A key is vouched for by an entry that announces it, and that stands under a checkpoint signed
    by a key trusted already. That it signed beside such a key says nothing: whoever has any key
    can put a line under a checkpoint that somebody else signed.
    """
    newest = [key for one, known in signed if one is judged.package.newest for key in known]
    if not given:
        _tell_prints(newest, signed, report)
        return
    trusted = {key.key for key in keys if given.knows(key.key)}
    if not trusted:
        return
    announced = {
        str(one.fields.get("key")): one.index
        for one in reversed(judged.book.facts.kept.get("key.rotated", []))
        if one.fields.get("purpose") == LOG_PURPOSE
    }
    for _ in signed:
        covered = [
            one.checkpoint.size
            for one, known in signed
            if not trusted.isdisjoint(key.key for key in known)
            and judged.folder.roots.get(one.checkpoint.size) == one.checkpoint.root
        ]
        vouched = {short for short, index in announced.items() if index < max(covered, default=0)}
        trusted |= {key.key for key in keys if key_fingerprint(key)[:SHORT_KEY_DIGITS] in vouched}
    if trusted.isdisjoint(key.key for key in newest):
        report.fails("the newest checkpoint is signed with a key that yours never vouched for")
    else:
        report.holds("the newest checkpoint is signed with the key that you gave, or one after it")


def _tell_prints(newest: Sequence[Vkey], signed: Signed, report: Report) -> None:
    """Show the keys that have signed; a key that is merely listed would lend its good name."""
    older = {key for _, known in signed for key in known} - set(newest)
    if newest:
        report.note(
            "the newest checkpoint was signed with this; compare the fingerprint (SHA-256) with the"
            " privacy notice, or ask the authority: else anybody could have made all of this",
            *map(_printed, newest),
        )
    if older:
        report.note("only earlier checkpoints were signed with this", *sorted(map(_printed, older)))


def _printed(key: Vkey) -> str:
    return f"{key.name}+{key.key_hash.hex()}: {key_fingerprint(key)}"


def check_given_keys(package: Package, given: Given, signer: bytes | None, report: Report) -> None:
    """Check that each key that the reader has is one that is used here."""
    used = [key.key for key in package.vkeys] + ([signer] if signer else [])
    if not given or not used:
        return
    lost = given.missing(used)
    report.says(
        "the keys that you gave are those used here", "a key that you gave is not used", lost
    )


def check_announced(package: Package, book: Book, signer: bytes | None, report: Report) -> None:
    """Check that each key but the first one was announced in the log before it was used."""
    rotated = [one.fields for one in book.facts.kept.get("key.rotated", [])]
    announced: dict[str, list[str]] = {"log": [], "export": []}
    for fields in rotated:
        if fields.get("purpose") in announced and "key" in fields:
            announced[fields["purpose"]].append(fields["key"])
    old = _signed_by_then(package, book.pruned_below)
    notes = [package.newest.note, *(one.note for one in package.older())]
    # A key that has not signed yet may wait for its entry: it changes nothing.
    used = {line.key_hash for note in notes for line in note.signatures}
    silent = [
        f"{key.name}+{key.key_hash.hex()} signs the log, and no entry announces it"
        for key in package.vkeys
        if key_fingerprint(key)[:SHORT_KEY_DIGITS] not in announced["log"]
        and key.key_hash in used - old
    ]
    # The first key was there before the first entry: nothing announces it.
    problems = silent if len(silent) > (not old) else []
    if signer is not None and announced["export"]:
        newest = announced["export"][-1]
        if key_fingerprint(Vkey("", b"", NOTE_KEY, signer))[:SHORT_KEY_DIGITS] != newest:
            problems.append("the manifest is signed with another key than the log announced last")
    if rotated or problems:
        report.says(
            "every key after the first was announced in the log",
            "keys are used that the log does not announce",
            problems,
        )


def _signed_by_then(package: Package, size: int) -> set[bytes]:
    """Give the hashes of the keys in use up to `size` entries: what announced them was pruned."""
    notes = [one.note for one in package.older() if one.checkpoint.size <= size] if size else []
    return {line.key_hash for note in notes for line in note.signatures}


def _plain_print(text: str) -> str:
    """Bring a fingerprint into the form in which it is compared."""
    return text if text.startswith(_SSH_PRINT) else text.replace(":", "").strip().lower()
