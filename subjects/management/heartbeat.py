"""The files whose age says when the sweeper and the sequencer last went round."""

from pathlib import Path
from typing import Literal

from django.conf import settings


def heartbeat(of: Literal["sweeper", "sequencer"] = "sweeper") -> Path:
    """Return its path, under the installation's folder."""
    return Path(settings.VAR_DIR) / f"{of}.heartbeat"
