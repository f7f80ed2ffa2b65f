"""Lets the index that lists filter by also hold the days overdue: lists sorted by them are then
found without the rows, however few meet the filter.
"""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("differentiate", "0001_initial")]

    operations = [
        migrations.RemoveIndex(model_name="customersummary", name="diff_sum_filter"),
        migrations.AddIndex(
            model_name="customersummary",
            index=models.Index(
                fields=[
                    *("tier", "need_group", "city_key", "is_overdue", "email_reach", "sms_reach"),
                    *("zalo_reach", "has_open_case", "last_order_date", "first_order_date"),
                    *("last_year_amount", "overdue_days", "-expected_amount", "customer"),
                ],
                name="diff_sum_filter",
            ),
        ),
    ]
