"""Put the triggers on the log. No way back: a log that can be opened again proves nothing."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from subjects.audit import guards


def put_triggers_on(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Install the triggers of this database's kind."""
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):
    """Append-only from here on."""

    dependencies: ClassVar = [("audit", "0001_the_log")]
    operations: ClassVar = [migrations.RunPython(put_triggers_on)]
