"""Looking at the encoder's processes from outside."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PAGE = 4096


def resident_bytes(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def children(pid: int) -> list[int]:
    """Give the children that live, not the dead that are not buried yet."""
    words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(word) for word in words if is_running(int(word))]


def environment(pid: int) -> dict[str, str]:
    entries = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(entry.split("=", 1) for entry in entries if entry)


def is_running(pid: int) -> bool:
    """Whether it lives; a dead process that nobody has buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def descriptors(pid: int | str = "self") -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def wait_for(look: Callable[[], T]) -> T:
    """Look until something is there, for at most twenty seconds."""
    end = time.monotonic() + 20
    while not (found := look()):
        assert time.monotonic() < end, "waited for nothing"
    return found
