"""The sequencer is killed at random: no wrong root, no fork, and the very bytes of a quiet one."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from subjects.audit.standalone.merkle import consistency_proof, verify_consistency
from subjects.audit.standalone.notes import parse_checkpoint, parse_note
from subjects.audit.tiles import Tiles
from subjects.faults import POINTS

ROOT = Path(__file__).resolve().parents[2]
POINTS_OF_THE_LOG = {point for point in POINTS if point.startswith(("sequence:", "publish:"))}
OTHER_PLACES = {"fsync", "rename"}
ENTRIES_AN_EXIT = 64


@dataclass
class Log:
    """An installation that has nothing but a log, in a folder and a database of its own."""

    folder: Path
    url: str

    def __call__(self, verb: str, *numbers: int) -> dict:
        done = self.run("-m", "tests.faults.sequencing", verb, *map(str, numbers))
        assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-3000:]
        return json.loads(done.stdout.splitlines()[-1])

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a command as an operator does."""
        return self.run("manage.py", *words)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        ours = ("PORTAL_", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return subprocess.run(  # noqa: S603 - words of this suite
            [sys.executable, *words],
            cwd=ROOT,
            env=kept | {"PORTAL_VAR_DIR": str(self.folder), "DATABASE_URL": self.url},
            capture_output=True,
            text=True,
            check=False,
        )

    def files(self) -> dict[str, bytes]:
        """Give the published log."""
        log = self.folder / "log"
        found = {
            str(path.relative_to(log)): path.read_bytes()
            for path in log.rglob("*")
            if path.is_file()
        }
        assert found.keys() - {".lock", ".new", "checkpoint", "keys/history.jsonl"} == {
            name for name in found if name.startswith("tile/")
        }
        return {name: data for name, data in found.items() if name not in {".lock", ".new"}}


@dataclass
class Workshop:
    """Makes logs whose entries wait, and copies of them."""

    folder: Path
    vendor: str
    new_url: Callable[[], str]

    def filled(self, entries: int) -> Log:
        folder = self.folder / "first"
        folder.mkdir()
        log = Log(folder, self.new_url() or f"sqlite:///{folder / 'portal.sqlite3'}")
        log("fill", entries)
        return log

    def copy(self, log: Log) -> Log:
        folder = self.folder / "second"
        shutil.copytree(log.folder, folder)
        if self.vendor == "sqlite":
            return Log(folder, f"sqlite:///{folder / 'portal.sqlite3'}")
        name = log.url.rpartition("@/")[2].partition("?")[0]
        with psycopg.connect(log.url.replace(f"/{name}?", "/postgres?"), autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}_twin TEMPLATE {name}".encode())
        return Log(folder, log.url.replace(f"/{name}?", f"/{name}_twin?"))


@pytest.fixture(params=["sqlite", "postgresql"])
def workshop(request: pytest.FixtureRequest, tmp_path: Path) -> Workshop:
    if request.param == "sqlite":
        return Workshop(tmp_path, "sqlite", str)
    return Workshop(tmp_path, "postgresql", request.getfixturevalue("new_postgres"))


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Workshop:
    return Workshop(tmp_path, "sqlite", str)


def check_after(exits: int, workshop: Workshop) -> set[str]:
    log = workshop.filled(exits * ENTRIES_AN_EXIT)
    twin = workshop.copy(log)
    done, quiet = log("kill", exits, exits), twin("kill", 0, 0)
    assert len(done["places"]) == exits
    assert quiet["places"] == []
    assert done["size"] == quiet["size"] == exits * ENTRIES_AN_EXIT
    assert done["wrong"] == quiet["wrong"] == []
    assert log.files() == twin.files()
    return set(done["places"])


def test_twenty_forced_exits_leave_the_log_of_a_quiet_one(on_sqlite: Workshop):
    assert check_after(20, on_sqlite) >= POINTS_OF_THE_LOG


@pytest.mark.faults
def test_a_hundred_forced_exits_leave_the_log_of_a_quiet_one(workshop: Workshop):
    assert check_after(100, workshop) == POINTS_OF_THE_LOG | OTHER_PLACES


def test_several_sequencers_at_once_number_each_entry_once(on_sqlite: Workshop):
    check_race(on_sqlite)


@pytest.mark.faults
def test_several_sequencers_at_once_number_each_entry_once_on_postgresql(workshop: Workshop):
    check_race(workshop)


def check_race(workshop: Workshop) -> None:
    done = workshop.filled(400)("race")
    assert done == {"ends": [0, 0, 0], "notes": 1, "size": 400, "wrong": []}


def test_an_older_database_is_refused_recovered_and_goes_on(on_sqlite: Workshop):
    log = on_sqlite.filled(300)
    assert log.manage("sequence").stdout == "The log has 300 entries.\n"
    database, kept = log.folder / "portal.sqlite3", log.folder / "backup"
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(kept)) as target:
        source.backup(target)
    log("more", 90)
    assert log.manage("sequence").returncode == 0
    receipt = Tiles(log.folder / "log").checkpoint()
    for name in (database.name, f"{database.name}-wal", f"{database.name}-shm"):
        (log.folder / name).unlink(missing_ok=True)
    kept.rename(database)

    log("more", 40)  # filing goes on, in the same cases
    refused = log.manage("sequence")
    assert refused.returncode == 1
    assert "390 entries and the database knows 300" in refused.stderr
    assert Tiles(log.folder / "log").checkpoint() == receipt

    recovered = log.manage("audit_recover")
    assert "The log stands at 390 entries again: 90 were read" in recovered.stdout
    assert log.manage("sequence").stdout == "The log has 431 entries.\n"
    assert log("kill", 0, 0)["wrong"] == []
    verified = log.manage("audit_verify")
    assert verified.returncode == 0, verified.stderr
    old = parse_checkpoint(parse_note(receipt).text)
    tiles = Tiles(log.folder / "log")
    new = parse_checkpoint(parse_note(tiles.checkpoint()).text)
    proof = consistency_proof(old.size, new.size, tiles.subtree)
    assert verify_consistency(old.size, new.size, old.root, new.root, proof)
