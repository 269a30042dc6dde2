"""Secrets of a development installation: made once, kept in a file that only its owner reads."""

import os
import secrets
from pathlib import Path


def development_secret(path: Path) -> str:
    """Return the secret in `path`, making it at the first call: 32 random bytes, base64url."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text("ascii").strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(32))
    return path.read_text("ascii").strip()
