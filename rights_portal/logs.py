"""Log lines as JSON with an allow-list of fields: what is not listed cannot be logged."""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

FIELDS: Final = ("case", "request_id", "job", "store", "step", "count", "seconds", "error", "point")
"""Names an `extra={...}` may carry. Opaque ids, codes and counts only."""

WORD: Final = re.compile(r"[A-Za-z0-9_.:-]{1,40}")
"""What a field may say: an id or a code. An address or a sentence does not fit."""

OURS: Final = ("subjects", "rights_portal")


class JsonFormatter(logging.Formatter):
    """One line a record. Of an exception only its type and where it arose: its text may quote."""

    def format(self, record: logging.LogRecord) -> str:
        """Render `record` without anything that a person typed."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        for name in FIELDS:
            if hasattr(record, name):
                line[name] = _field(getattr(record, name))
        if record.exc_info and record.exc_info[0]:
            frames = traceback.extract_tb(record.exc_info[2])
            line["error"] = record.exc_info[0].__name__
            line["where"] = [f"{frame.filename}:{frame.lineno}" for frame in frames[-6:]]
        elif record.levelno >= logging.WARNING:
            line["where"] = f"{record.pathname}:{record.lineno}"
        return json.dumps(line, ensure_ascii=False)


def _field(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, UUID):
        return str(value)
    return value if isinstance(value, str) and WORD.fullmatch(value) else "left out"


def _message(record: logging.LogRecord) -> str:
    """Return what the record says, without what it quotes.

    Our own sentences are constant. A library's news (paths, names of tasks) may be told whole;
    its warnings and errors quote what a person typed, so they keep their words alone.
    """
    constant = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    if record.name.split(".")[0] in OURS:
        return constant
    if record.levelno < logging.WARNING:
        return record.getMessage()
    return constant if record.args else f"{record.levelname.lower()} of a library"
