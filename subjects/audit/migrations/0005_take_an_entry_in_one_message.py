"""Install the function that takes an entry, where the triggers were on before there was one."""

from typing import ClassVar

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from subjects.audit import guards


def install_again(_apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Install triggers and functions of this database's kind."""
    guards.install(schema_editor.connection)


class Migration(migrations.Migration):
    """Nothing is undone by going back: the triggers stay."""

    dependencies: ClassVar = [("audit", "0004_guard_the_tree")]
    operations: ClassVar = [migrations.RunPython(install_again, migrations.RunPython.noop)]
