"""The mails of a development installation, which go to files: no mail server is needed."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

MOST: Final = 100
BETWEEN: Final = b"\n" + b"-" * 79 + b"\n"
"""What Django's file backend writes after each mail of a file."""


@dataclass(frozen=True)
class Mail:
    """One mail as it would arrive."""

    sent_at: datetime
    to: str
    subject: str
    text: str


@never_cache
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """List the newest mails with their text. Not there in production."""
    if settings.PRODUCTION:
        raise Http404
    return render(request, "portal/mailbox.html", {"mails": newest()})


def newest() -> list[Mail]:
    """Read the newest mails of MAIL_DIR, newest first."""
    files = sorted(
        Path(settings.MAIL_DIR).glob("*.log"),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    mails = [mail for path in files[:MOST] for mail in _mails_in(path)]
    return sorted(mails, key=lambda mail: mail.sent_at, reverse=True)[:MOST]


def _mails_in(path: Path) -> list[Mail]:
    return [_mail(raw) for raw in path.read_bytes().split(BETWEEN) if raw.strip()]


def _mail(raw: bytes) -> Mail:
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(("plain",))
    return Mail(
        sent_at=parsedate_to_datetime(str(message["Date"])),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=body.get_content() if body else "",
    )
