"""Named points at which a test may kill this process, to prove that a crash there loses nothing."""

import logging
import os
import signal
from pathlib import Path
from typing import Final

from django.conf import settings

POINTS: Final = frozenset(
    {
        "search:claimed",
        "search:encoded",
        "search:store-searched",
        "search:store-recorded",
        "search:before-commit",
        "search:committed",
        "restrict:restricted",
        "restrict:recorded",
        "export:claimed",
        "export:collected",
        "export:sealed",
        "export:before-commit",
        "export:committed",
        "erase:claimed",
        "erase:before-first-delete",
        "erase:deleted-not-confirmed",
        "erase:between-records",
        "erase:all-deleted",
        "erase:read-again",
        "erase:searched-again",
        "erase:before-done",
        "erase:done-not-acknowledged",
        "sequence:numbered",
        "sequence:committed",
        "publish:bundle",
        "publish:tile",
        "publish:before-checkpoint",
        "publish:checkpoint",
        "blank:chunk",
        "blank:file",
        "web:committed-not-published",
    },
)
"""Every point has a test; `fault()` refuses a name that is not listed here."""

_log = logging.getLogger(__name__)


def fault(point: str) -> None:
    """Kill this process with SIGKILL when the settings arm `point`, once for each armed point.

    `FAULT_POINTS` is `FOLDER:point,point`. A file in FOLDER marks what has fired, so that the
    process which takes over runs through. Unarmed, this costs one look at a setting.
    """
    if not settings.FAULT_POINTS:
        return
    if point not in POINTS:
        message = f"{point} is not a known fault point"
        raise ValueError(message)
    folder, _, armed = settings.FAULT_POINTS.partition(":")
    if point not in armed.split(","):
        return
    try:
        (Path(folder) / point.replace(":", "-")).touch(exist_ok=False)
    except FileExistsError:
        return
    _log.warning("killing this process at an armed fault point", extra={"point": point})
    os.kill(os.getpid(), signal.SIGKILL)
