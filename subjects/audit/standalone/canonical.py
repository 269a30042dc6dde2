"""Leaves as JSON: read once, and held to the one form that RFC 8785 gives them."""

from __future__ import annotations

import json
from string import ascii_letters, digits
from typing import Any, Final

_decode: Final = json.JSONDecoder().raw_decode
_encode: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode
_PLAIN: Final = (ascii_letters + digits + '"{}[]:,._/+-').encode()
"""The signs of which nearly every leaf is made: no space among them, and nothing escaped."""
_FLAT: Final = frozenset({str, int, bool, type(None)})


class LeafUnreadable(ValueError):
    """A leaf that is no JSON object."""


def read_leaf(leaf: bytes) -> dict[str, Any]:
    """Read a leaf, in whatever form. Raises LeafUnreadable."""
    try:
        text = leaf.decode("utf-8")
        fields, end = _decode(text)
    except (ValueError, RecursionError) as error:
        raise LeafUnreadable from error
    if not isinstance(fields, dict) or end != len(text):
        raise LeafUnreadable
    return fields


def is_canonical(leaf: bytes, fields: dict[str, Any]) -> bool:
    """Say whether `leaf` is the one form of its fields: else two readers might read two things.

    Nearly every leaf is a flat object of plain text and whole numbers, for which a few looks are
    enough; any other is written again and compared.
    """
    if (
        not leaf.translate(None, _PLAIN)
        and b":-" not in leaf
        and leaf.count(b'":') == len(fields)
        and _FLAT.issuperset(map(type, fields.values()))
        and list(fields) == sorted(fields)
    ):
        return True
    return _encode(fields).encode() == leaf
