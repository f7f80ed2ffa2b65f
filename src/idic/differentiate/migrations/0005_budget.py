"""What a budget reaches: its curves, and the order in which people are contacted."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("differentiate", "0004_treatment_readiness")]

    operations = [
        migrations.CreateModel(
            name="BudgetCurve",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("channel", models.CharField(blank=True, max_length=10, unique=True)),
                ("points", models.JSONField(default=dict)),
                ("as_of_date", models.DateField()),
            ],
        ),
        migrations.AddIndex(
            model_name="customersummary",
            index=models.Index(
                condition=models.Q(("has_open_case", False), ("is_overdue", True)),
                fields=["-winback_amount", "customer"],
                name="diff_sum_winback",
            ),
        ),
    ]
