"""Fixtures for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.conf import settings as configured
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from subjects.audit import guards

pytest_plugins = [
    "tests.servers",
    "tests.cases",
    "tests.audit.authority",
    "tests.receipts",
    "tests.audit.witness",
    "tests.orders",
]

# By the clock these judge the machine: the first draw on a fresh clone reads all of Unicode.
hypothesis_settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("any machine")

FACES = Path(__file__).resolve().parents[2] / "shared" / "faces"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep SQLite in a file: threads and processes share it then as they do in real life."""
    if connection.vendor == "sqlite":
        name = tmp_path_factory.mktemp("database") / "test.sqlite3"
        connection.settings_dict["TEST"]["NAME"] = str(name)


@pytest.fixture(autouse=True)
def _log_of_its_own(settings: LazySettings, tmp_path: Path) -> None:
    """Let no test publish into, or be held against, the log of another one or of the demo."""
    settings.LOG_DIR = tmp_path / "log"
    settings.LOG_KEYS_DIR = tmp_path / "log-keys"


@pytest.fixture(scope="session", autouse=True)
def _folder_of_collected_files_exists() -> None:
    """Make the folder as `manage.py up` does: without it every first page is a warning."""
    configured.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(scope="session", autouse=True)
def _log_is_emptied_with_its_guards_lifted() -> Iterator[None]:
    """Let a test with real transactions be cleaned up: no trigger lets anybody empty the log."""
    empty = TransactionTestCase._fixture_teardown  # noqa: SLF001  # the only place where it happens

    def lift_and_empty(case: TransactionTestCase) -> None:
        with guards.lifted(connection):
            empty(case)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lift_and_empty)
        yield


@pytest.fixture(scope="session")
def faces_folder() -> Path:
    """Give the public-domain portraits for measuring; they are not part of the project."""
    if not (FACES / "manifest.csv").exists():
        pytest.skip("the portraits for measuring (../shared/faces) are not on this machine")
    return FACES
