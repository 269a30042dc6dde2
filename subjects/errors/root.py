"""The root of all errors of the portal."""

from typing import ClassVar


class PortalError(Exception):
    """The root. `code` is stable for programs and translations, `str()` is for people."""

    code: ClassVar[str] = "portal"
