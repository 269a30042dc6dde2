"""A folder of their own for the tests of the log."""

from pathlib import Path

import pytest
from django.conf import settings as django_settings


@pytest.fixture(autouse=True)
def _log_of_its_own(settings: django_settings, tmp_path: Path) -> None:
    """Let no test write into the log or the keys of another one."""
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_KEYS_DIR = tmp_path / "log-keys"
