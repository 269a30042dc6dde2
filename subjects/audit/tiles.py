"""The log on disk: a folder as C2SP tlog-tiles describes it, read and written once.

The entries lie beside the hashes, for their owner alone: they are never served.
"""

import os
import shutil
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from subjects.audit import files
from subjects.audit.standalone.bundles import BundleRefused, read_bundle, write_bundle
from subjects.audit.standalone.merkle import HASH_BYTES, CompactRange, node_hash
from subjects.audit.standalone.paths import (
    ENTRIES_LEVEL,
    MOST_LEVELS,
    TILE_HEIGHT,
    TILE_WIDTH,
    TilePath,
    read_path,
)
from subjects.errors import LogNotPublished, TileForked, TileMissing

CHECKPOINT: Final = "checkpoint"
PRUNED: Final = "pruned"
"""Names the file that tells below which entry no bundle need be there."""
REDACTIONS: Final = "redactions.jsonl"
"""Names the file that lists the entries blanked because of a mistake, as a package does."""
_NEW: Final = ".new"
_UNFINISHED: Final = "unfinished"
_KEPT: Final = 64
"""Full tiles kept in memory: a proof reads the same few again and again."""


class Tiles:
    """The folder of a log. Every method raises TileMissing where a file is not there or cut off."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self._kept: OrderedDict[tuple[int, int], bytes] = OrderedDict()
        self._unsynced: set[Path] = set()
        self._pruned: int | None = None

    # --- Reading ------------------------------------------------------------------------------

    def checkpoint(self) -> bytes | None:
        """Give the signed note that was published last, or None. Raises LogNotPublished."""
        try:
            return (self.folder / CHECKPOINT).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LogNotPublished(error.strerror or type(error).__name__) from error

    def extent(self) -> int:
        """Count the leaf hashes that lie here, whatever the checkpoint says. Looks at each file."""
        files = (path for path in (self.folder / "tile/0").rglob("*") if path.is_file())
        pieces = (read_path(path.relative_to(self.folder).as_posix()) for path in files)
        return max((one.index * TILE_WIDTH + one.width for one in pieces if one), default=0)

    def hashes(self, level: int, index: int, width: int = TILE_WIDTH) -> bytes:
        """Give the first `width` hashes of a tile, 32 bytes each.

        A narrower tile may have gone when a wider one came: then that one is read.
        """
        wanted = TilePath(level, index, width)
        data = self._kept.get((level, index))
        if data is None:
            found, data = self._read(wanted)
            if len(data) != found.width * HASH_BYTES:
                raise TileMissing(str(found))
            if found.width == TILE_WIDTH:
                self._kept[level, index] = data
                if len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return data[: width * HASH_BYTES]

    def bundle(self, index: int, width: int = TILE_WIDTH) -> list[bytes]:
        """Give the first `width` leaves of a bundle; a blanked or pruned one is b""."""
        if self.is_pruned(index):
            return [b""] * width
        found, data = self._read(TilePath(ENTRIES_LEVEL, index, width))
        try:
            leaves = read_bundle(data)
        except BundleRefused:
            raise TileMissing(str(found)) from None
        if len(leaves) != found.width:
            raise TileMissing(str(found))
        return leaves[:width]

    def subtree(self, level: int, index: int) -> bytes:
        """Give the hash of the full subtree of 2**level leaves, the index-th there."""
        tile_level, height = divmod(level, TILE_HEIGHT)
        tile, start = divmod(index << height, TILE_WIDTH)
        end = start + (1 << height)
        return _root(self.hashes(tile_level, tile, end)[start * HASH_BYTES :])

    def tile_root(self, level: int, index: int) -> bytes:
        """Give the root of a full tile: a hash of the tile above it."""
        return _root(self.hashes(level, index))

    def tree(self, size: int) -> CompactRange:
        """Give the tree of the first `size` leaves: its full subtrees, and so its root."""
        peaks, start = [], 0
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                peaks.append(self.subtree(level, start >> level))
                start += 1 << level
        return CompactRange.decode(size, b"".join(peaks))

    def leaf_hashes(self, start: int, end: int) -> Iterator[bytes]:
        """Give the leaf hashes from `start` up to `end`."""
        for index, first, last in _pieces(start, end):
            data = self.hashes(0, index, last)
            for at in range(first, last):
                yield data[at * HASH_BYTES : (at + 1) * HASH_BYTES]

    def entries(self, start: int, end: int) -> Iterator[bytes]:
        """Give the leaves from `start` up to `end`; a blanked one is b""."""
        for index, first, last in _pieces(start, end):
            yield from self.bundle(index, last)[first:]

    def pruned_below(self) -> int:
        """Give the index below which no bundle need be there; 0 before the first pruning."""
        if self._pruned is None:
            self._pruned = int((self._pruning() or ["0"])[0])
        return self._pruned

    def has_pruned(self, below: int) -> bool:
        """Say whether everything below `below` has gone: a crash may have left something."""
        return self._pruning() == [str(below)]

    def is_pruned(self, bundle: int) -> bool:
        """Say whether a bundle went with the pruned entries."""
        return (bundle + 1) * TILE_WIDTH <= self.pruned_below()

    def _read(self, wanted: TilePath) -> tuple[TilePath, bytes]:
        widths = [TILE_WIDTH, wanted.width, *self._wider(wanted)]
        for found in (wanted._replace(width=width) for width in widths):
            try:
                return found, (self.folder / str(found)).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue
        raise TileMissing(str(wanted))

    def _wider(self, wanted: TilePath) -> list[int]:
        folder = self.folder / f"{wanted._replace(width=TILE_WIDTH)}.p"
        names = [path.name for path in folder.glob("[1-9]*")]
        return sorted(int(name) for name in names if name.isdecimal() and int(name) > wanted.width)

    # --- Writing ------------------------------------------------------------------------------

    def write_hashes(self, path: TilePath, data: bytes) -> None:
        """Write a tile of hashes, once. Raises TileForked where another one is there."""
        place = self.folder / str(path)
        if place.exists():
            if place.read_bytes() != data:
                raise TileForked(str(path))
            return
        self._put(place, data, files.PUBLIC)

    def write_leaves(self, path: TilePath, leaves: list[bytes]) -> None:
        """Write a bundle of leaves, once. Raises TileForked where other ones are there.

        Only a blanked leaf may differ from what was there, and it stays blanked.
        """
        if self.is_pruned(path.index):
            return
        place, data = self.folder / str(path), write_bundle(leaves)
        if place.exists() and place.read_bytes() != data:
            there = self.bundle(path.index, path.width)
            if any(old and new and old != new for old, new in zip(there, leaves, strict=True)):
                raise TileForked(str(path))
            kept = [old and new for old, new in zip(there, leaves, strict=True)]
            data = write_bundle(kept)
        elif place.exists():
            return
        self._put(place, data, files.PRIVATE)

    def write_checkpoint(self, note: bytes) -> None:
        """Publish a signed note, after all that it speaks of is on the disk."""
        self.sync()
        place = self.folder / CHECKPOINT
        files.replace(place, note, files.PUBLIC, by=self.folder / _NEW)

    def sync(self) -> None:
        """Bring the folders of what was written onto the disk."""
        for folder in self._unsynced:
            files.sync_folder(folder)
        self._unsynced.clear()

    def tidy(self, old: int, new: int) -> None:
        """Remove narrow tiles that are full since the log had `old` entries; it has `new` now."""
        for level in (ENTRIES_LEVEL, *range(MOST_LEVELS)):
            shift = TILE_HEIGHT * (max(level, 0) + 1)
            for index in range(old >> shift, new >> shift):
                narrow = self.folder / f"{TilePath(level, index, TILE_WIDTH)}.p"
                if narrow.is_dir():
                    shutil.rmtree(narrow)

    # --- Blanking: the only files that ever change --------------------------------------------

    def blank(self, index: int) -> None:
        """Blank an entry wherever a bundle holds it, for good. The hashes are left alone.

        Safe to run again.
        """
        bundle, place = divmod(index, TILE_WIDTH)
        for path in self._bundle_files(bundle):
            leaves = read_bundle(path.read_bytes())
            if place < len(leaves) and leaves[place]:
                leaves[place] = b""
                # What was there is overwritten too: only its name is gone by the renaming.
                with path.open("r+b") as old:
                    self._put(path, write_bundle(leaves), files.PRIVATE)
                    old.write(bytes(os.fstat(old.fileno()).st_size))
                    os.fsync(old.fileno())
        self.sync()

    def list_redactions(self, rows: bytes) -> None:
        """Put the list of the blanked entries in place of the one before."""
        files.replace(self.folder / REDACTIONS, rows, files.PUBLIC, by=self.folder / _NEW)

    def prune(self, below: int) -> None:
        """Remove the bundles that lie wholly below `below`, for good. Safe to run again."""
        # Said before it is done: nobody must take it for a loss.
        self._note_pruning(f"{below} {_UNFINISHED}")
        self._pruned = below
        for bundle in range(below // TILE_WIDTH):
            for path in self._bundle_files(bundle):
                path.unlink()
        self._note_pruning(str(below))

    def _pruning(self) -> list[str]:
        try:
            return (self.folder / PRUNED).read_text("ascii").split()
        except FileNotFoundError:
            return []

    def _note_pruning(self, text: str) -> None:
        place = self.folder / PRUNED
        files.replace(place, f"{text}\n".encode(), files.PUBLIC, by=self.folder / _NEW)

    def _bundle_files(self, bundle: int) -> list[Path]:
        """List the files that hold a bundle: the full one, and narrow ones."""
        full = self.folder / str(TilePath(ENTRIES_LEVEL, bundle, TILE_WIDTH))
        narrow = Path(f"{full}.p").glob("[1-9]*")
        return [path for path in (full, *narrow) if path.is_file()]

    def _put(self, place: Path, data: bytes, mode: int) -> None:
        files.make_folder(place.parent)
        files.put(place, data, mode, by=self.folder / _NEW)
        self._unsynced.add(place.parent)


def _root(data: bytes) -> bytes:
    """Give the root over a power of two of hashes."""
    row = [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]
    while len(row) > 1:
        pairs = iter(row)
        row = [node_hash(left, right) for left, right in zip(pairs, pairs, strict=True)]
    return row[0]


def _pieces(start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Give (tile, first, last) for the leaves from `start` up to `end`."""
    for index in range(start // TILE_WIDTH, -(-end // TILE_WIDTH)):
        first = index * TILE_WIDTH
        yield index, max(start - first, 0), min(end - first, TILE_WIDTH)
