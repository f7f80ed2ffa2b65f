"""Drops three indexes that begin another one: every row of a file was written into both."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


def _drop(name: str, table: str, column: str) -> migrations.RunSQL:
    # By name, or SQLite would write the whole table anew.
    return migrations.RunSQL(
        f'DROP INDEX IF EXISTS "{name}"', f'CREATE INDEX "{name}" ON "{table}" ("{column}")'
    )


class Migration(migrations.Migration):
    dependencies = [("identify", "0025_shop_orders")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                _drop("identify_trait_record_id_bcfc32c9", "identify_trait", "record_id"),
                _drop("identify_identifier_record_id_e6862ae9", "identify_identifier", "record_id"),
                _drop(
                    "identify_sourcerecord_source_id_4a96976c", "identify_sourcerecord", "source_id"
                ),
            ],
            state_operations=[
                migrations.AlterField(
                    model_name="trait",
                    name="record",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="traits",
                        to="identify.sourcerecord",
                    ),
                ),
                migrations.AlterField(
                    model_name="identifier",
                    name="record",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identifiers",
                        to="identify.sourcerecord",
                    ),
                ),
                migrations.AlterField(
                    model_name="sourcerecord",
                    name="source",
                    field=models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="records",
                        to="identify.source",
                    ),
                ),
            ],
        )
    ]
