"""Tiles and bundles lie where C2SP tlog-tiles says, and no other path is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subjects.audit.standalone.bundles import BundleRefused, read_bundle, write_bundle
from subjects.audit.standalone.paths import (
    ENTRIES_LEVEL,
    TilePath,
    bundles_of,
    read_path,
    tiles_of,
)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        (TilePath(0, 0, 256), "tile/0/000"),
        (TilePath(0, 0, 1), "tile/0/000.p/1"),
        (TilePath(0, 1067, 8), "tile/0/x001/067.p/8"),
        (TilePath(3, 1234067, 256), "tile/3/x001/x234/067"),
        (TilePath(1, 1000, 256), "tile/1/x001/000"),
        (TilePath(ENTRIES_LEVEL, 273, 112), "tile/entries/273.p/112"),
        (TilePath(ENTRIES_LEVEL, 999, 256), "tile/entries/999"),
    ],
)
def test_a_path_is_written_in_groups_of_three(path, written):
    assert str(path) == written


@given(st.integers(ENTRIES_LEVEL, 7), st.integers(0, 2**55), st.integers(1, 256))
def test_a_path_is_read_as_it_was_written(level, index, width):
    wanted = TilePath(level, index, width)
    assert read_path(str(wanted)) == wanted


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/001",
        "tile/0/001/067",
        "tile/0/x001/x067",
        "tile/00/000",
        "tile/8/000",
        "tile/-1/000",
        "tile/data/000",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/999",
        "tile/0/000.p/",
        "tile/0/000\n",
        "tile/0/0\N{ARABIC-INDIC DIGIT ZERO}0",
        "/tile/0/000",
        "tile/0/../0/000",
        "tile/entries/../../checkpoint",
        "tile/0/" + "x001/" * 9 + "000",
    ],
)
def test_a_path_that_is_not_exactly_one_is_not_read(path):
    assert read_path(path) is None


def test_a_tree_of_seventy_thousand_has_the_tiles_that_the_specification_counts():
    tiles = list(tiles_of(70_000))
    assert sum(tile.level == 0 and tile.width == 256 for tile in tiles) == 273
    assert list(map(str, tiles[273:])) == [
        "tile/0/273.p/112",
        "tile/1/000",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    assert list(map(str, bundles_of(70_000)))[-2:] == [
        "tile/entries/272",
        "tile/entries/273.p/112",
    ]


@pytest.mark.parametrize(
    ("size", "tiles"),
    [
        (0, []),
        (1, ["tile/0/000.p/1"]),
        (255, ["tile/0/000.p/255"]),
        (256, ["tile/0/000", "tile/1/000.p/1"]),
        (257, ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]),
    ],
)
def test_no_empty_tile_is_named(size, tiles):
    assert list(map(str, tiles_of(size))) == tiles


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_is_read_as_it_was_written(leaves):
    assert read_bundle(write_bundle(leaves)) == leaves


def test_a_bundle_has_a_length_before_each_entry_and_a_blanked_one_has_none():
    assert write_bundle([b"one", b"", b"three"]) == b"\0\3one\0\0\0\5three"
    assert read_bundle(b"") == []
    assert read_bundle(write_bundle([b"x" * 65_535])) == [b"x" * 65_535]


@pytest.mark.parametrize("bundle", [b"\0", b"\0\3on", b"\0\3one\0", b"\xff\xff", b"\0\0" * 257])
def test_a_bundle_that_is_cut_off_or_too_long_is_refused(bundle):
    with pytest.raises(BundleRefused):
        read_bundle(bundle)


@pytest.mark.parametrize("leaves", [[b"x" * 65_536], [b"x"] * 257])
def test_no_bundle_is_written_that_could_not_be_read(leaves):
    with pytest.raises(BundleRefused):
        write_bundle(leaves)
