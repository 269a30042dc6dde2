"""A log in its folder (C2SP tlog-tiles): its entries in order, its tree, its roots on the way."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from subjects.audit.standalone.bounded import read_whole
from subjects.audit.standalone.findings import Unreadable
from subjects.audit.standalone.merkle import HASH_BYTES, CompactRange, subtrees_of
from subjects.audit.standalone.paths import (
    TILE_HEIGHT,
    TILE_WIDTH,
    TilePath,
    bundles_of,
    tiles_of,
)
from subjects.audit.standalone.problems import Problem, place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


MOST_MISSING: Final = 1000
"""After so many missing tiles the log is given up: a forged size could go on for ever."""


class LogFolder:
    """The folder with `checkpoint` and `tile/`. Iterate over it once: then the rest is known.

    Where the hashes of the tree and the entries disagree, both are kept going: the entries are
    read as they are, and `problems` names each place.
    """

    def __init__(
        self, folder: Path, size: int, stops: Iterable[int] = (), pruned_below: int = 0
    ) -> None:
        self.folder, self.size, self.pruned_below = folder, size, pruned_below
        self._stops = sorted({stop for stop in stops if 0 < stop <= size} | {size}, reverse=True)
        self.roots: dict[int, bytes] = {0: CompactRange().root()}
        """The root at each of the sizes `stops`, and at the end."""
        self.problems: list[Problem] = []
        self.shapes: list[str] = []
        """Tiles and bundles that hold too little or too much."""
        self._missing = 0
        self.count = 0
        """How many entries were there."""
        self._upper = CompactRange()
        self._tiles: list[bytes] = []
        """The root of every full tile of leaf hashes: the hashes of the level above."""

    def __iter__(self) -> Iterator[tuple[int, bytes, bytes]]:
        """Give index, leaf and leaf hash of every entry, as the bundles have them."""
        for bundle in bundles_of(self.size):
            start = bundle.index * TILE_WIDTH
            leaves, listed = self._leaves(bundle), self._hashes(bundle._replace(level=0))
            hashes = [sha256(b"\0" + leaf).digest() for leaf in leaves]
            for at, leaf in enumerate(leaves):
                if not leaf and at < len(listed):
                    hashes[at] = listed[at]
            if hashes != listed:
                self._name_first(start, hashes, listed)
            self._grow(start, hashes)
            index, self.count = self.count, self.count + len(leaves)
            yield from zip(range(index, self.count), leaves, hashes)
        self._check_upper_tiles()

    def extra_files(self) -> list[str]:
        """List files of the folder that a log of this size does not have."""
        wanted = {"checkpoint", *map(str, tiles_of(self.size)), *map(str, bundles_of(self.size))}
        there = (path for path in self.folder.rglob("*") if path.is_file())
        return sorted({path.relative_to(self.folder).as_posix() for path in there} - wanted)

    def _leaves(self, bundle: TilePath) -> list[bytes]:
        if (bundle.index + 1) * TILE_WIDTH <= self.pruned_below:
            # Whether they might be pruned is for the entries to say that are still there.
            return [b""] * bundle.width
        data = self._read(bundle)
        if data is None:
            return []
        found, raw = data
        leaves = whole_entries(raw)
        if len(leaves) != found.width:
            words = f"{found} holds {len(leaves)} entries and should hold {found.width}"
            self.shapes.append(words)
        elif len(raw) != sum(map(len, leaves)) + 2 * len(leaves):
            self.shapes.append(f"{found} goes on behind its last entry")
        return leaves[: bundle.width]

    def _hashes(self, tile: TilePath) -> list[bytes]:
        read = self._read(tile)
        if read is None:
            return []
        found, data = read
        if len(data) != found.width * HASH_BYTES:
            self.shapes.append(f"{found} does not hold {found.width} hashes")
        hashes = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
        return hashes[: tile.width]

    def _read(self, wanted: TilePath) -> tuple[TilePath, bytes] | None:
        """Read a tile or bundle: the one of this width, else the widest that begins the same.

        Raises Unreadable for what is no file or too large, and when too many are missing.
        """
        whole = wanted._replace(width=TILE_WIDTH)
        parts = (self.folder / f"{whole}.p").glob("[1-9]*")
        widths = sorted((int(one.name) for one in parts if one.name.isdecimal()), reverse=True)
        for width in (wanted.width, TILE_WIDTH, *widths):
            found = wanted._replace(width=width)
            if (self.folder / str(found)).is_file():
                return found, read_whole(self.folder / str(found))
        index = wanted.index * TILE_WIDTH if wanted.level <= 0 else None
        self._blame(index, f"{wanted} is missing")
        self._missing += 1
        if self._missing > MOST_MISSING:
            message = f"The checkpoint speaks of {self.size} entries, and most are not here."
            raise Unreadable(message)
        return None

    def _name_first(self, start: int, hashes: list[bytes], listed: list[bytes]) -> None:
        """Name the first entry that the tree does not have so."""
        both = min(len(hashes), len(listed))
        at = next((at for at in range(both) if hashes[at] != listed[at]), both)
        words = "the tree has another hash at its place: it was changed, or put or moved there"
        if both and hashes[at : at + 1] and listed[at + 1 : at + 2] == hashes[at : at + 1]:
            words = "the tree has another entry before it: one was taken out"
        elif both and listed[at : at + 1] and hashes[at + 1 : at + 2] == listed[at : at + 1]:
            words = "the tree does not know it: it was put in"
        elif at == len(hashes):
            words = "the tree has a hash for it, and the entry is missing"
        self._blame(start + at, words)

    def _grow(self, start: int, hashes: list[bytes]) -> None:
        """Add the leaf hashes of one tile, and keep the roots of the stops within it."""
        while self._stops and self._stops[-1] <= start + len(hashes):
            stop = self._stops.pop()
            self.roots[stop] = self._root_with(hashes[: stop - start])
        if len(hashes) == TILE_WIDTH:
            self._tiles.append(subtrees_of(hashes)(TILE_HEIGHT, 0))
            self._upper.append(self._tiles[-1])

    def _root_with(self, rest: list[bytes]) -> bytes:
        size = self._upper.size * TILE_WIDTH
        if len(rest) == TILE_WIDTH:
            last = subtrees_of(rest)(TILE_HEIGHT, 0)
            upper = CompactRange.decode(self._upper.size, self._upper.encode())
            upper.append(last)
            return upper.root()
        partial = CompactRange()
        partial.extend(rest)
        peaks = self._upper.encode() + partial.encode()
        return CompactRange.decode(size + len(rest), peaks).root()

    def _check_upper_tiles(self) -> None:
        """Compare the tiles above the leaf hashes with what follows from the entries."""
        levels = [[], self._tiles]
        for tile in tiles_of(self.size):
            if tile.level == 0:
                continue
            while len(levels) <= tile.level:
                below = levels[-1]
                full = range(0, len(below) - TILE_WIDTH + 1, TILE_WIDTH)
                levels.append(
                    [subtrees_of(below[at : at + TILE_WIDTH])(TILE_HEIGHT, 0) for at in full]
                )
            start = tile.index * TILE_WIDTH
            if self._hashes(tile) != levels[tile.level][start : start + tile.width]:
                self._blame(None, f"{tile} is not the tree over the entries below it")

    def _blame(self, index: int | None, words: str) -> None:
        if not any(one.index == index for one in self.problems):
            self.problems.append(Problem(index, place(index), words))


def whole_entries(bundle: bytes) -> list[bytes]:
    """Give the entries of a bundle, however many, up to where it is cut off."""
    leaves: list[bytes] = []
    at = 0
    while at < len(bundle):
        start = at + 2
        at = start + int.from_bytes(bundle[at:start], "big")
        if at <= len(bundle):
            leaves.append(bundle[start:at])
    return leaves
