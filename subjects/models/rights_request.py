"""One right exercised in a case.

Its state, its two clocks, who proposed, who approved, how it ended.
"""

from datetime import date
from typing import ClassVar
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from subjects import vault
from subjects.lifecycle import APPROVED, OPEN, TURN, WITHDRAWABLE, Outcome, State, Turn
from subjects.models.case import Case
from subjects.models.leased import Leased


class Right(models.TextChoices):
    """The rights that can be asked for here. Their texts are data of the law."""

    ACCESS = "access", "Access (Art 15)"
    RECTIFICATION = "rectification", "Rectification (Art 16)"
    ERASURE = "erasure", "Erasure (Art 17)"
    RESTRICTION = "restriction", "Restriction (Art 18)"
    OBJECTION = "objection", "Objection (Art 21)"


ERASES = (Right.ERASURE, Right.OBJECTION)
"""Granting these destroys what was found: Art 17(1)(c) follows a granted objection."""
RESTRICTS = (Right.ERASURE, Right.OBJECTION, Right.RESTRICTION, Right.RECTIFICATION)
"""These restrict what was found at once (R-090, Art 18(1)(a), (d))."""


class Proposal(models.TextChoices):
    """What a reviewer proposes to answer."""

    GRANT = "grant", "Grant"
    NOTHING_FOUND = "nothing_found", "Answer that nothing was found"
    REFUSE = "refuse", "Refuse"


class RightsRequest(Leased):
    """The row is the queue.

    State, lease and fence are here, and only `actions.move` writes `state`.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.ForeignKey(Case, models.PROTECT, related_name="rights_requests")
    right = models.CharField(max_length=16, choices=Right.choices)
    state = models.CharField(max_length=24, default=State.RECEIVED, db_index=True)
    entered_at = models.DateTimeField(help_text="When it came into this state.")
    stuck_in = models.CharField(max_length=24, blank=True, help_text="Where a human resumes it.")
    outcome = models.CharField(max_length=24, blank=True)

    due_on = models.DateField(
        db_index=True, help_text="Clock A: from receipt, never stopped (Art 12(3))."
    )
    paused_due_on = models.DateField(
        help_text="Clock B: A and the days allowed for identity (Art 12(6))."
    )
    extended_to = models.DateField(
        null=True, blank=True, help_text="Three months from receipt, if extended."
    )
    extension_reason = models.CharField(max_length=32, blank=True)
    calendar_version = models.CharField(max_length=64)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    overdue_noted_at = models.DateTimeField(
        null=True, blank=True, help_text="When the alarm was raised."
    )

    proposal = models.CharField(max_length=16, choices=Proposal.choices, blank=True)
    ground = models.CharField(
        max_length=16, blank=True, help_text="Art 17(1) ground or refusal code."
    )
    reasons_sealed = models.BinaryField(blank=True, default=b"")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    proposed_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    hold_until = models.DateTimeField(null=True, blank=True)
    backups_end_on = models.DateField(
        null=True, blank=True, db_index=True, help_text="Last day of a backup that may hold it."
    )
    backups_ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When the log was told that they have ended."
    )

    class Meta:
        ordering: ClassVar = ["due_on", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_request_for_a_right", fields=["case", "right"]),
            models.CheckConstraint(
                name="known_state",
                condition=Q(state__in=sorted(State)),
            ),
            models.CheckConstraint(
                name="outcome_only_when_closed",
                condition=(Q(state=State.CLOSED) & Q(outcome__in=sorted(Outcome)))
                | (Q(state__in=sorted(OPEN)) & Q(outcome="")),
            ),
            models.CheckConstraint(
                name="two_different_people",
                condition=Q(approved_by=None)
                | (Q(proposed_by__isnull=False) & ~Q(approved_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="nothing_released_unapproved",
                condition=~Q(state__in=sorted(APPROVED)) | Q(approved_by__isnull=False),
            ),
            models.CheckConstraint(
                name="granted_only_when_approved",
                condition=~Q(
                    outcome__in=[
                        Outcome.GRANTED,
                        Outcome.PARTLY_GRANTED,
                        Outcome.NOTHING_FOUND,
                        Outcome.REFUSED,
                        Outcome.NOT_IDENTIFIED,
                    ],
                )
                | Q(approved_by__isnull=False),
            ),
            models.CheckConstraint(
                name="clock_b_never_before_a",
                condition=Q(paused_due_on__gte=F("due_on")),
            ),
            models.CheckConstraint(
                name="extension_has_a_reason",
                condition=Q(extended_to=None) | ~Q(extension_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.right} of {self.case_id}"

    @property
    def turn(self) -> Turn:
        """Whose turn it is."""
        return TURN[State(self.state)]

    @property
    def is_open(self) -> bool:
        """Say whether it is not closed yet."""
        return self.state != State.CLOSED

    @property
    def is_withdrawable(self) -> bool:
        """Say whether the person can still take it back: not once the destruction has begun."""
        return (self.stuck_in or self.state) in WITHDRAWABLE

    @property
    def answer_due_on(self) -> date:
        """The day the law measures by: clock A, or the extended day."""
        return self.extended_to or self.due_on

    @property
    def erases(self) -> bool:
        """Say whether granting it destroys what was found."""
        return self.right in ERASES

    @property
    def reasons(self) -> str:
        """The case-specific reasons of the proposal, opened."""
        if not self.reasons_sealed:
            return ""
        return vault.unseal_text(bytes(self.reasons_sealed), context=f"reasons:{self.pk.hex}")

    def seal_reasons(self, reasons: str) -> bytes:
        """Return `reasons` sealed for this row."""
        return vault.seal_text(reasons, context=f"reasons:{self.pk.hex}") if reasons else b""
