"""What is not for now, or not for this person: time, four eyes, identity, secrets."""

from collections.abc import Collection

from subjects.errors.root import PortalError


class LifecycleError(PortalError):
    """It is not the time for this."""

    code = "lifecycle"


class MoveNotAllowed(LifecycleError):
    """The lifecycle has no such move."""

    code = "move-not-allowed"

    def __init__(self, current: str, wanted: str) -> None:
        super().__init__(
            f"A request that is {current!r} cannot become {wanted!r}."
            " Reload the page to see where it is."
        )


class Superseded(LifecycleError):
    """The row has moved on, or another worker holds it. What was being done must stop here."""

    code = "superseded"

    def __init__(self) -> None:
        super().__init__(
            "Somebody else has already moved this on. Reload the page to see where it is."
        )


class NotYet(LifecycleError):
    """Something else must be done first."""

    code = "not-yet"

    def __init__(self, what: str) -> None:
        super().__init__(f"Not yet: {what}.")


class FourEyesNeeded(PortalError):
    """Nobody approves what they decided themselves."""

    code = "four-eyes-needed"

    def __init__(self) -> None:
        super().__init__("You decided this yourself. A different person must approve it.")


class IdentityNotSettled(PortalError):
    """Too little is known about who is asking."""

    code = "identity-not-settled"

    def __init__(self, needed: str) -> None:
        super().__init__(f"Settle the person's identity first: this needs tier {needed}.")


class ExportIncomplete(PortalError):
    """A part that Article 15 asks for is empty."""

    code = "export-incomplete"

    def __init__(self, parts: Collection[str]) -> None:
        self.parts = tuple(parts)
        super().__init__(f"The answer cannot be closed: {', '.join(self.parts)} would be empty.")


class WrongSecret(PortalError):
    """A link, code or passphrase that does not fit; the answer never says which."""

    code = "wrong-secret"

    def __init__(self) -> None:
        super().__init__(
            "That code does not fit, or it has been used or has run out. You can ask for a new one."
        )


class ServerNeeded(PortalError):
    """A server that this command needs does not answer."""

    code = "server-needed"
