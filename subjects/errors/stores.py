"""What can be wrong with a store of face templates."""

from collections.abc import Collection, Iterable

from subjects.errors.root import PortalError


class StoreError(PortalError):
    """Something is wrong with a store of face templates."""

    code = "store"


class UnknownStore(StoreError):
    """No store of that name stands in the settings."""

    code = "unknown-store"

    def __init__(self, alias: str, known: Iterable[str]) -> None:
        super().__init__(
            f"There is no store {alias!r}. FACE_TEMPLATE_STORES names: {', '.join(known)}."
        )


class StoreMisconfigured(StoreError):
    """The settings of a store cannot work."""

    code = "store-misconfigured"

    def __init__(self, alias: str, what: str) -> None:
        super().__init__(f"Store {alias!r} is not set up rightly: {what}.")


class StoreUnavailable(StoreError):
    """A store, or a part of it, does not answer. Never treated as an empty answer."""

    code = "store-unavailable"

    def __init__(self, alias: str, what: str) -> None:
        self.alias = alias
        super().__init__(f"Store {alias!r} cannot be used: {what}.")


class VectorRefused(StoreError):
    """Not a face code: wrong shape, NaN or infinite."""

    code = "vector-refused"

    def __init__(self, what: str) -> None:
        super().__init__(f"This is not a face code: {what}. Expected 128 finite numbers.")


class ModelMismatch(StoreError):
    """A store holds codes of another model: distances would mean nothing."""

    code = "model-mismatch"

    def __init__(self, alias: str, holds: str, wanted: str) -> None:
        super().__init__(f"Store {alias!r} holds codes of {holds}, the search uses {wanted}.")


class TemplateGone(StoreError):
    """The store no longer holds this template: it was erased."""

    code = "template-gone"

    def __init__(self, alias: str) -> None:
        self.alias = alias
        super().__init__(f"Store {alias!r} no longer holds this template.")


class CannotCount(StoreError):
    """The store's records do not allow a count by scope. Never taken as none."""

    code = "store-cannot-count"

    def __init__(self, alias: str) -> None:
        self.alias = alias
        super().__init__(
            f"Store {alias!r} cannot count what an order is about. Count it by hand, and say how."
        )


class ErasureIncomplete(StoreError):
    """Read again after the erase, and still there."""

    code = "erasure-incomplete"

    def __init__(self, alias: str, refs: Collection[str]) -> None:
        self.alias, self.refs = alias, frozenset(refs)
        super().__init__(
            f"Store {alias!r} still holds {len(refs)} of the templates it was told to erase."
        )
