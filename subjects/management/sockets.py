"""Finds a path for a Unix socket that every system can bind."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

from subjects.errors import ServerNeeded

LONGEST: Final = 103
"""Bytes that fit into `sun_path` everywhere: 104 on macOS, 108 on Linux, with the closing zero."""
VALKEY: Final = "valkey.sock"


def socket_path(folder: Path, name: str) -> Path:
    """Return where the socket `name` of `folder` lies: there, or under a short private path.

    The same folder always gives the same path, so that every process finds it. Raises
    `ServerNeeded` where the short path has been taken by somebody else.
    """
    path = folder / name
    if len(os.fsencode(path)) <= LONGEST:
        return path
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return _private(Path(tempfile.gettempdir()) / f"portal-{os.getuid()}-{digest}") / name


def valkey_url(folder: Path) -> str:
    """Return the address under which the embedded Valkey server over `folder` answers."""
    return f"unix://{quote(str(socket_path(folder, VALKEY)))}"


def _private(folder: Path) -> Path:
    # The temporary folder is everybody's: a stranger who made ours first could sit on the socket.
    folder.mkdir(mode=0o700, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        message = f"Others can enter {folder}. Remove it, or give another TMPDIR."
        raise ServerNeeded(message)
    return folder
