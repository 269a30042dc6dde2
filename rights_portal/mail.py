"""Reads the address of the mail server."""

from typing import Final
from urllib.parse import unquote, urlsplit

from rights_portal.env import SettingWrong

DEFAULT_PORTS: Final = {"smtp": 25, "smtp+tls": 587, "smtps": 465}
EXPECTED: Final = "smtp://, smtp+tls:// or smtps:// with a host"


def smtp_settings(url: str) -> dict[str, object]:
    """Turn `smtp+tls://user:password@host:587` into Django's settings.

    Raises `SettingWrong` where the scheme is none of smtp, smtp+tls and smtps.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # Not chained: the message of the other one may quote a password.
        raise SettingWrong("PORTAL_EMAIL_URL", EXPECTED) from None
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise SettingWrong("PORTAL_EMAIL_URL", EXPECTED)
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or DEFAULT_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }
