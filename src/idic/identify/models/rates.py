"""What a unit of another currency is worth in the business's own."""

from __future__ import annotations

from django.db import models

from idic.core import ids


class ExchangeRate(models.Model):
    """From that day on, one unit of `currency` counts as `rate` units of the business's currency.
    Editable: reports follow it, orders keep the amounts they were paid in.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    currency = models.CharField(max_length=3)
    from_date = models.DateField()
    rate = models.DecimalField(max_digits=24, decimal_places=10)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "from_date"], name="identify_rate_day")
        ]
