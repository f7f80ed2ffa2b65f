"""What all customers together are expected to bring by when, beside the fit that said so."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("differentiate", "0007_shape")]

    operations = [
        migrations.AddField(
            model_name="valuemodel",
            name="outlook",
            field=models.JSONField(default=list),
        ),
    ]
