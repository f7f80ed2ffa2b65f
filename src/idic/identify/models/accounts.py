"""Accounts somebody holds at a bank or an insurer: what stood on each, day by day, as its source
said. Totals of a customer are not kept here: whoever needs one adds up the latest rows.
"""

from __future__ import annotations

from django.db import models

from idic.core import ids

from .imports import ImportRun
from .records import SourceRecord
from .sources import Source
from .staging import PublishedManager


class AccountBalance(models.Model):
    """What one account held on one day, for whom. Nothing is overwritten: of several words about
    (source, account_number, as_of_date) the latest (the highest id) counts, so that an undo lets
    the one before stand again. Amounts are minor units of `currency`; a debt is negative.
    `fee_amount` and `margin_amount` are what the account brought in fees and in interest margin
    since the balance before; null where the source does not say.
    """

    id = models.BigIntegerField(primary_key=True, default=ids.new_id, editable=False)
    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="balances")
    account_number = models.CharField(max_length=100)
    as_of_date = models.DateField()
    record = models.ForeignKey(SourceRecord, on_delete=models.PROTECT, related_name="balances")
    product = models.CharField(max_length=120, blank=True)
    currency = models.CharField(max_length=3)
    balance_amount = models.BigIntegerField()
    fee_amount = models.BigIntegerField(null=True)
    margin_amount = models.BigIntegerField(null=True)
    import_run = models.ForeignKey(
        ImportRun, null=True, on_delete=models.PROTECT, related_name="balances"
    )
    recorded_at = models.DateTimeField()

    objects = PublishedManager["AccountBalance"]()
    everything = models.Manager["AccountBalance"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "account_number", "as_of_date", "import_run"],
                name="identify_balance_word",
            )
        ]
        indexes = [models.Index(fields=["record", "-as_of_date"], name="identify_balance_record")]
