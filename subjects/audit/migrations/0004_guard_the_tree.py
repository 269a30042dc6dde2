"""Put the triggers on the tables of the tree, and again on the entries: SQLite remade them."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from subjects.audit import guards


def put_triggers_on(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Install the triggers of this database's kind."""
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):
    """Append-only from here on, numbers and checkpoints too. No way back, as in 0002."""

    dependencies: ClassVar = [("audit", "0003_the_tree")]
    operations: ClassVar = [migrations.RunPython(put_triggers_on)]
