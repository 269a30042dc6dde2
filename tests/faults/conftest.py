"""The stages of the faults: a database of each kind, filled once and then copied."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.faults.databases import Postgres, Sqlite
from tests.faults.stage import Database, Stage

ALL = os.environ.get("ALL_FAULTS") == "1"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long ones to `make faults`."""
    if not ALL:
        left = [item for item in items if item.get_closest_marker("faults")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in left]


@pytest.fixture(scope="session")
def workshop() -> Iterator[Path]:
    """Give a folder with a short path, which the server of PostgreSQL may enter too."""
    folder = Path(tempfile.mkdtemp(prefix="faults"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database_of(workshop: Path) -> Iterator[Callable[[str], Database]]:
    """Give the database of a kind, made and filled when it is first asked for."""
    made: dict[str, Database] = {}
    with ExitStack() as stack:

        def database(vendor: str) -> Database:
            if vendor not in made:
                faces = workshop / "faces.json"
                if vendor == "sqlite":
                    made[vendor] = Sqlite(workshop / vendor, faces)
                else:
                    made[vendor] = stack.enter_context(closing(Postgres(workshop / vendor, faces)))
            return made[vendor]

        yield database


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, database_of: Callable[[str], Database]) -> Database:
    """Each fault strikes on both."""
    return database_of(request.param)


@pytest.fixture
def new_stage(database: Database, workshop: Path) -> Iterator[Callable[..., Stage]]:
    """Make filled stages; everything on them is killed at the end."""
    with ExitStack() as stack:

        def make(**environment: str) -> Stage:
            folder = Path(tempfile.mkdtemp(prefix=database.vendor, dir=workshop))
            folder.rmdir()
            return stack.enter_context(closing(Stage(folder, database, **environment)))

        yield make
