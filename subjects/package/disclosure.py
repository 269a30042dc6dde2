"""The restricted bag that names one case to the authority that ordered it (law: R-124)."""

import hmac
import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone

from subjects.audit import keys
from subjects.audit.evidence import Opening
from subjects.audit.leaf import instant
from subjects.package.bag import Bag
from subjects.package.collect import whole
from subjects.package.contents import pack_keys
from subjects.package.sign import identity, sign

PSEUDONYM_BYTES: Final = 8
ABOUT: Final = (
    "Each entry of the log hides its case: case in it is the first 16 bytes of HMAC-SHA256, with"
    " the case below as key (16 bytes) over n of the entry (16 bytes). So every entry of this case"
    " can be found, and none of any other. request in an entry hides the request in the same way."
    " pc of an entry is HMAC-SHA256 of the payload below (base64) under its salt (hex)."
)


@dataclass(frozen=True)
class DisclosureOrder:
    """The recorded order: whose, its file number, and the law that it rests on."""

    id: UUID
    authority: str
    reference: str
    legal_basis: str


@dataclass(frozen=True)
class Named:
    """The case that is named, and the package in which it has a pseudonym."""

    case: UUID
    reference: str
    requests: Sequence[tuple[UUID, str]]
    export: str
    salt: bytes
    openings: Sequence[Opening]

    @property
    def pseudonym(self) -> str:
        """How the package calls the case: 16 hex digits."""
        return pseudonym(self.salt, self.openings[0].leaf_hash)


def pseudonym(salt: bytes, first_leaf_hash: bytes) -> str:
    """Name a case in the package of this salt by the leaf hash of its first entry."""
    return hmac.digest(salt, first_leaf_hash, "sha256")[:PSEUDONYM_BYTES].hex()


def build_disclosure(folder: Path, order: DisclosureOrder, named: Named) -> str:
    """Build the bag at `folder`; give the SHA-256 of its manifest in hex.

    Raises PackageFolderRefused, PackageTooLarge, LogKeyMissing, LogKeyDamaged.
    """
    key = keys.export_key()

    def fill(bag: Bag) -> str:
        place = f"disclosed/{named.pseudonym}"
        bag.write(f"{place}/opening.json", _json(_opening(order, named)))
        context = {"order": order, "named": named, "identity": identity(settings.LOG_ORIGIN)}
        bag.write("README.txt", render_to_string("package/disclosure.txt", context).encode())
        pack_keys(bag)
        info = {
            "Bagging-Date": timezone.localdate().isoformat(),
            "Source-Organization": settings.CONTROLLER_NAME,
            "External-Identifier": order.id.hex,
            "External-Description": "Restricted: names one case to the authority that ordered it",
        }
        return bag.close(info, lambda manifest: sign(manifest, key.public, key.sign))

    return whole(folder, fill)


def _opening(order: DisclosureOrder, named: Named) -> dict[str, Any]:
    return {
        "v": 1,
        "about": ABOUT,
        "made": instant(timezone.now()),
        "order": {
            "id": order.id.hex,
            "authority": order.authority,
            "reference": order.reference,
            "legal_basis": order.legal_basis,
        },
        "export": named.export,
        "pseudonym": named.pseudonym,
        "case": named.case.hex,
        "reference": named.reference,
        "requests": [{"request": pk.hex, "right": right} for pk, right in named.requests],
        "entries": [_entry(one) for one in named.openings],
    }


def _entry(one: Opening) -> dict[str, Any]:
    entry: dict[str, Any] = {"index": one.index, "leaf_hash": one.leaf_hash.hex()}
    if one.salt is not None and one.payload is not None:
        entry |= {"salt": one.salt.hex(), "payload": b64encode(one.payload).decode()}
    return entry


def _json(content: object) -> bytes:
    return json.dumps(content, indent=1).encode() + b"\n"
