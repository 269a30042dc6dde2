"""Log lines as JSON with an allow-list of fields: what is not listed cannot be logged."""

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Final

FIELDS: Final = ("case", "request_id", "job", "store", "step", "count", "seconds", "error", "point")
"""Names an `extra={...}` may carry. Opaque ids, codes and counts only."""


class JsonFormatter(logging.Formatter):
    """One line a record. Of an exception only its type and where it arose: its text may quote input."""

    def format(self, record: logging.LogRecord) -> str:
        """Render `record`; arguments of foreign libraries' messages stay out below ERROR level."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._message(record),
        }
        line.update({name: getattr(record, name) for name in FIELDS if hasattr(record, name)})
        if record.exc_info and record.exc_info[0]:
            frames = traceback.extract_tb(record.exc_info[2])
            line["error"] = record.exc_info[0].__name__
            line["where"] = [f"{frame.filename}:{frame.lineno}" for frame in frames[-6:]]
        return json.dumps(line, ensure_ascii=False, default=str)

    @staticmethod
    def _message(record: logging.LogRecord) -> str:
        # Ours are constant sentences. Others interpolate: paths and task names are fine, but an
        # error's text may quote what a person typed, so the template is kept without its arguments.
        if record.levelno >= logging.ERROR and not record.name.startswith("subjects"):
            return str(record.msg) if record.args else "an error in a library"
        return record.getMessage()
