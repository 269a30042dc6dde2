"""One entry as bytes: built once, checked against the vocabulary, hashed as a leaf of RFC 6962."""

import hmac
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Final
from uuid import UUID

import rfc8785

from subjects.audit.events import EventType
from subjects.audit.fields import BODY, HEAD
from subjects.audit.shapes import SHAPES
from subjects.audit.standalone.merkle import leaf_hash as leaf_hash  # noqa: PLC0414 - others find it here
from subjects.errors import LeafRefused

FIRST: Final = "0" * 64
"""`prev` of the first step of a chain."""
HOUSE: Final = UUID(int=0)
"""The chain of what belongs to no case."""
MOST_BYTES: Final = 65_535
"""A leaf's length is a uint16 in an entry bundle of C2SP tlog-tiles."""
SALT_BYTES: Final = 32
_PLAIN: Final = frozenset({str, int, bool, float, type(None)})
_PREV: Final = b'"prev":"'
_STEP: Final = b'"step":'


def commitment(salt: bytes, payload: bytes) -> str:
    """Commit to `payload` (canonical bytes); once the salt is gone, nobody can guess it."""
    return "hmac-sha256:" + hmac.digest(salt, payload, "sha256").hex()


def blind(identity: UUID, nonce: str) -> str:
    """Hide which case or request an entry is about: 128 bits in hex, another at each entry.

    Whoever knows the id finds all its entries again; whoever has only the log follows `prev`.
    Two packages of one log so share no name of a case (Art. 5(1)(c)).
    """
    return hmac.digest(identity.bytes, bytes.fromhex(nonce), "sha256")[:16].hex()


def blind_staff(actor: str, case: UUID, nonce: str) -> str:
    """Hide which member of staff acted: one code within a case, so that four eyes can be counted.

    On the house's chain each entry has another one.
    """
    role, slash, pseudonym = actor.partition("/")
    if not slash:
        return actor
    key = bytes.fromhex(nonce) if case == HOUSE else case.bytes
    return f"{role}/{hmac.digest(key, bytes.fromhex(pseudonym), 'sha256')[:8].hex()}"


def instant(at: datetime) -> str:
    """Write an aware `at` in UTC, cut to the second: finer times single people out."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plain(value: object) -> object:
    """Turn enums, days, instants and ids into what a leaf holds; leave the rest alone."""
    if type(value) in _PLAIN:  # nearly all are, and each entry has a dozen
        return value
    match value:
        case Enum():
            value = plain(value.value)
        case datetime() if value.tzinfo:
            value = instant(value)
        case date() if not isinstance(value, datetime):
            value = value.isoformat()
        case UUID():
            value = value.hex
        case list() | tuple():
            value = [plain(item) for item in value]
        case Mapping():
            value = {key: plain(item) for key, item in value.items() if item is not None}
        case str():
            value = str.__str__(value)  # a subclass, such as Django's SafeString
    return value


def freeze(fields: Mapping[str, object]) -> bytes:
    """Check `fields` and write them as canonical JSON (RFC 8785), for good.

    Raises LeafRefused, which names the field and never its value.
    """
    check(fields)
    leaf = _canonical(fields)
    if len(leaf) > MOST_BYTES:
        raise LeafRefused("leaf", f"it would have more than {MOST_BYTES} bytes")
    return leaf


def pieces(leaf: bytes) -> tuple[bytes, bytes, bytes]:
    """Cut a leaf of step 1 around the hex digits of `prev` and around the step.

    Its keys are sorted and no text in it has a quote: each of the two stands there once, in this
    order, and other digits in their places leave it canonical.
    """
    head, _, rest = leaf.partition(_PREV + FIRST.encode())
    middle, _, tail = rest.partition(_STEP + b"1")
    return head + _PREV, middle + _STEP, tail


def check(fields: Mapping[str, object]) -> None:
    """Raise LeafRefused unless every field is known, allowed here, and holds what it may."""
    for name, field in HEAD.items():
        if name not in fields:
            raise LeafRefused(name, "every entry must have it")
        if not field.takes(fields[name]):
            raise LeafRefused(name, f"it must be {field.wants}")
    shape = SHAPES[EventType(str(fields["type"]))]
    if not (shape.house if fields["case"] == HOUSE.hex else shape.case):
        raise LeafRefused("type", "this type does not stand on this chain")
    for name in sorted(fields.keys() - HEAD.keys()):
        if name not in BODY:
            raise LeafRefused(name, "there is no such field")
        if name not in shape.may:
            raise LeafRefused(name, f"{fields['type']} has no such field")
        if not BODY[name].takes(fields[name]):
            raise LeafRefused(name, f"it must be {BODY[name].wants}")
    if missing := shape.needs - fields.keys():
        raise LeafRefused(min(missing), f"{fields['type']} must have it")


def thaw(leaf: bytes) -> dict[str, Any]:
    """Read a leaf back, and check that it is what `freeze` would have written, byte for byte.

    Raises LeafRefused.
    """
    if len(leaf) > MOST_BYTES:
        raise LeafRefused("leaf", f"it has more than {MOST_BYTES} bytes")
    try:
        fields = json.loads(leaf)
    except (ValueError, RecursionError) as error:
        raise LeafRefused("leaf", "it is not JSON") from error
    if not isinstance(fields, dict):
        raise LeafRefused("leaf", "it is not a table of fields")
    check(fields)
    if _canonical(fields) != leaf:
        raise LeafRefused("leaf", "its bytes are not in canonical form")
    return fields


_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def _canonical(fields: Mapping[str, object]) -> bytes:
    """Write what `check` has let through as RFC 8785 has it.

    That is ASCII text without quotes and whole numbers: there, and only there, the fast encoder of
    the standard library writes the same bytes (tested).
    """
    return _encode(fields).encode()


def freeze_payload(payload: Mapping[str, object]) -> bytes:
    """Write the details behind a commitment as canonical JSON. Raises LeafRefused."""
    try:
        return rfc8785.dumps(plain(payload))  # type: ignore[arg-type]  # it refuses the rest
    except (rfc8785.CanonicalizationError, TypeError, UnicodeError) as error:
        raise LeafRefused("payload", "it is not JSON") from error


def read_payload(payload: bytes) -> dict[str, Any]:
    """Read the details back."""
    details: dict[str, Any] = json.loads(payload)
    return details
