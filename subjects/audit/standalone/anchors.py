"""What somebody outside said of the log: time stamps (RFC 3161) and cosignatures of witnesses."""

from __future__ import annotations

import subprocess
import tempfile
from calendar import timegm
from hashlib import sha256
from pathlib import Path
from shutil import which
from time import strptime
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

SHA256_OID: Final = bytes.fromhex("0609608648016503040201")
TSTINFO_OID: Final = bytes.fromhex("060b2a864886f70d0109100104")
_SEQUENCE: Final = 0x30
_OCTETS: Final = 0x04
_OBJECT: Final = 0x06
_TIME: Final = 0x18
_EXPLICIT: Final = 0xA0
_SECONDS_FOR_OPENSSL: Final = 60
_LONG_FORM: Final = 0x80
_MOST_LENGTH_OCTETS: Final = 4


class TokenRefused(ValueError):
    """A time stamp that is not written as RFC 3161 says."""

    def __init__(self, part: str, why: str) -> None:
        super().__init__(f"the time {part} {why}")


class Stamp(NamedTuple):
    """What a time stamp says: of which SHA-256, and when (seconds since 1970, and as text)."""

    imprint: bytes
    at: int
    instant: str


class Der(NamedTuple):
    """One value of DER: its tag, its content, and all of its bytes."""

    tag: int
    content: bytes
    whole: bytes


def read_stamp(response: bytes) -> Stamp:
    """Read a TimeStampResp, or the token alone; no signature is checked. Raises TokenRefused."""
    outer = _only(response, _SEQUENCE)
    parts = list(der_values(outer.content))
    # A response begins with a status, a token with its type.
    token = outer if parts and parts[0].tag == _OBJECT else (parts[1] if parts[1:] else None)
    if token is None:
        raise TokenRefused("stamp", "was not granted")
    signed = _only(_explicit(token).content, _SEQUENCE)
    contents = [one for one in der_values(signed.content) if one.content[:13] == TSTINFO_OID]
    if not contents:
        raise TokenRefused("stamp", "holds no time")
    octets = _only(_explicit(contents[0]).content, _OCTETS)
    info = list(der_values(_only(octets.content, _SEQUENCE).content))
    imprint = next((one for one in info if one.tag == _SEQUENCE), None)
    made = next((one for one in info if one.tag == _TIME), None)
    if imprint is None or made is None:
        raise TokenRefused("stamp", "holds no time or no hash")
    hashed_by, digest = [*der_values(imprint.content), None, None][:2]
    if hashed_by is None or digest is None or not hashed_by.content.startswith(SHA256_OID):
        raise TokenRefused("stamp", "is over another hash than SHA-256")
    return Stamp(digest.content, *_read_time(made.content))


def check_stamp(response: bytes, note: bytes) -> tuple[Stamp | None, str]:
    """Check that a time stamp is of this note; give it, and what is wrong ("" when nothing is)."""
    try:
        stamp = read_stamp(response)
    except TokenRefused as error:
        return None, str(error)
    if stamp.imprint != sha256(note).digest():
        return stamp, "the time stamp is of something else than this checkpoint"
    return stamp, ""


def openssl_says(response: bytes, note: bytes, authority: Path, at: int) -> str:
    """Let openssl check who signed a stamp, as of its own time: "" when it holds, else its words.

    Raises OSError where there is no openssl.
    """
    program = which("openssl")
    if program is None:
        raise FileNotFoundError
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "note").write_bytes(note)
        (folder / "stamp").write_bytes(response)
        words = [program, "ts", "-verify", "-data", str(folder / "note"), "-in"]
        words += [str(folder / "stamp"), "-CAfile", str(authority), "-attime", str(at)]
        try:
            done = subprocess.run(  # noqa: S603 - no word comes from the package but its paths
                words, capture_output=True, check=False, timeout=_SECONDS_FOR_OPENSSL
            )
        except subprocess.TimeoutExpired:
            return "openssl did not answer"
    if done.returncode == 0:
        return ""
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return said[-1] if said else "openssl refuses it"


def der_values(data: bytes) -> Iterator[Der]:
    """Take values of DER apart, one after the other (X.690). Raises TokenRefused."""
    at = 0
    while at < len(data):
        start, length = at + 2, data[at + 1] if at + 1 < len(data) else -1
        if length > _LONG_FORM:
            octets = length - _LONG_FORM
            if octets > _MOST_LENGTH_OCTETS:
                raise TokenRefused("stamp", "is too long")
            length, start = int.from_bytes(data[start : start + octets], "big"), start + octets
        if length < 0 or length == _LONG_FORM or start + length > len(data):
            raise TokenRefused("stamp", "is cut off")
        yield Der(data[at], data[start : start + length], data[at : start + length])
        at = start + length


def _only(data: bytes, tag: int) -> Der:
    first = next(der_values(data), None)
    if first is None or first.tag != tag:
        raise TokenRefused("stamp", "is not DER of RFC 3161")
    return first


def _explicit(value: Der) -> Der:
    found = next((one for one in der_values(value.content) if one.tag == _EXPLICIT), None)
    if found is None:
        raise TokenRefused("stamp", "is not DER of RFC 3161")
    return found


def _read_time(written: bytes) -> tuple[int, str]:
    """Read a GeneralizedTime in UTC, its fraction of a second cut off."""
    text = written.decode("ascii", "replace").partition(".")[0].rstrip("Z")
    try:
        at = strptime(text, "%Y%m%d%H%M%S")
    except ValueError as error:
        raise TokenRefused("stamp", "has no time that can be read") from error
    instant = f"{text[:4]}-{text[4:6]}-{text[6:8]}T{text[8:10]}:{text[10:12]}:{text[12:]}Z"
    return timegm(at), instant
