"""Where the pieces of a log lie: the paths of C2SP tlog-tiles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

TILE_WIDTH: Final = 256
TILE_HEIGHT: Final = 8
MOST_LEVELS: Final = 8
"""256**8 leaves are more than a log can have, so the levels are 0 to 7."""
ENTRIES_LEVEL: Final = -1
"""The level under which `TilePath` names a bundle of entries."""
_GROUP: Final = 1000
_PATH: Final = re.compile(
    r"tile/(?P<level>[0-7]|entries)/"
    r"(?P<index>(?:x[0-9]{3}/){0,6}[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


class TilePath(NamedTuple):
    """Which piece a path names: its level (-1: entries), its index there, its width (1 to 256)."""

    level: int
    index: int  # type: ignore[assignment]  # nobody asks these tuples for an index
    width: int

    def __str__(self) -> str:
        """Write the path, as in `tile/0/x001/067.p/8`."""
        name = "entries" if self.level == ENTRIES_LEVEL else str(self.level)
        suffix = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        return f"tile/{name}/{_index_path(self.index)}{suffix}"


def read_path(path: str) -> TilePath | None:
    """Read a path back; nothing when it is not exactly what `TilePath` writes."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level = ENTRIES_LEVEL if found["level"] == "entries" else int(found["level"])
    index = int(found["index"].replace("x", "").replace("/", ""))
    read = TilePath(level, index, int(found["width"] or TILE_WIDTH))
    return read if read.width <= TILE_WIDTH and str(read) == path else None


def tiles_of(size: int) -> Iterator[TilePath]:
    """Give every tile of hashes of a tree of `size` leaves, the lowest level first."""
    for level in range(MOST_LEVELS):
        hashes = size >> TILE_HEIGHT * level
        if not hashes:
            return
        yield from _pieces(level, hashes)


def bundles_of(size: int) -> Iterator[TilePath]:
    """Give every bundle of entries of a log of `size` entries."""
    yield from _pieces(ENTRIES_LEVEL, size)


def _pieces(level: int, hashes: int) -> Iterator[TilePath]:
    full, rest = divmod(hashes, TILE_WIDTH)
    for index in range(full):
        yield TilePath(level, index, TILE_WIDTH)
    if rest:
        yield TilePath(level, full, rest)


def _index_path(index: int) -> str:
    """Write an index in groups of three digits; all but the last begin with an x."""
    groups = [f"{index % _GROUP:03d}"]
    while index >= _GROUP:
        index //= _GROUP
        groups.append(f"x{index % _GROUP:03d}")
    return "/".join(reversed(groups))
