"""The organisation's stores of face templates: searched, restricted, erased, never filled."""

from subjects.stores.handler import stores

__all__ = ["stores"]
