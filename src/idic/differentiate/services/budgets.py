"""Adds up, at each refresh, what is open with those whom a contact may still win back: a page then
asks a curve of a hundred points, not a million people.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import numpy as np
from django.db import transaction

from idic.differentiate.models import BudgetCurve, Reach
from idic.differentiate.selectors.budget import REACH_COLUMNS, list_open
from idic.engine import budget


def refresh_curves(*, as_of: date) -> None:
    """Rank everybody overdue by what a contact may win, for each channel and for any way."""
    columns = ("last_year_amount", "winback_amount", *REACH_COLUMNS.values())
    rows = np.array(list(list_open().values_list(*columns)), dtype=object).reshape(-1, len(columns))
    money, opened = rows[:, 0].astype(np.float64), rows[:, 1].astype(np.float64)
    among = {"": np.ones(len(rows), dtype=bool)} | {
        channel: rows[:, 2 + place] == Reach.ALLOWED for place, channel in enumerate(REACH_COLUMNS)
    }
    curves = [
        BudgetCurve(
            channel=channel,
            points=asdict(budget.rank(money[is_in], opened[is_in])),
            as_of_date=as_of,
        )
        for channel, is_in in among.items()
    ]
    with transaction.atomic():
        BudgetCurve.objects.all().delete()
        BudgetCurve.objects.bulk_create(curves)
