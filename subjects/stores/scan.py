"""Looks for byte strings in files of any size, to prove that something is gone."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

BLOCK: Final = 1 << 20


def files_containing(files: Iterable[Path], needles: Sequence[bytes]) -> list[Path]:
    """Return the files that hold one of the needles, wherever in the file; one block in memory.

    A file that vanishes meanwhile holds nothing any more; one that cannot be read raises `OSError`.
    """
    if not needles or not all(needles):
        message = "nothing to look for: an empty byte string is in every file"
        raise ValueError(message)
    return [file for file in files if any(_windows_holding(file, needles))]


def _windows_holding(file: Path, needles: Sequence[bytes]) -> Iterator[bool]:
    longest = max(map(len, needles))
    tail = b""
    try:
        with file.open("rb") as handle:
            while block := handle.read(BLOCK):
                window = tail + block
                yield any(needle in window for needle in needles)
                # A needle may lie across two blocks.
                tail = window[-(longest - 1) :] if longest > 1 else b""
    except FileNotFoundError:
        return
