"""What those outside the house say of the log, or do not say: time stamps and witnesses."""

from subjects.errors.audit import AuditError


class AnchorError(AuditError):
    """Somebody outside the house did not hold the log. The log goes on, and asks again later."""

    code = "anchor"

    def __init__(self, name: str, why: str) -> None:
        self.name, self.why = name, why
        super().__init__(f"{name}: {why}.")


class StampUnavailable(AnchorError):
    """The time stamping authority gave no stamp: no answer, a late, huge or foreign one."""

    code = "stamp-unavailable"


class StampRefused(AnchorError):
    """There is an answer, and it does not prove what it must. It is thrown away."""

    code = "stamp-refused"


class WitnessUnavailable(AnchorError):
    """The witness gave no answer that can be read."""

    code = "witness-unavailable"


class WitnessRefused(AnchorError):
    """The witness does not sign this checkpoint, or signed something else. Look at it today."""

    code = "witness-refused"


class WitnessAhead(AnchorError):
    """The witness has seen a longer log than ours: somebody went back in time. Nothing is signed.

    Nothing in the database alone can mend this: what the witness saw must be found again.
    """

    code = "witness-ahead"

    def __init__(self, name: str, theirs: int, ours: int) -> None:
        self.theirs, self.ours = theirs, ours
        super().__init__(
            name,
            f"it has seen {theirs} entries and this log has {ours}, so an older state was put back."
            " No entry gets a number until then: put a copy of the published log (LOG_DIR) with at"
            f" least {theirs} entries in its place and run `manage.py audit_recover`; the log goes"
            " on as soon as the witness signs again. If there is no such copy, entries are lost:"
            " tell the supervisory authority, and begin a new log under another PORTAL_LOG_ORIGIN",
        )


class WitnessPolicyBroken(AuditError):
    """The file of the witnesses breaks the rules of C2SP tlog-policy."""

    code = "witness-policy-broken"

    def __init__(self, line: int, why: str) -> None:
        self.line = line
        where = f", line {line}" if line else ""
        super().__init__(f"PORTAL_WITNESS_POLICY_FILE{where}: {why}.")
