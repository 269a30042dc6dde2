"""Builds the stores that `FACE_TEMPLATE_STORES` names, as Django builds its file storages."""

from collections.abc import Callable, Iterator, Mapping
from threading import RLock
from typing import Any

from django.conf import settings
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

from subjects.errors import StoreMisconfigured, UnknownStore
from subjects.stores.base import FaceTemplateStore


class StoreHandler(Mapping[str, FaceTemplateStore]):
    """The organisation's stores by alias, as the settings order them, built when first needed."""

    def __init__(self) -> None:
        self._built: dict[str, FaceTemplateStore] = {}
        self._lock = RLock()

    @property
    def _settings(self) -> dict[str, dict[str, Any]]:
        backends: dict[str, dict[str, Any]] = settings.FACE_TEMPLATE_STORES
        return backends

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    def __contains__(self, alias: object) -> bool:
        return alias in self._settings

    def __getitem__(self, alias: str) -> FaceTemplateStore:
        """Return the store of that alias; else `UnknownStore` or `StoreMisconfigured`."""
        # A store built twice would be two stores where it keeps its rows in memory.
        with self._lock:
            if alias not in self._built:
                self._built[alias] = self._build(alias)
            return self._built[alias]

    def all(self) -> list[FaceTemplateStore]:
        """Return every store, in the order of the settings."""
        return [self[alias] for alias in self]

    def reset(self) -> None:
        """Forget what was built."""
        with self._lock:
            self._built.clear()

    def _build(self, alias: str) -> FaceTemplateStore:
        try:
            chosen = self._settings[alias]
        except KeyError:
            raise UnknownStore(alias, self) from None
        if "BACKEND" not in chosen:
            raise StoreMisconfigured(alias, "BACKEND is missing")
        try:
            backend = import_string(chosen["BACKEND"])
        except ImportError as error:
            what = f"BACKEND {chosen['BACKEND']!r} cannot be imported ({error})"
            raise StoreMisconfigured(alias, what) from error
        if not (isinstance(backend, type) and issubclass(backend, FaceTemplateStore)):
            raise StoreMisconfigured(alias, f"{chosen['BACKEND']} is not a FaceTemplateStore")
        make: Callable[..., FaceTemplateStore] = backend
        try:
            return make(alias, **chosen.get("OPTIONS", {}))
        except TypeError as error:
            raise StoreMisconfigured(alias, f"its OPTIONS do not fit ({error})") from error


stores = StoreHandler()


def _forget_when_changed(*, setting: str, **_: object) -> None:
    if setting == "FACE_TEMPLATE_STORES":
        stores.reset()


setting_changed.connect(_forget_when_changed)
