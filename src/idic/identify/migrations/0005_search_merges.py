"""Lets FTS5 merge its index only when told to: a little after each write, never all at once."""

from typing import Any

from django.db import migrations

from idic.identify.search import sqlite


def by_hand(apps: Any, schema_editor: Any) -> None:
    _say(schema_editor, sqlite.MERGE_BY_HAND)


def by_itself(apps: Any, schema_editor: Any) -> None:
    _say(schema_editor, sqlite.MERGE_BY_ITSELF)


def _say(schema_editor: Any, statements: tuple[str, ...]) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for statement in statements:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("identify", "0004_undo")]

    operations = [migrations.RunPython(by_hand, by_itself)]
