"""The tree: numbers, checkpoints, anchors, and what may be blanked."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_make_the_log_append_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditCheckpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField(max_length=32)),
                (
                    "compact_range",
                    models.BinaryField(help_text="Hashes of its full subtrees, the largest first."),
                ),
                (
                    "note",
                    models.BinaryField(help_text="The signed note, byte for byte as published."),
                ),
                ("created", models.DateTimeField(editable=False)),
            ],
            options={
                "db_table": "audit_checkpoint",
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("event", models.UUIDField(editable=False, unique=True)),
                ("leaf_hash", models.BinaryField(max_length=32)),
            ],
            options={
                "db_table": "audit_entry",
            },
        ),
        migrations.CreateModel(
            name="AuditPruning",
            fields=[
                ("below", models.BigIntegerField(primary_key=True, serialize=False)),
                ("created", models.DateTimeField(editable=False)),
            ],
            options={
                "db_table": "audit_pruning",
            },
        ),
        migrations.CreateModel(
            name="AuditRedaction",
            fields=[
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("reason", models.CharField(editable=False, max_length=32)),
                ("created", models.DateTimeField(editable=False)),
            ],
            options={
                "db_table": "audit_redaction",
            },
        ),
        migrations.AddField(
            model_name="auditevent",
            name="recovered",
            field=models.BooleanField(
                default=False, help_text="Came back from the published tree, under another case id."
            ),
        ),
        migrations.CreateModel(
            name="AuditAnchor",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(editable=False, max_length=16)),
                ("size", models.BigIntegerField(editable=False)),
                ("name", models.CharField(editable=False, max_length=200)),
                (
                    "proof",
                    models.BinaryField(
                        help_text="The token of RFC 3161 (DER), or the signature's line."
                    ),
                ),
                ("at", models.DateTimeField(editable=False)),
            ],
            options={
                "db_table": "audit_anchor",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "size", "name"), name="audit_anchor_once"
                    )
                ],
            },
        ),
    ]
