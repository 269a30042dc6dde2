"""How to find and call a tool that others wrote; what is not installed is said, never passed over.

The ones that must be fetched first (npm, pip) are fetched only when FOREIGN_TOOLS is set: they go
into a folder of the virtual environment, which `make clean` takes away.
"""

import functools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.audit.standalone.pythons import pythons

HERE: Final = Path(__file__).parent
FETCHED: Final = Path(sys.prefix) / "foreign-tools"
NOBLE: Final = "@noble/ed25519@3.2.0"
AICS: Final = "aics-tlog==0.2.1"
GO_PATH: Final = "/usr/share/gocode"
"""Where Debian puts the sources of Go libraries."""
PATIENCE: Final = 120
"""Seconds; fetching has five times as many."""


class Missing(Exception):
    """A tool is not here; the message says how to get it."""

    def __init__(self, what: str, how: str) -> None:
        super().__init__(f"{what} is not here: {how}")


class Refused(Exception):
    """The tool has looked, and says no; the message is what it said."""


@dataclass(frozen=True)
class Verdict:
    """What a tool made of a log: `holds` is None when the tool is missing."""

    tool: str
    holds: bool | None
    said: str


def verdict(tool: str, check: Callable[[], str]) -> Verdict:
    """Let one tool look."""
    try:
        return Verdict(tool, holds=True, said=check())
    except Refused as error:
        return Verdict(tool, holds=False, said=str(error))
    except Missing as error:
        return Verdict(tool, holds=None, said=str(error))


def program(name: str, package: str) -> str:
    """Find a program; raises Missing with the Debian package that has it."""
    found = shutil.which(name)
    if found is None:
        raise Missing(name, f"apt-get install {package}")
    return found


def ask(*command: object, given: bytes | None = None, within: Path | None = None) -> str:
    """Run a tool and give what it says. Raises Refused unless it ends with 0."""
    done = subprocess.run(  # noqa: S603 - the tools of this folder
        [str(part) for part in command],
        input=given,
        cwd=within,
        capture_output=True,
        check=False,
        timeout=PATIENCE,
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace").strip()
    if done.returncode:
        raise Refused(said or f"it ended with {done.returncode}")
    return said


@functools.cache
def go_checker() -> Path:
    """Build our few lines of Go over the library of the Go checksum database."""
    go = program("go", "golang-go golang-golang-x-mod-dev")
    if not Path(GO_PATH, "src/golang.org/x/mod/sumdb/tlog").is_dir():
        raise Missing("x/mod", "apt-get install golang-golang-x-mod-dev")
    built = FETCHED / "go-checker"
    FETCHED.mkdir(exist_ok=True)
    surroundings = {
        **os.environ,
        "GOPATH": GO_PATH,
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOCACHE": str(FETCHED / "go-cache"),
    }
    fetch("go build", [go, "build", "-o", str(built), str(HERE / "main.go")], surroundings)
    return built


@functools.cache
def noble() -> Path:
    """Fetch @noble/ed25519 for node."""
    program("node", "nodejs")
    module = FETCHED / "npm" / "node_modules" / "@noble" / "ed25519" / "index.js"
    if not module.exists():
        npm = program("npm", "npm")
        _only_when_asked(NOBLE)
        folder = FETCHED / "npm"
        folder.mkdir(parents=True, exist_ok=True)
        quiet = ["--no-audit", "--no-fund", "--no-save", "--ignore-scripts", "--silent"]
        fetch(NOBLE, [npm, "install", "--prefix", str(folder), *quiet, NOBLE])
    return module


@functools.cache
def aics_tlog() -> Path:
    """Fetch aics-tlog into an environment of its own: it needs a newer Python."""
    command = FETCHED / "aics" / "bin" / "aics-tlog"
    if not command.exists():
        _only_when_asked(AICS)
        python = next((path for one in ("3.13", "3.12") for path in pythons(one)), None)
        if python is None:
            raise Missing(AICS, "it needs a Python of 3.12 or newer")
        fetch("a virtual environment", [python, "-m", "venv", str(FETCHED / "aics")])
        pip = str(FETCHED / "aics" / "bin" / "pip")
        fetch(AICS, [pip, "--disable-pip-version-check", "install", "--quiet", AICS])
    return command


def fetch(what: str, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
    """Run an installer. Raises Missing with what it said last."""
    done = subprocess.run(  # noqa: S603 - the installers of this file
        command,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        timeout=5 * PATIENCE,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines()[-1:]
        raise Missing(what, "".join(said))


def _only_when_asked(what: str) -> None:
    if not os.environ.get("FOREIGN_TOOLS"):
        raise Missing(what, "make foreign")
