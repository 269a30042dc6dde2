"""The file whose age says when the sweeper last went round."""

from pathlib import Path

from django.conf import settings


def heartbeat() -> Path:
    """Return its path, under the installation's folder."""
    return Path(settings.VAR_DIR) / "sweeper.heartbeat"
