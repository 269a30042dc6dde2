"""Entries in files: the bundles of C2SP tlog-tiles, a uint16 length before each entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_ENTRY_BYTES: Final = 65_535
MOST_BUNDLE_ENTRIES: Final = 256
_TOO_LONG: Final = "an entry has more than 65,535 bytes"
_TOO_MANY: Final = "it has more than 256 entries"
_CUT_OFF: Final = "it is cut off"


class BundleRefused(ValueError):
    """A bundle that is cut off or holds too much."""

    def __init__(self, why: str) -> None:
        super().__init__("This is no bundle of entries: " + why + ".")


def write_bundle(leaves: Iterable[bytes]) -> bytes:
    """Write leaves as a bundle; a blanked one is b"". Raises BundleRefused."""
    parts: list[bytes] = []
    for leaf in leaves:
        if len(leaf) > MOST_ENTRY_BYTES:
            raise BundleRefused(_TOO_LONG)
        parts += (len(leaf).to_bytes(2, "big"), leaf)
    if len(parts) > 2 * MOST_BUNDLE_ENTRIES:
        raise BundleRefused(_TOO_MANY)
    return b"".join(parts)


def read_bundle(bundle: bytes) -> list[bytes]:
    """Read a bundle back: at most 256 leaves, a blanked one as b"". Raises BundleRefused."""
    leaves: list[bytes] = []
    at, end = 0, len(bundle)
    while at < end:
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > end or at > end:
            raise BundleRefused(_CUT_OFF)
        leaves.append(bundle[start:at])
    if len(leaves) > MOST_BUNDLE_ENTRIES:
        raise BundleRefused(_TOO_MANY)
    return leaves
