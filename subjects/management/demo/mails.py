"""The mails of a development installation: the newest to a case, and what opens with it."""

import email
import email.policy
import re
from collections.abc import Iterator
from typing import Final

from django.conf import settings

from subjects.models import Case

BETWEEN: Final = "-" * 79
"""What Django's file backend writes after each mail."""


def newest_secret(case: Case) -> str:
    """Return the secret behind the # of the newest link to `case`."""
    return _newest(case, r"/open/#(\S+)")


def newest_code(case: Case) -> str:
    """Return the six digits of the newest one-time code to `case`."""
    return _newest(case, r"one-time code: (\d{6})")


def _newest(case: Case, pattern: str) -> str:
    for text in _texts():
        found = re.search(pattern, text) if case.reference in text else None
        if found:
            return found[1]
    message = f"no mail to {case.reference} holds what was looked for"
    raise LookupError(message)


def _texts() -> Iterator[str]:
    """Yield subject and text of each mail, the newest first."""
    files = sorted(settings.MAIL_DIR.glob("*.log"), key=lambda path: path.stat().st_mtime)
    for path in reversed(files):
        for raw in reversed(path.read_text("utf-8").split(BETWEEN)):
            if raw.strip():
                mail = email.message_from_string(raw.lstrip(), policy=email.policy.default)
                yield f"{mail['Subject']}\n{mail.get_content()}"
