"""Makes the search index: its tables are no Django models, because FTS5 and tsvector are not."""

from typing import Any

from django.db import migrations

from idic.identify.search import postgres, sqlite

# Notes and promises are read on every customer page; without this, all events of a person would be.
_NOTES = "CREATE INDEX identify_event_note ON identify_event (record_id) WHERE kind IN ('note', 'promise')"


def create(apps: Any, schema_editor: Any) -> None:
    dialect = postgres if schema_editor.connection.vendor == "postgresql" else sqlite
    for statement in (*dialect.CREATE, _NOTES):
        schema_editor.execute(statement)


def drop(apps: Any, schema_editor: Any) -> None:
    dialect = postgres if schema_editor.connection.vendor == "postgresql" else sqlite
    for statement in ("DROP INDEX identify_event_note", *dialect.DROP):
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [("identify", "0001_initial")]

    operations = [migrations.RunPython(create, drop)]
