"""A witness that others wrote (aics-witness) signs our log, and refuses what it must."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from subjects.audit.keys import log_keys
from subjects.audit.models import AuditAnchor, AuditCheckpoint
from subjects.audit.sequencer import sequence
from subjects.audit.standalone.notes import parse_note, parse_vkey, verified_by
from subjects.audit.witness_policy import Witness
from subjects.audit.witnesses import cosign
from subjects.errors import WitnessAhead, WitnessRefused
from tests.audit.entries import chain
from tests.audit.foreign.tools import FETCHED, Missing, fetch, pythons
from tests.audit.test_witnesses import forked

PACKAGE = "aics-witness"
PATIENCE = 20
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        not os.environ.get("FOREIGN_TOOLS"), reason=f"{PACKAGE} is fetched by `make foreign` only"
    ),
]


@pytest.fixture(scope="module")
def command() -> str:
    """Fetch it into an environment of its own: it needs a newer Python."""
    place = FETCHED / PACKAGE / "bin" / PACKAGE
    if not place.exists():
        python = next((path for one in ("3.13", "3.12") for path in pythons(one)), None)
        if python is None:
            pytest.skip(f"{PACKAGE} needs a Python of 3.12 or newer")
        pip = str(FETCHED / PACKAGE / "bin" / "pip")
        try:
            fetch("a virtual environment", [python, "-m", "venv", str(FETCHED / PACKAGE)])
            fetch(PACKAGE, [pip, "--disable-pip-version-check", "install", "--quiet", PACKAGE])
        except Missing as missing:
            pytest.skip(str(missing))
    return str(place)


@pytest.fixture
def foreign(command: str, tmp_path: Path) -> Iterator[Witness]:
    """Start it on loopback, with our log as the one that it knows."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path / "witness"
    folder.mkdir()
    key = log_keys()[0]

    def run(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603 - our own arguments
            [command, *arguments], cwd=folder, check=True, capture_output=True, text=True
        ).stdout

    said = run("init", "--name", "w1.example", "--listen", f"127.0.0.1:{port}")
    vkey = next(word for word in said.split() if word.startswith("w1.example+"))
    run("add-log", "--origin", key.name, "--vkey", key.vkey)
    server = subprocess.Popen(  # noqa: S603 - our own arguments
        [command, "serve"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _wait_for(port)
    yield Witness("foreign", parse_vkey(vkey), f"http://127.0.0.1:{port}")
    server.terminate()
    server.wait(PATIENCE)


def _wait_for(port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < end, "it does not listen"
        else:
            return


def grow(steps: int) -> AuditCheckpoint:
    chain(steps)
    checkpoint = sequence()
    assert checkpoint is not None
    return checkpoint


def test_it_follows_a_log_that_grows(foreign):
    for steps in (1, 2, 300, 7):
        checkpoint = grow(steps)
        kept = cosign(checkpoint, foreign)
        note = parse_note(bytes(checkpoint.note) + bytes(kept.proof))
        assert verified_by(note, [foreign.vkey]) == [foreign.vkey]


def test_it_is_asked_from_the_size_it_has_seen(foreign):
    grow(3)
    cosign(AuditCheckpoint.objects.get(size=3), foreign)
    # Another name in our policy for the same witness: we know nothing of what it has seen.
    again = Witness("again", foreign.vkey, foreign.url)
    assert cosign(grow(4), again).size == 7


def test_it_refuses_a_fork(foreign):
    cosign(grow(3), foreign)
    grow(3)
    with pytest.raises(WitnessRefused, match="does not continue"):
        cosign(forked(6), foreign)
    assert AuditAnchor.objects.count() == 1


def test_it_notices_an_older_state_put_back(foreign):
    first = grow(3)
    cosign(grow(3), foreign)
    with pytest.raises(WitnessAhead) as ahead:
        cosign(first, foreign)
    assert (ahead.value.theirs, ahead.value.ours) == (6, 3)
