"""The tree over the log: RFC 6962, section 2.1, with SHA-256; its proofs as in RFC 9162, 2.1."""

from __future__ import annotations

from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Callable, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
MOST_LEAVES: Final = 2**63 - 1
"""No log grows so far; a bound keeps the numbers of a hostile proof small."""
BLOCK_LEAVES: Final = 1024
"""So many leaves are hashed level by level, which is twice as fast as one after the other."""

Subtree = Callable[[int, int], bytes]
"""`subtree(level, index)`: the hash of the full subtree of 2**level leaves, the index-th there."""


class TreeRefused(ValueError):
    """Numbers or hashes that cannot be a tree."""

    def __init__(self, size: int, why: str) -> None:
        super().__init__(f"A tree of {size} leaves {why}.")


def leaf_hash(leaf: bytes) -> bytes:
    """Hash a leaf: 32 bytes, of 0x00 and the leaf (RFC 6962, section 2.1)."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours: 32 bytes, of 0x01 and both hashes (RFC 6962, section 2.1)."""
    return sha256(b"\x01" + left + right).digest()


class CompactRange:
    """A tree that keeps only its full subtrees, at most 63 hashes: it grows and tells its root.

    `size` is the number of leaves; `peaks` are the hashes of the full subtrees, the largest first.
    """

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add one leaf, given as its leaf hash of 32 bytes."""
        self._add(leaf, 1)

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add many leaves, given as their leaf hashes: much faster than one at a time."""
        coming = iter(leaves)
        while True:
            room = BLOCK_LEAVES - self.size % BLOCK_LEAVES
            block = list(islice(coming, room))
            if len(block) == BLOCK_LEAVES:
                self._add(_root_of_full(block), BLOCK_LEAVES)
                continue
            for leaf in block:
                self._add(leaf, 1)
            if len(block) < room:
                return

    def root(self) -> bytes:
        """Give the root of the tree as it stands: 32 bytes."""
        return _joined(self.peaks)

    def encode(self) -> bytes:
        """Write the peaks, the largest first, 32 bytes each. The size is kept beside them."""
        return b"".join(self.peaks)

    @classmethod
    def decode(cls, size: int, peaks: bytes) -> CompactRange:
        """Read back what `encode` wrote for a tree of `size` leaves. Raises TreeRefused."""
        if not 0 <= size <= MOST_LEAVES:
            raise TreeRefused(size, "cannot be")
        if len(peaks) != bin(size).count("1") * HASH_BYTES:
            raise TreeRefused(size, "has another number of peaks")
        tree = cls()
        tree.size = size
        tree.peaks = [peaks[at : at + HASH_BYTES] for at in range(0, len(peaks), HASH_BYTES)]
        return tree

    def _add(self, peak: bytes, leaves: int) -> None:
        """Add a full subtree of `leaves` leaves, a power of two that divides the size."""
        size, peaks = self.size, self.peaks
        self.size = size + leaves
        while size & leaves:
            peak = sha256(b"\x01" + peaks.pop() + peak).digest()
            leaves <<= 1
        peaks.append(peak)


def root_of(hashes: Iterable[bytes]) -> bytes:
    """Give the root over these leaf hashes: 32 bytes."""
    tree = CompactRange()
    tree.extend(hashes)
    return tree.root()


def subtrees_of(hashes: Sequence[bytes]) -> Subtree:
    """Give `subtree` over leaf hashes that are at hand, each level built once."""
    levels = [list(hashes)]
    while len(levels[-1]) > 1:
        levels.append(_level_above(levels[-1]))

    def subtree(level: int, index: int) -> bytes:
        return levels[level][index]

    return subtree


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Prove that leaf `index` stands in the tree of `size` leaves, the leaf's neighbour first.

    RFC 6962, section 2.1.1: at most 63 hashes. Raises TreeRefused.
    """
    if not 0 <= index < size <= MOST_LEAVES:
        raise TreeRefused(size, f"has no leaf {index}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _largest_below(end - start)
        if index < middle:
            proof.append(_range_root(middle, end, subtree))
            end = middle
        else:
            proof.append(_range_root(start, middle, subtree))
            start = middle
    return proof[::-1]


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Prove that the tree of `old` leaves is the beginning of the tree of `new` leaves.

    RFC 6962, section 2.1.2; empty from nothing and between equals. Raises TreeRefused.
    """
    if not 0 <= old <= new <= MOST_LEAVES:
        raise TreeRefused(old, f"does not grow to {new}")
    if old in {0, new}:
        return []
    proof: list[bytes] = []
    start, end, whole = 0, new, True
    while end != old:
        middle = start + _largest_below(end - start)
        if old <= middle:
            proof.append(_range_root(middle, end, subtree))
            end = middle
        else:
            proof.append(_range_root(start, middle, subtree))
            start, whole = middle, False
    if not whole:
        proof.append(_range_root(start, end, subtree))
    return proof[::-1]


def verify_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> bool:
    """Check an inclusion proof of a leaf hash, as RFC 9162, section 2.1.3.2, says."""
    if not 0 <= index < size <= MOST_LEAVES or not _are_hashes((leaf, root, *proof)):
        return False
    place, last, found = index, size - 1, leaf
    for neighbour in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(neighbour, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, neighbour)
        place, last = place >> 1, last >> 1
    return last == 0 and found == root


def verify_consistency(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Check a consistency proof, as RFC 9162, section 2.1.4.2, says.

    From nothing, only the root of nothing and an empty proof hold.
    """
    if not 0 <= old <= new <= MOST_LEAVES or not _are_hashes((old_root, new_root, *proof)):
        return False
    if old == 0:
        return not proof and old_root == EMPTY_ROOT and (new > 0 or new_root == EMPTY_ROOT)
    if old == new:
        return not proof and old_root == new_root
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old_found = new_found = path[0]
    for neighbour in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old_found = node_hash(neighbour, old_found)
            new_found = node_hash(neighbour, new_found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new_found = node_hash(new_found, neighbour)
        place, last = place >> 1, last >> 1
    return last == 0 and old_found == old_root and new_found == new_root


def _largest_below(leaves: int) -> int:
    """Give the largest power of two below `leaves`, which is at least 2."""
    return 1 << (leaves - 1).bit_length() - 1


def _range_root(start: int, end: int, subtree: Subtree) -> bytes:
    """Give the hash over the leaves from `start` up to `end`, a subtree of RFC 6962."""
    peaks: list[bytes] = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(subtree(level, start >> level))
        start += 1 << level
    return _joined(peaks)


def _joined(peaks: Sequence[bytes]) -> bytes:
    """Join full subtrees, the largest first, into one hash."""
    if not peaks:
        return EMPTY_ROOT
    found = peaks[-1]
    for peak in peaks[-2::-1]:
        found = node_hash(peak, found)
    return found


def _level_above(hashes: Sequence[bytes]) -> list[bytes]:
    """Hash neighbours in pairs; one that has no neighbour is left out."""
    pairs = iter(hashes)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs)]


def _root_of_full(hashes: list[bytes]) -> bytes:
    """Give the root over a power of two of leaf hashes."""
    while len(hashes) > 1:
        hashes = _level_above(hashes)
    return hashes[0]


def _are_hashes(hashes: Iterable[bytes]) -> bool:
    return all(len(one) == HASH_BYTES for one in hashes)
