"""Writes files so that a crash leaves the old or the new state, and destroys them for good."""

import os
from pathlib import Path
from typing import Final

_ZEROS: Final = bytes(1 << 16)


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet and force it, and its name, to the disk."""
    with path.open("xb") as handle:
        handle.write(data)
        handle.flush()
        os.fsync(handle.fileno())
    sync_folder(path.parent)


def move(source: Path, target: Path) -> None:
    """Give a file its final name; after this returns it keeps it."""
    source.replace(target)
    sync_folder(target.parent)
    sync_folder(source.parent)


def write_at(file: int, data: bytes, offset: int) -> None:
    """Write all of `data` at `offset` of an open file; the caller forces it to the disk."""
    view = memoryview(data)
    while view:
        written = os.pwrite(file, view, offset)
        view, offset = view[written:], offset + written


def blank(file: int, start: int, end: int) -> None:
    """Overwrite the bytes from `start` to `end` with zeros; the caller forces it to the disk."""
    for offset in range(start, end, len(_ZEROS)):
        write_at(file, _ZEROS[: end - offset], offset)


def destroy(path: Path) -> bool:
    """Overwrite a file with zeros and remove it; False when it was not there.

    Removing alone would leave the bytes readable on the disk (Article 17).
    """
    try:
        file = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    try:
        blank(file, 0, os.fstat(file).st_size)
        os.fsync(file)
    finally:
        os.close(file)
    path.unlink()
    sync_folder(path.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Force the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
