"""Why an authority is not let in, or not let see something. `reason` is the log's word for it."""

from datetime import date
from typing import ClassVar

from subjects.errors.root import PortalError


class RegulatorError(PortalError):
    """Something about an authority's account."""

    code = "regulator"


class AdmissionRefused(RegulatorError):
    """An account that would reach too far or last too long."""

    code = "admission-refused"

    def __init__(self, field: str, why: str) -> None:
        self.field = field
        super().__init__(why)


class NotAdmitted(RegulatorError):
    """The door stays shut; the refusal stands in the log."""

    code = "not-admitted"
    reason: ClassVar[str] = "not-permitted"


class WrongPassword(NotAdmitted):
    """Name and password do not fit together; nobody is told which of the two is wrong."""

    code = "regulator-wrong-password"
    reason = "wrong-password"

    def __init__(self) -> None:
        super().__init__("This name and password do not fit together. Please try again.")


class WrongFactor(NotAdmitted):
    """A code of the second factor that does not fit, or was used before."""

    code = "regulator-wrong-factor"
    reason = "wrong-factor"

    def __init__(self) -> None:
        super().__init__(
            "That code does not fit, or it has been used. Wait for the next one, then try again."
        )


class TooManyWrongCodes(NotAdmitted):
    """Somebody who knows the password is guessing at the code."""

    code = "regulator-too-many-codes"
    reason = "rate"

    def __init__(self) -> None:
        super().__init__(
            "Too many wrong codes: this account is shut."
            " Ask the data protection officer for a new one."
        )


class AdmissionExpired(NotAdmitted):
    """The last day of the account is over."""

    code = "regulator-expired"
    reason = "expired"

    def __init__(self, until: date) -> None:
        self.until = until
        super().__init__(f"This access ended on {until.isoformat()}.")


class AdmissionRevoked(NotAdmitted):
    """The officer closed the account before its day."""

    code = "regulator-revoked"
    reason = "revoked"

    def __init__(self) -> None:
        super().__init__("This access was closed.")


class OutOfScope(NotAdmitted):
    """A case, a period or a package that this account does not reach, or that does not exist.

    Which of the two is never said.
    """

    code = "regulator-out-of-scope"
    reason = "out-of-scope"

    def __init__(self) -> None:
        super().__init__("There is nothing at this address within the scope of your access.")
