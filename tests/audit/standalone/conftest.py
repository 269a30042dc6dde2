"""A made-up package for a whole module, a copy of it for each test, and what is said of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from subjects.audit.standalone.main import main
from tests.audit.standalone.make_bag import make_bag, packed_log
from tests.audit.standalone.make_log import MadeLog

Says = Callable[..., str]


@pytest.fixture(scope="module")
def made_package(tmp_path_factory: pytest.TempPathFactory) -> tuple[MadeLog, Path]:
    log = packed_log(1400, days=30)
    return log, make_bag(tmp_path_factory.mktemp("made") / "bag", log)


@pytest.fixture
def log(made_package: tuple[MadeLog, Path]) -> MadeLog:
    return made_package[0]


@pytest.fixture
def bag(made_package: tuple[MadeLog, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made_package[1], tmp_path / "bag"))


@pytest.fixture
def fails(capsys: pytest.CaptureFixture[str]) -> Says:
    """Check that a package fails, and give what is said about it."""

    def check(bag: Path, *arguments: str) -> str:
        assert main([str(bag), *arguments]) == 1
        said = capsys.readouterr().out
        assert said.rstrip().splitlines()[-1].startswith("This DOES NOT HOLD")
        return said

    return check
