"""A log of its own with a few cases in it, and packages of it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from subjects.audit.sequencer import sequence
from subjects.models import Right
from subjects.package.collect import build_package
from subjects.package.orders import Manifest
from tests.cases import file

THIS_YEAR = date(timezone.localdate().year, 1, 1)


@pytest.fixture(autouse=True)
def _log_of_its_own(settings: django_settings, tmp_path: Path) -> None:
    """Let no test write into the log, the keys or the packages of another one."""
    settings.VAR_DIR = tmp_path / "var"
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_KEYS_DIR = tmp_path / "log-keys"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def three_cases(db: None) -> None:
    """File three cases, and number their entries."""
    for rights in ((Right.ACCESS,), (Right.ERASURE, Right.ACCESS), (Right.OBJECTION,)):
        file(*rights, picture=b"")
    sequence()


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Manifest]:
    """Build a package in a folder of this name, over this year."""

    def build(name: str = "bag", **period: date) -> Manifest:
        period = {"start": THIS_YEAR, "end": timezone.localdate()} | period
        return build_package(tmp_path / name, progress=lambda *_: None, **period)

    return build
