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


class LogKeyMissing(AuditError):
    """A key that signs the log or its packages is not there, and production never makes one."""

    code = "log-key-missing"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no {name} in PORTAL_LOG_KEYS_DIR. Put the key back from its copy;"
            " for a new installation make the keys with `manage.py new_log_key`."
        )


class LogKeyDamaged(AuditError):
    """A key file that is no Ed25519 key, or that this process may not read."""

    code = "log-key-damaged"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} in PORTAL_LOG_KEYS_DIR is not a readable Ed25519 key."
            " Put it back from its copy, readable for the account of the portal alone."
        )


class LogKeyInPlace(AuditError):
    """A ceremony or a rotation would replace a key that is in use."""

    code = "log-key-in-place"

    def __init__(self, name: str, instead: str) -> None:
        super().__init__(f"{name} is there already, so nothing was changed. {instead}")


class LogBusy(AuditError):
    """Another process numbers or publishes entries at this moment."""

    code = "log-busy"

    def __init__(self) -> None:
        super().__init__(
            "Another process works on the log at this moment. Stop the sequencer and try again."
        )


class LogBehind(AuditError):
    """The database knows fewer entries than were published: it came back from a backup."""

    code = "log-behind"

    def __init__(self, published: int, size: int) -> None:
        super().__init__(
            f"The published log has {published} entries and the database knows {size}: it was"
            " restored from a backup. Nothing is signed until `manage.py audit_recover` has"
            " brought the entries back."
        )


class LogForked(AuditError):
    """The published log and the database do not tell one story. Such a thing is never signed."""

    code = "log-forked"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The log has forked: {why}. Nothing is signed. Keep the published log, the database"
            " and its backups as they are, and find out which of them was changed."
        )


class LogNotPublished(AuditError):
    """The folder of the log does not take a file. What is numbered is published later."""

    code = "log-not-published"

    def __init__(self, why: str) -> None:
        super().__init__(
            f"The log could not be published: {why}. Make room in PORTAL_LOG_DIR and let the"
            " sequencer write there; it catches up by itself."
        )


class TileForked(AuditError):
    """A published file would have to change. Published files never do."""

    code = "tile-forked"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} of the published log is not what the database says. Nothing more is"
            " published. Find out which of the two was changed."
        )


class TileMissing(AuditError):
    """A file of the published log is not there or cut off."""

    code = "tile-missing"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"{path} of the published log is missing or cut off. Put PORTAL_LOG_DIR back from its"
            " copy, or empty it and let the sequencer publish everything again."
        )


class AuditTreeBroken(AuditError):
    """The number at which the tree stops being what was signed."""

    code = "audit-tree-broken"

    def __init__(self, index: int, why: str) -> None:
        self.index = index
        super().__init__(f"The log is broken at entry {index}: {why}.")


class RedactionRefused(AuditError):
    """An entry that is not to be blanked, or was already."""

    code = "redaction-refused"

    def __init__(self, index: int, why: str) -> None:
        self.index = index
        super().__init__(f"Entry {index} was not blanked: {why}.")


class LogOwnerNeeded(AuditError):
    """The portal's own role may not blank anything in the log."""

    code = "log-owner-needed"

    def __init__(self) -> None:
        super().__init__(
            "The role of DATABASE_URL may not blank entries, and nothing was changed. Run this as"
            " the owner of the log's tables, with the owner's DATABASE_URL."
        )
