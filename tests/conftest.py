"""Fixtures for every test."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.servers"]

FACES = Path(__file__).resolve().parents[2] / "shared" / "faces"


@pytest.fixture
def faces_folder() -> Path:
    """The public-domain portraits for measuring; they are not part of the project."""
    if not (FACES / "manifest.csv").exists():
        pytest.skip("the portraits for measuring (../shared/faces) are not on this machine")
    return FACES
