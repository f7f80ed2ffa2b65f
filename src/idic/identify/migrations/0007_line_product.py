"""Answers who bought a product by an index alone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("identify", "0006_cleaning")]

    operations = [
        migrations.AddIndex(
            model_name="orderline",
            index=models.Index(
                fields=["product_code", "order", "quantity"], name="identify_line_product"
            ),
        ),
    ]
