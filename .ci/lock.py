"""Writes the locks and the two empty wheels they name: `make lock`, `make vendor-wheels`."""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VENDOR: Final = ROOT / "vendor"
WHEELS: Final = {
    "dlib": "dlib-20.0.1-py3-none-any.whl",
    "face-recognition-models": "face_recognition_models-0.3.0-py3-none-any.whl",
}
HEADER: Final = """\
# Written by `make lock` from {source}: edit that one. Wheels only: nothing is compiled.
--only-binary :all:
"""
EPOCH: Final = "1767225600"  # 1 January 2026: the same bytes on every machine


def build_wheels(into: Path) -> list[Path]:
    """Build the two empty wheels and return their paths; the same sources give the same bytes."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    for folder in WHEELS:
        options = ["--no-build-isolation", "--no-deps", "--no-index", "--wheel-dir", str(into)]
        command = [*pip, *options, str(VENDOR / folder)]
        subprocess.run(command, check=True, env=environment)  # noqa: S603 - of this file
    return [into / name for name in WHEELS.values()]


def wheel_lines() -> str:
    """Return the lines that name the wheels in vendor/ by path and hash."""
    lines = []
    for name in WHEELS.values():
        digest = hashlib.sha256((VENDOR / name).read_bytes()).hexdigest()
        lines.append(f"./vendor/{name} \\\n    --hash=sha256:{digest}\n")
    return "".join(lines)


def resolve(source: str, *options: str) -> str:
    """Return the lock of `source`: every version with the hashes of every wheel of it."""
    command = [sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-config"]
    # One version for all Pythons, so that all run the same code.
    command += ["--universal", "--python-version", "3.11", "--fork-strategy", "fewest"]
    command += ["--generate-hashes", "--only-binary", ":all:", "--upgrade"]
    command += ["--no-header", "--no-emit-index-url", "--no-emit-find-links", source, *options]
    done = subprocess.run(  # noqa: S603 - the command of this file
        command, check=True, cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout


def write(name: str, body: str) -> None:
    """Put a lock in place."""
    header = HEADER.format(source=name.replace(".txt", ".in"))
    (ROOT / name).write_text(header + body, "utf-8")


def lock() -> None:
    """Write both locks; the development tools keep to the versions that the portal runs on."""
    with tempfile.TemporaryDirectory() as folder:
        without = Path(folder) / "without.txt"
        without.write_text("".join(f'{name} ; python_version < "0"\n' for name in WHEELS), "utf-8")
        runtime = resolve("requirements.in", "--override", str(without))
        pins = Path(folder) / "requirements.txt"
        pins.write_text(runtime, "utf-8")
        tools = resolve("requirements-dev.in", "--constraint", str(pins), "--no-annotate")
    write("requirements.txt", wheel_lines() + runtime)
    write("requirements-dev.txt", tools)


if __name__ == "__main__":
    build_wheels(VENDOR)
    if "--wheels-only" not in sys.argv:
        lock()
