"""Portraits of the demonstration, as bytes."""

from pathlib import Path

import pytest

PICTURES = Path(__file__).resolve().parents[2] / "demonstration" / "pictures"


@pytest.fixture(scope="session")
def portrait() -> bytes:
    """One person, seen from the front, 640 by 800."""
    return (PICTURES / "person-1-b.jpg").read_bytes()


@pytest.fixture(scope="session")
def same_person() -> bytes:
    """Give the same person on another day."""
    return (PICTURES / "person-1-c.jpg").read_bytes()


@pytest.fixture(scope="session")
def another_person() -> bytes:
    """Somebody else."""
    return (PICTURES / "person-2-b.jpg").read_bytes()


@pytest.fixture(scope="session")
def portraits() -> dict[str, bytes]:
    """Every picture of the demonstration that shows one person, by file name."""
    return {path.name: path.read_bytes() for path in sorted(PICTURES.glob("person-*.jpg"))}


@pytest.fixture(scope="session")
def group() -> bytes:
    """Two people side by side."""
    return (PICTURES / "group-2.jpg").read_bytes()


@pytest.fixture(scope="session")
def three_people() -> bytes:
    """Three people side by side."""
    return (PICTURES / "group-3.jpg").read_bytes()
