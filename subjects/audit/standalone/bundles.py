"""Entries in files: the bundles of C2SP tlog-tiles, a uint16 length before each entry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_ENTRY_BYTES: Final = 65_535
MOST_BUNDLE_ENTRIES: Final = 256


class BundleRefused(ValueError):
    """A bundle that is cut off or holds too much."""


def write_bundle(leaves: Iterable[bytes]) -> bytes:
    """Write leaves as a bundle; a blanked one is b"". Raises BundleRefused."""
    parts: list[bytes] = []
    for leaf in leaves:
        if len(leaf) > MOST_ENTRY_BYTES:
            raise BundleRefused("An entry of a bundle has at most 65,535 bytes.")
        parts += (len(leaf).to_bytes(2, "big"), leaf)
    if len(parts) > 2 * MOST_BUNDLE_ENTRIES:
        raise BundleRefused("A bundle has at most 256 entries.")
    return b"".join(parts)


def read_bundle(bundle: bytes) -> list[bytes]:
    """Read a bundle back: at most 256 leaves, a blanked one as b"". Raises BundleRefused."""
    leaves: list[bytes] = []
    at, end = 0, len(bundle)
    while at < end:
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if start > end or at > end:
            raise BundleRefused("A bundle of entries is cut off.")
        leaves.append(bundle[start:at])
    if len(leaves) > MOST_BUNDLE_ENTRIES:
        raise BundleRefused("A bundle has at most 256 entries.")
    return leaves
