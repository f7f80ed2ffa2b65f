"""What all customers are worth together, month by month: customer equity."""

from __future__ import annotations

from django.db import models

from .needs import NeedGroup
from .segments import Segment


class EquityMonth(models.Model):
    """The forecast of a month for one tier and need group, or for one segment. Rewritten by each
    refresh until the month is over; never computed backwards, for nobody forecast then.
    """

    month = models.DateField()  # its first day
    as_of_date = models.DateField()
    tier = models.CharField(max_length=12, blank=True)
    need_group = models.ForeignKey(
        NeedGroup, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    segment = models.ForeignKey(Segment, null=True, on_delete=models.CASCADE, related_name="+")
    customer_count = models.IntegerField()
    last_year_amount = models.BigIntegerField()
    expected_amount = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["month", "segment"], name="diff_equity_month")]
