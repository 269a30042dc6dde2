"""The stores that every test of the contract runs against."""

from collections.abc import Callable
from pathlib import Path

import pytest

from subjects.stores import stores
from subjects.stores.own import OwnStore

REDACTOR = "tests.stores.made_up.blank"


@pytest.fixture
def configured(settings, tmp_path: Path) -> Callable[..., OwnStore]:
    """Make a store of a kind, as an operator would: by the settings."""

    def make(kind: str, alias: str = "default", **options: object) -> OwnStore:
        chosen: dict[str, object] = {"name": alias.title(), "redactor": REDACTOR} | options
        if kind == "bundled.BundledStore":
            chosen.setdefault("directory", tmp_path / alias)
        settings.FACE_TEMPLATE_STORES = settings.FACE_TEMPLATE_STORES | {
            alias: {"BACKEND": f"subjects.stores.{kind}", "OPTIONS": chosen},
        }
        store = stores[alias]
        assert isinstance(store, OwnStore)
        store.enrol([])
        return store

    return make


@pytest.fixture(params=["memory.MemoryStore", "bundled.BundledStore"])
def store(
    request: pytest.FixtureRequest, db: None, configured: Callable[..., OwnStore]
) -> OwnStore:
    """Return an empty store of each kind that ships."""
    return configured(request.param)


@pytest.fixture
def bundled(db: None, configured: Callable[..., OwnStore]) -> OwnStore:
    """Return an empty bundled store."""
    return configured("bundled.BundledStore")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of the bundled store that is called `default`."""
    return tmp_path / "default"
