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
    recovered = models.BooleanField(
        default=False, help_text="Came back from the published tree, under another case id."
    )

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


class AuditEntry(models.Model):
    """The place of an entry in the tree, given once by the sequencer. Never changed."""

    index = models.BigIntegerField(primary_key=True)
    event = models.UUIDField(unique=True, editable=False)
    leaf_hash = models.BinaryField(max_length=32)

    class Meta:
        db_table = "audit_entry"

    def __str__(self) -> str:
        return f"entry {self.index}"


class AuditCheckpoint(models.Model):
    """What the log said of itself at one size: its root, signed. Never changed."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    compact_range = models.BinaryField(help_text="Hashes of its full subtrees, the largest first.")
    note = models.BinaryField(help_text="The signed note, byte for byte as published.")
    created = models.DateTimeField(editable=False)

    class Meta:
        db_table = "audit_checkpoint"

    def __str__(self) -> str:
        return f"checkpoint of {self.size} entries"


class AuditAnchor(models.Model):
    """What somebody outside the house said of a checkpoint: a time stamp or a cosignature."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16, editable=False)
    size = models.BigIntegerField(editable=False)
    name = models.CharField(max_length=200, editable=False)
    proof = models.BinaryField(help_text="The token of RFC 3161 (DER), or the signature's line.")
    at = models.DateTimeField(editable=False)

    class Meta:
        db_table = "audit_anchor"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "size", "name"], name="audit_anchor_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.size} entries by {self.name}"


class AuditRedaction(models.Model):
    """Permission to blank one entry that was written by mistake. Its hash stands."""

    index = models.BigIntegerField(primary_key=True)
    reason = models.CharField(max_length=32, editable=False)
    created = models.DateTimeField(editable=False)

    class Meta:
        db_table = "audit_redaction"

    def __str__(self) -> str:
        return f"redaction of entry {self.index}"


class AuditPruning(models.Model):
    """Permission to blank all entries below an index, at the end of their time."""

    below = models.BigIntegerField(primary_key=True)
    created = models.DateTimeField(editable=False)

    class Meta:
        db_table = "audit_pruning"

    def __str__(self) -> str:
        return f"pruned below entry {self.below}"
