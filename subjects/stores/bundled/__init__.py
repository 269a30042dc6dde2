"""The embedded store: rows in the Django database, vectors and pictures in files beside it."""

from subjects.stores.bundled.store import BundledStore

__all__ = ["BundledStore"]
