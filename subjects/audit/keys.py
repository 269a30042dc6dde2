"""The keys that sign the log and its packages, and which of them was in force from where to where.

A folder of its own (LOG_KEYS_DIR, for its owner alone): `log.pem`, `export.pem`, during a rotation
`log.old.pem`, and `history.jsonl` with the public facts. A development installation makes its keys
at first use. In production a person makes them, once, so that a lost key is noticed and not
quietly replaced.

A new key waits as `log.next.pem` until its public facts are in the history. So whatever dies in
between, the next one to come puts into force what the history tells of, and drops what it does not.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils import timezone

from subjects.audit import files
from subjects.audit.leaf import instant
from subjects.audit.log_key import LogKey
from subjects.audit.places import newest_size
from subjects.audit.standalone.notes import Vkey, parse_vkey
from subjects.errors import LogKeyDamaged, LogKeyInPlace, LogKeyMissing

LOG: Final = "log"
EXPORT: Final = "export"
HISTORY: Final = "history.jsonl"
_OLD: Final = "log.old.pem"
_NEXT: Final = ".next.pem"
_NEW: Final = ".new"


@dataclass(frozen=True)
class KeyRecord:
    """The public facts of a key. It has signed from `from_size` entries to `until_size`.

    `since` and `until` are instants such as 2026-11-23T04:40:00Z; without an end it is in force.
    """

    purpose: str
    vkey: str
    fingerprint: str
    pem: str
    from_size: int
    since: str
    until_size: int | None = None
    until: str | None = None

    @property
    def verifier(self) -> Vkey:
        """The key, for checking notes."""
        return parse_vkey(self.vkey)


def log_keys() -> list[LogKey]:
    """Give the keys that sign the log: the one in force, and during a rotation the one before.

    Raises LogKeyMissing, LogKeyDamaged.
    """
    current = _load(LOG)
    with suppress(LogKeyMissing):
        old = _read(_folder() / _OLD, current.name)
        return [current] if old == current else [current, old]
    return [current]


def export_key() -> LogKey:
    """Give the key that signs packages. Raises LogKeyMissing, LogKeyDamaged."""
    return _load(EXPORT)


def history() -> list[KeyRecord]:
    """Give the public facts of every key there was, the oldest first.

    Where the folder of keys is closed to this process, the copy beside the published log is read.
    """
    for path in (_folder() / HISTORY, published_history()):
        try:
            lines = path.read_text("ascii").splitlines()
        except (FileNotFoundError, PermissionError):
            continue
        return [KeyRecord(**json.loads(line)) for line in lines]
    return []


def known_vkeys() -> list[Vkey]:
    """Give every key that has ever signed the log, for checking notes."""
    return [record.verifier for record in history() if record.purpose == LOG]


def published_history() -> Path:
    """Give where the public facts lie beside the published log."""
    return Path(settings.LOG_DIR) / "keys" / HISTORY


def publish_history() -> None:
    """Copy the public facts beside the published log, where they have changed."""
    path, copy = _folder() / HISTORY, published_history()
    if not path.exists():
        return
    facts = path.read_bytes()
    if not copy.exists() or copy.read_bytes() != facts:
        files.make_folder(copy.parent)
        files.replace(copy, facts, files.PUBLIC, by=copy.with_name(_NEW))


def make_keys() -> list[LogKey]:
    """Make the key of the log and that of its packages; for the ceremony.

    One that died is brought to its end. Raises LogKeyInPlace: a key in use is never replaced.
    """
    with _alone():
        died = any([_complete(LOG), _complete(EXPORT)])
        if _path(LOG).exists() and EXPORT not in {record.purpose for record in history()}:
            return [_read(_path(LOG), _name(LOG)), _make(EXPORT)]
        if died and _path(LOG).exists() and _path(EXPORT).exists():
            return [_read(_path(purpose), _name(purpose)) for purpose in (LOG, EXPORT)]
        for purpose in (LOG, EXPORT):
            if _path(purpose).exists():
                instead = "To replace it, use `manage.py rotate_log_key`."
                raise LogKeyInPlace(_path(purpose).name, instead)
        return [_make(purpose) for purpose in (LOG, EXPORT)]


def rotate(purpose: str) -> LogKey:
    """Put a new key in force; a key of the log goes on signing beside it until `finish`.

    Safe to run again after a crash. Raises LogKeyInPlace while a rotation runs.
    """
    with _alone():
        if _complete(purpose):
            return _read(_path(purpose), _name(purpose))
        before, old = _read(_path(purpose), _name(purpose)), _folder() / _OLD
        if purpose == EXPORT:
            return _make(EXPORT, instead_of=before)
        if old.exists() and _read(old, before.name) != before:
            end = "End that rotation first: `manage.py rotate_log_key --finish`."
            raise LogKeyInPlace(_OLD, end)
        old.unlink(missing_ok=True)
        old.hardlink_to(_path(LOG))
        return _make(LOG)


def finish() -> KeyRecord | None:
    """End a rotation: the key before signs no more and is destroyed. None when there is none.

    Raises LogKeyMissing, LogKeyDamaged, LogKeyInPlace where the new key has signed nothing yet.
    """
    with _alone():
        old = _folder() / _OLD
        if _complete(LOG):
            later = "The rotation had been cut short and runs from now on: end it in some weeks."
            raise LogKeyInPlace(_OLD, later)
        if not old.exists():
            return None
        key, records = _read(old, _name(LOG)), history()
        running = key != _read(_path(LOG), _name(LOG))  # else it died before its new key was there
        if running:
            records = _closed(records, key)
            _write_history(records)
        old.unlink()
        files.sync_folder(old.parent)
        return next((one for one in records if running and one.vkey == key.vkey), None)


def _folder() -> Path:
    return Path(settings.LOG_KEYS_DIR)


def _path(purpose: str) -> Path:
    return _folder() / f"{purpose}.pem"


def _next(purpose: str) -> Path:
    return _folder() / f"{purpose}{_NEXT}"


def _name(purpose: str) -> str:
    origin = str(settings.LOG_ORIGIN)
    return origin if purpose == LOG else f"export@{origin.partition('/')[0]}"


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process at a time make or replace keys."""
    folder = _folder()
    if not folder.is_dir():
        files.make_folder(folder.parent)
        folder.mkdir(mode=files.PRIVATE_FOLDER, exist_ok=True)
    with files.locked(folder / ".lock", wait=True):
        yield


def _load(purpose: str) -> LogKey:
    with suppress(OSError):  # who may only read signs with what is there
        if _next(purpose).exists():
            with _alone():
                _complete(purpose)
    try:
        return _read(_path(purpose), _name(purpose))
    except LogKeyMissing:
        if settings.PRODUCTION:
            raise
    with _alone():
        if _path(purpose).exists():  # another process was first
            return _read(_path(purpose), _name(purpose))
        return _make(purpose)


def _read(path: Path, name: str) -> LogKey:
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except FileNotFoundError:
        raise LogKeyMissing(path.name) from None
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        raise LogKeyDamaged(path.name) from None  # never chained: it may quote the key
    if not isinstance(private, Ed25519PrivateKey):
        raise LogKeyDamaged(path.name)
    return LogKey(name, private.public_key().public_bytes_raw(), private)


def _make(purpose: str, *, instead_of: LogKey | None = None) -> LogKey:
    """Make a key and put it in force. The public facts come first, so that no key lacks them."""
    _complete(purpose)
    private = Ed25519PrivateKey.generate()
    key = LogKey(_name(purpose), private.public_key().public_bytes_raw(), private)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    files.replace(_next(purpose), pem, files.PRIVATE, by=_folder() / _NEW)
    records = _closed(history(), instead_of) if instead_of else history()
    new = KeyRecord(purpose, key.vkey, key.fingerprint, key.pem, newest_size(), _now())
    _write_history([*records, new])
    _complete(purpose)
    return key


def _complete(purpose: str) -> bool:
    """Put the next key into force if the history tells of it, else drop it: it never signed."""
    coming = _next(purpose)
    if not coming.exists():
        return False
    key = _read(coming, _name(purpose))
    known = key.vkey in {record.vkey for record in history()}
    if known:
        coming.rename(_path(purpose))
    else:
        coming.unlink()
    files.sync_folder(coming.parent)
    return known


def _closed(records: list[KeyRecord], key: LogKey) -> list[KeyRecord]:
    """Note that a key signs no more."""
    size, now = newest_size(), _now()
    return [
        replace(record, until_size=size, until=now)
        if record.vkey == key.vkey and record.until is None
        else record
        for record in records
    ]


def _write_history(records: list[KeyRecord]) -> None:
    lines = [json.dumps(asdict(record), sort_keys=True) + "\n" for record in records]
    facts = "".join(lines).encode("ascii")
    files.replace(_folder() / HISTORY, facts, files.PRIVATE, by=_folder() / _NEW)


def _now() -> str:
    return instant(timezone.now())
