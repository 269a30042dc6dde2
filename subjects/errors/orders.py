"""What stands against recording, counting or answering an order of an authority."""

from collections.abc import Sequence

from subjects.errors.root import PortalError


class OrderError(PortalError):
    """Something about an order of an authority."""

    code = "order"


class OrderRefused(OrderError):
    """A part is missing or contradicts another. `field` names it; empty: the order as a whole."""

    code = "order-refused"

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        super().__init__(why)


class CountIncomplete(OrderError):
    """A store did not answer. What is not whole is not recorded: a gap would look like none."""

    code = "order-count-incomplete"

    def __init__(self, answered: int, silent: Sequence[str]) -> None:
        self.answered, self.silent = answered, tuple(silent)
        super().__init__(
            f"Asked {answered + len(silent)} stores, {answered} answered. No answer from: "
            f"{', '.join(silent)}. Nothing was recorded. See that it runs, then count again."
        )
