"""What can be wrong with a sealed file."""

from subjects.errors.root import PortalError


class VaultError(PortalError):
    """A sealed file cannot be sealed or opened."""

    code = "vault"


class VaultKeyMissing(VaultError):
    """The key that sealed this is not among PORTAL_VAULT_KEYS."""

    code = "vault-key-missing"

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"The vault key {key_id!r} is not in PORTAL_VAULT_KEYS."
            " Put it back after the first one."
        )


class BlobPurged(VaultError):
    """It was purged: its key and file are gone for good."""

    code = "blob-purged"

    def __init__(self) -> None:
        super().__init__("This file has been deleted, with its key. It cannot be brought back.")


class BlobDamaged(VaultError):
    """The file is missing, or its bytes were changed or swapped."""

    code = "blob-damaged"

    def __init__(self) -> None:
        super().__init__("This sealed file is missing or was changed. Restore it from a backup.")
