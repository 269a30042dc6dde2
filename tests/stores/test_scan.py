"""The byte scan finds a needle wherever it lies, in files larger than memory should hold."""

import pytest

from subjects.stores.scan import BLOCK, files_containing

NEEDLE = b"a face code, as it lies in a file"


@pytest.mark.parametrize("at", [0, 1, BLOCK - 1, BLOCK - len(NEEDLE), BLOCK, 2 * BLOCK - 17])
def test_a_needle_is_found_also_across_two_blocks(tmp_path, at):
    held, clean = tmp_path / "held", tmp_path / "clean"
    held.write_bytes(bytes(at) + NEEDLE + bytes(99))
    clean.write_bytes(bytes(at) + NEEDLE[:-1] + bytes(BLOCK))
    assert files_containing([held, clean], [b"something else", NEEDLE]) == [held]


def test_a_needle_of_one_byte_and_an_empty_file_are_no_trouble(tmp_path):
    file = tmp_path / "empty"
    file.write_bytes(b"")
    assert files_containing([file, tmp_path / "vanished"], [b"x"]) == []


@pytest.mark.parametrize("needles", [[], [b""], [b"x", b""]])
def test_looking_for_nothing_is_refused(needles):
    with pytest.raises(ValueError, match="nothing to look for"):
        files_containing([], needles)
