"""Files that a forger may have made: none is opened that is no file, none is read without end."""

from __future__ import annotations

from stat import S_ISREG
from typing import TYPE_CHECKING, Final

from subjects.audit.standalone.findings import Unreadable

if TYPE_CHECKING:
    from pathlib import Path

MOST_SMALL_BYTES: Final = 1 << 26
"""No file that is read whole is larger; of a bundle of 256 entries it is four times the most."""


def read_whole(path: Path, most: int = MOST_SMALL_BYTES) -> bytes:
    """Read a file that is small. Raises Unreadable."""
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            message = f"{path} cannot be read: it is no file."
            raise Unreadable(message)
        if status.st_size > most:
            message = f"{path} is larger than any such file can be."
            raise Unreadable(message)
        with path.open("rb") as file:
            return file.read(most)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise Unreadable(message) from error


def read_text(path: Path) -> str:
    """Read a file that is small, as UTF-8, its line ends as they are. Raises Unreadable."""
    try:
        return read_whole(path).decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"{path} cannot be read: it is not UTF-8 text."
        raise Unreadable(message) from error
