"""One good value for every field of an entry."""

from typing import Any

from subjects.audit.events import EventType
from subjects.audit.leaf import FIRST
from subjects.audit.shapes import SHAPES

GOOD: dict[str, Any] = {
    "v": 1,
    "id": "6f1c2f3a-9f7e-4a64-8a52-0a6a1c2d3e4f",
    "n": "00112233445566778899aabbccddeeff",
    "t": "2026-11-23T04:40:00Z",
    "type": "search.completed",
    "case": "0123456789abcdef0123456789abcdef",
    "step": 7,
    "prev": FIRST,
    "actor": "system:search",
}
BODIES: dict[str, Any] = {
    "request": "fedcba9876543210fedcba9876543210",
    "right": "art17",
    "state": "in_review",
    "outcome": "granted",
    "ground": "E-d",
    "basis": "art12-3",
    "reason": "no-face-found",
    "reasons": ["complexity", "number-of-requests"],
    "decision": "same",
    "channel": "web",
    "tier": "T1",
    "method": "selfie",
    "letter": "extension",
    "version": "letter-1.2",
    "language": "fr",
    "country": "FR",
    "received": "2026-11-22T23:30:00Z",
    "local_date": "2026-11-23",
    "tz": "Europe/Madrid",
    "calendar": "holidays-0.109/FR",
    "due": "2026-12-23",
    "due_b": "2026-12-30",
    "extended_to": "2027-02-23",
    "until": "2026-12-01",
    "suspended_days": 8,
    "sys": "archive",
    "stores": [
        {"alias": "default", "result": "searched", "total": 20_000, "compared": 20_000},
        {"alias": "archive", "result": "failed", "reason": "store-unavailable"},
    ],
    "model": "dlib-resnet-v1/face_recognition-1.3.0",
    "radius": "0.6",
    "strong_radius": "0.4200",
    "bands": {"strong": 3, "review": 1, "set_aside": 40},
    "total": 20_000,
    "compared": 20_000,
    "count": 3,
    "restricted": 3,
    "erased": 3,
    "attempt": 1,
    "seconds": 90,
    "entries": 1000,
    "key": "0123456789abcdef",
    "cases": 12,
    "open": 3,
    "year": 2026,
    "number": 17,
    "purpose": "log",
    "anchor": "rfc3161",
    "page": "figures",
    "kind": "order",
    "order": "fedcba9876543210fedcba9876543210",
    "target": FIRST,
    "digest": FIRST,
    "pc": "hmac-sha256:" + FIRST,
}


def leaf_of(event: EventType, **fields: object) -> dict[str, Any]:
    """Give the fields of a well-formed entry of this type, with all that it may have."""
    shape = SHAPES[event]
    case = GOOD["case"] if shape.case else "0" * 32
    body = {name: BODIES[name] for name in shape.may}
    return GOOD | {"type": str(event), "case": case} | body | fields
