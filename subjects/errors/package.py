"""What stands against a package for an authority."""

from subjects.errors.root import PortalError


class PackageError(PortalError):
    """No package can be made, or this one can no longer be had."""

    code = "package"


class PeriodRefused(PackageError):
    """A period that ends before it begins, or that is not over."""

    code = "package-period"

    def __init__(self, why: str) -> None:
        super().__init__(f"No package for this period: {why}.")


class PackageFolderRefused(PackageError):
    """The folder holds something already: a package is never mixed with anything else."""

    code = "package-folder"

    def __init__(self, why: str) -> None:
        super().__init__(f"{why} Name a folder that does not exist yet.")


class PackageTooLarge(PackageError):
    """The disk does not take it. Nothing is left behind."""

    code = "package-space"

    def __init__(self) -> None:
        super().__init__(
            "There is no room for the package, so nothing was kept of it."
            " Make room on the disk, at least twice the size of PORTAL_LOG_DIR, and try again."
        )


class NothingToPack(PackageError):
    """No entry of the log has a number yet."""

    code = "package-empty"

    def __init__(self) -> None:
        super().__init__(
            "The log has no published checkpoint, so there is nothing to prove yet."
            " Let the sequencer run (`manage.py sequence`) and try again."
        )


class PackageGone(PackageError):
    """Its days are over, or its file was taken away."""

    code = "package-gone"

    def __init__(self) -> None:
        super().__init__("This package is no longer here. Order a new one: it proves the same.")


class CaseUnknownToLog(PackageError):
    """The log holds no numbered entry of this case."""

    code = "package-no-such-case"

    def __init__(self) -> None:
        super().__init__(
            "The published log has no entry of this case yet. Try again when the sequencer has run."
        )
