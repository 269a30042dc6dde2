"""One right exercised in one case, as the entries of the log tell it."""

from __future__ import annotations


class Request:
    """What the log says of one request. Days are text such as `2026-12-23`, instants are UTC."""

    __slots__ = (
        "answered",
        "answered_index",
        "answered_on",
        "approved_by",
        "backup_ended_on",
        "backup_until",
        "backups_from",
        "calendar",
        "chain",
        "channel",
        "closed",
        "closed_on",
        "country",
        "due",
        "due_b",
        "extended_index",
        "extended_on",
        "extended_to",
        "ground",
        "index",
        "language",
        "last_index",
        "letter_on",
        "outcome",
        "overdue_on",
        "proposed_by",
        "reasons",
        "received",
        "received_on",
        "right",
        "stage",
        "suspended_days",
        "suspended_on",
        "zone",
    )

    def __init__(self, chain: int, right: str, index: int) -> None:
        self.chain, self.right, self.index = chain, right, index
        self.last_index = index
        self.received = self.received_on = self.zone = ""
        self.country = self.channel = self.language = self.calendar = self.stage = ""
        self.due = ""
        """The last day by clock A: one month from receipt, as it was first recorded."""
        self.due_b = ""
        self.extended_to = self.extended_on = ""
        """The day after an extension, and the day on which it was decided."""
        self.extended_index: int | None = None
        self.reasons: tuple[str, ...] = ()
        self.letter_on = ""
        """The day on which the letter about the extension left."""
        self.suspended_on = ""
        """The day on which the newest suspension ended."""
        self.suspended_days = 0
        self.answered = self.answered_on = ""
        self.answered_index: int | None = None
        self.outcome = self.ground = ""
        self.closed = self.closed_on = self.overdue_on = ""
        self.proposed_by = self.approved_by = ""
        self.backups_from = self.backup_until = self.backup_ended_on = ""
        """From when backups still hold what was erased, until when by plan, and when they ended."""

    @property
    def extension_counts(self) -> bool:
        """Whether it was extended and the letter left within the first month (Art. 12(3))."""
        return bool(self.extended_to and self.letter_on and self.letter_on <= self.due)

    @property
    def last_day(self) -> str:
        """The last day by the law: of an extension that counts, else of clock A."""
        return self.extended_to if self.extension_counts else self.due
