"""The Pythons of this machine, since an inspector may have an old one."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path


def pythons(version: str) -> Iterator[str]:
    """Give the Pythons of a version such as 3.9 that the search path or pyenv knows."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted(map(str, root.glob(f"versions/{version}.*/bin/python")))
    if on_path := shutil.which(f"python{version}"):
        found.append(on_path)
    for path in found:
        asked = run(path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
        if asked.returncode == 0 and asked.stdout.strip() == version:
            yield path


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    """Run a Python and catch what it says."""
    return subprocess.run(  # noqa: S603 - a Python of this machine, and files of the tests
        command, capture_output=True, text=True, check=False, timeout=60
    )
