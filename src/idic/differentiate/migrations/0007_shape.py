"""How value is spread over the customers, for the page for analysts."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("differentiate", "0006_segments")]

    operations = [
        migrations.CreateModel(
            name="ValueShape",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("as_of_date", models.DateField(unique=True)),
                ("figures", models.JSONField(default=dict)),
            ],
        ),
    ]
