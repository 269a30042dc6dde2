"""Reads the settings an operator gives in the environment, and says clearly which one is wrong."""

import difflib
import math
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "PORTAL_"
_known: set[str] = set()
Number = TypeVar("Number", int, float)


class UnknownSetting(ImproperlyConfigured):
    """A variable with our prefix that no setting reads: most likely a typing error."""

    def __init__(self, name: str) -> None:
        near = difflib.get_close_matches(name, sorted(_known), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        super().__init__(f"{name} is not a setting.{hint} .env.sample lists all of them.")


class SettingMissing(ImproperlyConfigured):
    """A setting that has no safe default was not given."""

    def __init__(self, name: str, what_to_do: str) -> None:
        super().__init__(f"{name} is not set. {what_to_do}")


class SettingWrong(ImproperlyConfigured):
    """A setting was given but cannot be read."""

    def __init__(self, name: str, expected: str) -> None:
        # The value itself is not printed: it may be a secret.
        super().__init__(f"{name} cannot be read: expected {expected}.")


def load_file(path: Path) -> None:
    """Take `NAME=value` lines of `path` into the environment; what is already set wins."""
    if not path.exists():
        return
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals:
            place = f"{path.name}, line {number}"
            raise SettingWrong(place, "NAME=value")
        os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


def text(name: str, default: str | None = None, *, what_to_do: str = "See .env.sample.") -> str:
    """Return a setting as text; without a default it must be given."""
    _known.add(name)
    value = os.environ.get(name, "")
    if value:
        return value
    if default is None:
        raise SettingMissing(name, what_to_do)
    return default


def own(name: str, example: str, *, production: bool) -> str:
    """Return what each organisation must say for itself: only development may use the example."""
    what_to_do = "Pages and letters say it, so an example will not do."
    return text(name, None if production else example, what_to_do=what_to_do)


def origin(name: str, default: str | None) -> str:
    """Return the name of a log: a host that is ours and a path, as C2SP tlog-checkpoint wants."""
    value = text(name, default, what_to_do="It names the log for ever: OUR.HOST/rights-log.")
    if not re.fullmatch(r"[a-z0-9.-]+(/[a-z0-9._-]+)+", value):
        raise SettingWrong(
            name, "a host of yours and a path, such as controller.example/rights-log"
        )
    return value


def number(name: str, default: Number, *, at_least: float = 0) -> Number:
    """Return a setting as a number of the default's type, not below `at_least`."""
    value = text(name, str(default))
    kind: Callable[[str], Number] = type(default)
    try:
        parsed = kind(value)
    except ValueError:
        raise SettingWrong(name, f"a number ({kind.__name__})") from None
    if not math.isfinite(parsed) or parsed < at_least:
        raise SettingWrong(name, f"a number not below {at_least}")
    return parsed


def flag(name: str, *, default: bool) -> bool:
    """Return a setting as yes or no."""
    value = text(name, "yes" if default else "no").lower()
    if value in {"yes", "true", "on", "1"}:
        return True
    if value in {"no", "false", "off", "0"}:
        return False
    raise SettingWrong(name, "yes or no")


def words(name: str, default: str) -> list[str]:
    """Return a setting as a list, separated by commas."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def one_of(name: str, allowed: tuple[str, ...], default: str) -> str:
    """Return a setting that is one word of a closed list."""
    value = text(name, default)
    if value not in allowed:
        raise SettingWrong(name, " or ".join(allowed))
    return value


def refuse_unknown() -> None:
    """Refuse a variable with our prefix that nothing has asked for."""
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in _known:
            raise UnknownSetting(name)
