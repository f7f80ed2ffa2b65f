"""Writes the moves of what the log knew so far: records that were recognised as a customer."""

from django.db import migrations
from django.db.migrations.state import StateApps
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SLICE = 500


def write_moves(apps: StateApps, _editor: BaseDatabaseSchemaEditor) -> None:
    Entry = apps.get_model("identify", "IdentityLogEntry")
    Move = apps.get_model("identify", "IdentityMove")
    last = 0
    while found := list(Entry.objects.filter(act="link", id__gt=last).order_by("id")[:_SLICE]):
        Move.objects.bulk_create(
            Move(entry=entry, record_id=record_id, to_customer_id=entry.customer_id)
            for entry in found
            for record_id in entry.record_ids
        )
        last = found[-1].id
    Entry.objects.filter(act="link").update(act="match")


class Migration(migrations.Migration):
    dependencies = [("identify", "0008_identity")]
    operations = [migrations.RunPython(write_moves, migrations.RunPython.noop)]
