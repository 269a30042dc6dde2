"""Files that are there whole or not at all, whatever dies in between."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
PUBLIC: Final = 0o644
FOLDER: Final = 0o755
PRIVATE_FOLDER: Final = 0o700


def make_folder(folder: Path, mode: int = FOLDER) -> None:
    """Make a folder, and those above it, so that they survive a loss of power."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=mode, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Bring what a folder lists onto the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put(path: Path, data: bytes, mode: int, *, by: Path) -> None:
    """Put `data` at `path`, in place of what is there. The folder is not synced yet.

    `by` is written first and then renamed: one writer at a time, on the same disk.
    """
    handle = os.open(by, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, PRIVATE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(handle, mode)
        os.fsync(handle)
    by.rename(path)


def replace(path: Path, data: bytes, mode: int, *, by: Path) -> None:
    """Put `data` at `path` for good: after this call a loss of power changes nothing."""
    put(path, data, mode, by=by)
    sync_folder(path.parent)


@contextmanager
def locked(path: Path, *, wait: bool) -> Iterator[bool]:
    """Hold the lock of a file; yields no when `wait` is no and another process holds it.

    The lock ends with the process, however that ends.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
