"""The three tables of the log."""

import uuid
from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """Events, the queue before the tree, erasable payloads."""

    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        migrations.CreateModel(
            name="AuditOutbox",
            fields=[
                ("n", models.BigAutoField(primary_key=True, serialize=False)),
                ("event", models.UUIDField(editable=False, unique=True)),
                ("case", models.UUIDField(editable=False)),
                ("step", models.BigIntegerField(editable=False)),
            ],
            options={
                "db_table": "audit_outbox",
            },
        ),
        migrations.CreateModel(
            name="AuditPayload",
            fields=[
                ("event", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("salt", models.BinaryField(max_length=32)),
                ("payload", models.BinaryField()),
            ],
            options={
                "db_table": "audit_payload",
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("case", models.UUIDField(editable=False)),
                ("step", models.BigIntegerField(editable=False)),
                ("type", models.CharField(editable=False, max_length=40)),
                ("leaf", models.BinaryField()),
                ("leaf_hash", models.BinaryField(max_length=32)),
                ("created", models.DateTimeField(editable=False)),
            ],
            options={
                "db_table": "audit_event",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("case", "step"), name="audit_event_one_step_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("step__gte", 1)), name="audit_event_steps_from_one"
                    ),
                ],
            },
        ),
    ]
