"""What the law does not allow, or asks for more."""

from datetime import date

from subjects.errors.root import PortalError


class LawError(PortalError):
    """The law does not allow it, or asks for more."""

    code = "law"


class UnknownCountry(LawError):
    """No calendar or authority is known for this country."""

    code = "unknown-country"

    def __init__(self, country: str) -> None:
        super().__init__(
            f"{country!r} is not a country of the EEA: use its two letters, such as FR."
        )


class TooLate(LawError):
    """The time limit for this act has passed."""

    code = "too-late"

    def __init__(self, act: str, last_day: date) -> None:
        self.last_day = last_day
        super().__init__(f"It is too late to {act}: the last day was {last_day.isoformat()}.")


class ReasonMissing(LawError):
    """A reason, ground, choice or text that the law asks for is missing or empty."""

    code = "reason-missing"

    def __init__(self, what: str, article: str) -> None:
        super().__init__(f"Please give {what} ({article}).")


class RefusalNotAvailable(LawError):
    """No such ground exists for this right."""

    code = "refusal-not-available"

    def __init__(self, ground: str, right: str) -> None:
        super().__init__(f"Ground {ground} cannot be used to refuse a request for {right}.")


class ExtendedAlready(LawError):
    """A second extension of the same request."""

    code = "extended-already"

    def __init__(self) -> None:
        super().__init__(
            "The time limit was extended once already: no more is allowed (Article 12(3))."
        )


class DatesOutOfOrder(LawError):
    """Two dates of one case that cannot both be true."""

    code = "dates-out-of-order"

    def __init__(self, earlier: str, later: str) -> None:
        super().__init__(
            f"The {later} cannot come before the {earlier}. Please correct one of the dates."
        )


class UnknownLawCode(LawError):
    """A code that the law's data do not know, or not on that day."""

    code = "unknown-law-code"

    def __init__(self, kind: str, wanted: str, on: date) -> None:
        super().__init__(
            f"There is no {kind} {wanted!r} on {on.isoformat()}. Choose one from the list."
        )


class LawDataBroken(LawError):
    """A file of the law's data that contradicts itself: the portal must not decide by it."""

    code = "law-data-broken"

    def __init__(self, file: str, what: str) -> None:
        super().__init__(f"subjects/law/{file} cannot be used: {what}.")
