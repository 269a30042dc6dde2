"""Bring what the database has numbered into the log's folder, its checkpoint last.

Whatever dies in between, the same bytes are written the next time.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db.models import OuterRef, Subquery

from subjects.audit import files, keys
from subjects.audit.leaf import leaf_hash
from subjects.audit.models import AuditCheckpoint, AuditEntry, AuditEvent
from subjects.audit.standalone.merkle import HASH_BYTES
from subjects.audit.standalone.notes import (
    Checkpoint,
    NoteRefused,
    parse_checkpoint,
    parse_note,
)
from subjects.audit.standalone.paths import ENTRIES_LEVEL, TILE_HEIGHT, TILE_WIDTH, TilePath
from subjects.audit.tiles import Tiles
from subjects.errors import LogForked, LogNotPublished
from subjects.faults import fault

Numbered = Callable[[int, int], Iterable[tuple[bytes, bytes]]]
"""Leaf and leaf hash of each entry from an index up to another; a blanked leaf is b""."""

_RUNNING: Final = ".publishing"
"""Holds the size from which narrow tiles may still lie about, after a crash."""


def log_tiles() -> Tiles:
    """Give the folder of this installation's log."""
    return Tiles(settings.LOG_DIR)


def published() -> Checkpoint | None:
    """Give the checkpoint that was published last, or None. Raises LogForked: it is not readable.

    Its signature is not checked: nothing is believed on its word alone.
    """
    note = log_tiles().checkpoint()
    return None if note is None else read_checkpoint(note)


def read_checkpoint(note: bytes) -> Checkpoint:
    """Read a published note of this log. Raises LogForked."""
    try:
        checkpoint = parse_checkpoint(parse_note(note).text)
    except NoteRefused as refused:
        why = "the published checkpoint cannot be read"
        raise LogForked(why) from refused
    if checkpoint.origin != settings.LOG_ORIGIN:
        why = "the published checkpoint bears another name than PORTAL_LOG_ORIGIN"
        raise LogForked(why)
    return checkpoint


def publish() -> AuditCheckpoint | None:
    """Publish up to the newest checkpoint of the database; returns it, or None without one.

    The caller has checked that the folder is the beginning of what the database knows, and lets
    no second process publish (`sequencer.alone`). Raises LogNotPublished, TileForked, LogForked.
    """
    newest = AuditCheckpoint.objects.order_by("-size").first()
    if newest is None:
        return None
    try:
        write_log(log_tiles(), newest, _numbered)
        keys.publish_history()
    except OSError as error:
        raise LogNotPublished(error.strerror or type(error).__name__) from error
    return newest


def write_log(tiles: Tiles, newest: AuditCheckpoint, numbered: Numbered) -> None:
    """Write what the folder lacks up to `newest`: bundles, tiles, and its note last of all.

    Raises OSError, TileForked, TileMissing, LogForked.
    """
    note = tiles.checkpoint()
    old = 0 if note is None else read_checkpoint(note).size
    running = tiles.folder / _RUNNING
    since = _since(running, old)
    if old < newest.size:
        files.make_folder(tiles.folder)
        running.write_text(str(since), "ascii")
        _write_leaves(tiles, old, newest.size, numbered)
        _write_hashes(tiles, old, newest.size)
        if tiles.tree(newest.size).root() != bytes(newest.root):
            why = f"the files give another root for {newest.size} entries than the database"
            raise LogForked(why)
        fault("publish:before-checkpoint")
        tiles.write_checkpoint(bytes(newest.note))
        fault("publish:checkpoint")
    if running.exists():
        tiles.tidy(since, newest.size)
        running.unlink()


def _since(running: Path, old: int) -> int:
    try:
        return min(int(running.read_text("ascii")), old)
    except (FileNotFoundError, ValueError):
        return old


def _write_leaves(tiles: Tiles, old: int, new: int, numbered: Numbered) -> None:
    """Write bundles and the lowest tiles."""
    for index in range(old // TILE_WIDTH, -(-new // TILE_WIDTH)):
        start = index * TILE_WIDTH
        end = min(start + TILE_WIDTH, new)
        rows = list(numbered(start, end))
        if len(rows) != end - start:
            why = f"the database lacks an entry between {start} and {end}"
            raise LogForked(why)
        tiles.write_leaves(TilePath(ENTRIES_LEVEL, index, end - start), [leaf for leaf, _ in rows])
        fault("publish:bundle")
        tiles.write_hashes(TilePath(0, index, end - start), b"".join(digest for _, digest in rows))
        fault("publish:tile")


def _numbered(start: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Give leaf and hash of each entry; a leaf whose bytes were changed is never published."""
    event = AuditEvent.objects.filter(pk=OuterRef("event")).values("leaf")
    rows = AuditEntry.objects.filter(index__gte=start, index__lt=end).order_by("index")
    for index, leaf, digest in rows.annotate(leaf=Subquery(event)).values_list(
        "index", "leaf", "leaf_hash"
    ):
        if leaf is None or (leaf and leaf_hash(bytes(leaf)) != bytes(digest)):
            why = f"the text of entry {index} is not what was numbered"
            raise LogForked(why)
        yield bytes(leaf), bytes(digest)


def _write_hashes(tiles: Tiles, old: int, new: int) -> None:
    """Write the tiles above the lowest: each hash is the root of a full tile below."""
    level = 1
    while new >> TILE_HEIGHT * level:
        before, now = old >> TILE_HEIGHT * level, new >> TILE_HEIGHT * level
        for index in range(before // TILE_WIDTH, -(-now // TILE_WIDTH)):
            start = index * TILE_WIDTH
            width = min(now - start, TILE_WIDTH)
            known = min(max(before - start, 0), width)
            data = tiles.hashes(level, index, known) if known else b""
            if known < width:
                data += b"".join(
                    tiles.tile_root(level - 1, start + place) for place in range(known, width)
                )
                tiles.write_hashes(TilePath(level, index, width), data[: width * HASH_BYTES])
                fault("publish:tile")
        level += 1
