"""Reads the address of the mail server."""

from urllib.parse import unquote, urlsplit

from rights_portal.env import SettingWrong

DEFAULT_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


def smtp_settings(url: str) -> dict[str, object]:
    """Turn `smtp+tls://user:password@host:587` into Django's settings.

    Raises `SettingWrong` where the scheme is none of smtp, smtp+tls and smtps.
    """
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise SettingWrong("PORTAL_EMAIL_URL", "smtp://, smtp+tls:// or smtps:// with a host")
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or DEFAULT_PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }
