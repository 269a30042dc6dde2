"""What an installation for real people refuses to start with."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LOOPBACK: Final = {"127.0.0.1", "localhost", "::1"}


class NotForProduction(ImproperlyConfigured):
    """A setting that only a development installation may have; the message says which and why."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name} is not for production: {why}.")


def refuse_demonstration(
    *,
    fault_points: str,
    vault_keys: str,
    public_url: str,
    stores: Mapping[str, Mapping[str, Any]],
) -> None:
    """Raise `NotForProduction` for the first thing that would break a promise to a person."""
    if fault_points:
        raise NotForProduction("PORTAL_FAULT_POINTS", "it kills the portal's own processes")
    if any(key.strip().startswith("dev:") for key in vault_keys.split(",")):
        raise NotForProduction("PORTAL_VAULT_KEYS", "`dev` is the key of a demonstration")
    url = urlsplit(public_url)
    if url.scheme != "https" and url.hostname not in LOOPBACK:
        raise NotForProduction("PORTAL_PUBLIC_URL", "links with secrets in them need https://")
    for alias in _forgetful(stores):
        raise NotForProduction("FACE_TEMPLATE_STORES", f"{alias} forgets everything at a restart")


def _forgetful(stores: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    return (name for name, store in stores.items() if ".memory." in str(store.get("BACKEND")))
