"""What the log refuses, and how it can be broken."""

from subjects.errors.root import PortalError


class AuditError(PortalError):
    """The log refuses, or is broken."""

    code = "audit"


class LeafRefused(AuditError):
    """An entry with a field or value outside the closed vocabulary."""

    code = "leaf-refused"

    def __init__(self, field: str, why: str) -> None:
        super().__init__(f"The log does not take {field!r}: {why}.")


class AuditChainBroken(AuditError):
    """The first entry at which the log stops being what was written."""

    code = "audit-chain-broken"

    def __init__(self, case: str, step: int, why: str) -> None:
        self.case, self.step = case, step
        super().__init__(f"The log is broken at case {case}, step {step}: {why}.")
