"""What is published: byte for byte what a naive writer makes of the same leaves, at every size."""

import hashlib
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from subjects.audit import keys, sequencer
from subjects.audit.models import AuditCheckpoint
from subjects.audit.publish import log_tiles, publish, write_log
from subjects.audit.standalone.merkle import CompactRange
from subjects.audit.tiles import Tiles
from subjects.errors import LogForked, LogNotPublished, TileForked, TileMissing
from tests.audit.entries import chain

SIZES = (1, 2, 255, 256, 257, 65535, 65536, 65537)
LEAVES = [f'{{"leaf":{number}}}'.encode() for number in range(SIZES[-1])]
HASHES = [hashlib.sha256(b"\0" + leaf).digest() for leaf in LEAVES]


def made_up(start: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Stand for the database: 65,537 entries would take it a minute."""
    yield from zip(LEAVES[start:end], HASHES[start:end], strict=True)


def checkpoint(size: int) -> AuditCheckpoint:
    tree = CompactRange()
    tree.extend(HASHES[:size])
    note = sequencer.signed(tree, keys.log_keys())
    return AuditCheckpoint(size=size, root=tree.root(), note=note)


# --- A writer that knows nothing of ours: RFC 6962 and the C2SP text, as slow as they read ---


def naive_root(hashes: list[bytes]) -> bytes:
    if len(hashes) == 1:
        return hashes[0]
    half = 1
    while half * 2 < len(hashes):
        half *= 2
    left, right = naive_root(hashes[:half]), naive_root(hashes[half:])
    return hashlib.sha256(b"\1" + left + right).digest()


def naive_name(kind: str, number: int, width: int) -> str:
    digits = f"{number:03d}"
    digits = digits.rjust(-(-len(digits) // 3) * 3, "0")
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    name = "/".join(["x" + part for part in parts[:-1]] + parts[-1:])
    return f"tile/{kind}/{name}" + (f".p/{width}" if width < 256 else "")


def naive_log(size: int) -> dict[str, bytes]:
    found = {}
    for start in range(0, size, 256):
        bundle = LEAVES[start : min(start + 256, size)]
        packed = b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in bundle)
        found[naive_name("entries", start // 256, len(bundle))] = packed
    level, row = 0, HASHES[:size]
    while row:
        for start in range(0, len(row), 256):
            tile = row[start : start + 256]
            found[naive_name(str(level), start // 256, len(tile))] = b"".join(tile)
        whole = len(row) // 256
        row = [naive_root(row[at * 256 : at * 256 + 256]) for at in range(whole)]
        level += 1
    return found


def files(folder: Path) -> dict[str, bytes]:
    tiles = (path for path in (folder / "tile").rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in tiles}


@pytest.mark.django_db
@pytest.mark.parametrize("size", SIZES)
def test_a_log_published_at_once_is_what_the_naive_writer_makes(settings, size):
    tiles = Tiles(settings.LOG_DIR)
    write_log(tiles, checkpoint(size), made_up)
    assert files(tiles.folder) == naive_log(size)
    assert tiles.tree(size).root() == naive_root(HASHES[:size])
    assert tiles.checkpoint() == checkpoint(size).note


@pytest.mark.django_db
def test_a_log_that_grew_step_by_step_is_the_same_and_keeps_narrow_tiles_until_they_are_full(
    settings,
):
    tiles = Tiles(settings.LOG_DIR)
    for size in SIZES:
        write_log(tiles, checkpoint(size), made_up)
        there, wanted = files(tiles.folder), naive_log(size)
        assert {name: there[name] for name in wanted} == wanted
        for name in there.keys() - wanted.keys():
            whole, _, width = name.rpartition(".p/")
            assert whole not in there, "the narrow ones of a full tile are gone"
            assert any(
                other.startswith(f"{whole}.p/") and wanted[other].startswith(there[name])
                for other in wanted
            ), width


@pytest.mark.django_db
def test_old_sizes_can_be_read_when_only_wider_tiles_are_there(settings):
    tiles = Tiles(settings.LOG_DIR)
    write_log(tiles, checkpoint(65537), made_up)
    for size in (1, 2, 3, 200, 256, 257, 5000, 65535, 65536):
        assert Tiles(settings.LOG_DIR).tree(size).root() == naive_root(HASHES[:size])
    assert list(tiles.entries(250, 520)) == LEAVES[250:520]
    assert list(tiles.leaf_hashes(65530, 65537)) == HASHES[65530:65537]


@pytest.mark.django_db
def test_the_entries_are_for_their_owner_alone_and_the_rest_is_for_all(settings):
    write_log(Tiles(settings.LOG_DIR), checkpoint(257), made_up)
    for path in settings.LOG_DIR.rglob("*"):
        if path.is_file():
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode == (0o600 if "entries" in path.parts else 0o644), path


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["tile/0/000.p/3", "tile/entries/000.p/3"])
def test_a_published_file_that_would_have_to_change_stops_everything(settings, name):
    tiles = Tiles(settings.LOG_DIR)
    there = tiles.folder / name
    there.parent.mkdir(parents=True)
    for forged in (b"something else", naive_log(3)[name].replace(b'"', b"'")[:-1] + b"!"):
        there.write_bytes(forged)
        with pytest.raises((TileForked, TileMissing)):
            write_log(tiles, checkpoint(3), made_up)
        assert there.read_bytes() == forged
        assert tiles.checkpoint() is None


@pytest.mark.django_db
def test_a_root_that_the_files_do_not_give_is_not_published(settings):
    tiles = Tiles(settings.LOG_DIR)
    wrong = checkpoint(4)
    wrong.size = 3
    with pytest.raises(LogForked, match="another root"):
        write_log(tiles, wrong, made_up)
    assert tiles.checkpoint() is None


@pytest.mark.django_db
@pytest.mark.parametrize("damage", [b"", b"short", b"x" * 3 * 32])
def test_a_damaged_tile_is_named(settings, damage):
    tiles = Tiles(settings.LOG_DIR)
    write_log(tiles, checkpoint(2), made_up)
    (tiles.folder / "tile/0/000.p/2").write_bytes(damage)
    with pytest.raises(TileMissing, match=r"tile/0/000\.p/2"):
        list(tiles.leaf_hashes(0, 2))
    (tiles.folder / "tile/entries/000.p/2").unlink()
    with pytest.raises(TileMissing, match=r"tile/entries/000\.p/2"):
        list(tiles.entries(0, 2))


@pytest.mark.django_db
def test_a_blanked_entry_may_differ_and_stays_blank(settings):
    tiles = Tiles(settings.LOG_DIR)

    def blanked(start: int, end: int) -> Iterator[tuple[bytes, bytes]]:
        return ((b"" if at == 1 else LEAVES[at], HASHES[at]) for at in range(start, end))

    write_log(tiles, checkpoint(3), blanked)
    assert list(tiles.entries(0, 3)) == [LEAVES[0], b"", LEAVES[2]]
    (tiles.folder / "checkpoint").unlink()
    write_log(tiles, checkpoint(3), made_up)
    assert list(tiles.entries(0, 3)) == [LEAVES[0], b"", LEAVES[2]]


@pytest.mark.django_db
def test_without_room_the_log_is_numbered_and_published_later(settings):
    chain(3)
    settings.LOG_DIR.parent.mkdir(parents=True, exist_ok=True)
    settings.LOG_DIR.mkdir()
    (settings.LOG_DIR / "tile").write_text("no folder")  # as good as a full disk, also for root
    with pytest.raises(LogNotPublished, match="PORTAL_LOG_DIR"):
        sequencer.sequence()
    assert AuditCheckpoint.objects.get().size == 3
    chain(2)  # filing goes on
    (settings.LOG_DIR / "tile").unlink()
    assert sequencer.sequence().size == 5
    assert log_tiles().tree(5).root() == bytes(AuditCheckpoint.objects.get(size=5).root)


@pytest.mark.django_db
def test_a_log_without_entries_publishes_nothing(settings):
    assert publish() is None
    assert sequencer.sequence() is None
    assert log_tiles().checkpoint() is None
