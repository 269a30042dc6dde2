"""The tables of the log. No foreign keys: an entry outlives what it speaks of."""

from typing import ClassVar
from uuid import uuid4

from django.db import models

from subjects.audit.events import EventType


class AuditEvent(models.Model):
    """One entry, frozen: triggers and grants refuse everything but inserting it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    case = models.UUIDField(editable=False)
    step = models.BigIntegerField(editable=False)
    type = models.CharField(max_length=40, editable=False)
    leaf = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32)
    created = models.DateTimeField(editable=False)

    class Meta:
        db_table = "audit_event"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "step"], name="audit_event_one_step_once"),
            models.CheckConstraint(
                condition=models.Q(step__gte=1), name="audit_event_steps_from_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case.hex}/{self.step} {self.type}"

    @property
    def event_type(self) -> EventType:
        """The type, as a word of the vocabulary."""
        return EventType(self.type)


class AuditOutbox(models.Model):
    """The queue before the tree: entries that have no number yet. Emptied by deletion."""

    # Order of insertion, not of commit, and with gaps after a rollback: never evidence.
    n = models.BigAutoField(primary_key=True)
    event = models.UUIDField(unique=True, editable=False)
    # So that an entry which is lost before it has a number can be named.
    case = models.UUIDField(editable=False)
    step = models.BigIntegerField(editable=False)

    class Meta:
        db_table = "audit_outbox"

    def __str__(self) -> str:
        return f"{self.n}: {self.event}"


class AuditPayload(models.Model):
    """What an entry commits to but does not say. Erasable: without its salt the entry is mute."""

    event = models.UUIDField(primary_key=True, editable=False)
    salt = models.BinaryField(max_length=32)
    payload = models.BinaryField()

    class Meta:
        db_table = "audit_payload"

    def __str__(self) -> str:
        return f"payload of {self.event}"
