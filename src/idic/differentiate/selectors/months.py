"""Money by month and who came back by month of the first purchase, counted from the lake. Counted
when everything is refreshed and kept with the business's figures; what pages say is measure's.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from idic.engine import cohorts
from idic.engine.table import Table
from idic.identify.facts import open_facts

# Later months nobody reads: a grid wider than a year is not one to look at.
MONTHS_FOLLOWED = 12


def count_months(*, as_of: date) -> dict[str, Any]:
    """Count both up to a day, as plain values: `months` as `engine.cohorts` names their columns,
    `cohorts` with how many bought again in each later month (None where it is not over).
    """
    with open_facts() as facts:
        orders = facts.query(
            "SELECT customer_id, order_id, ordered_on, net_amount FROM customer_orders "
            "WHERE ordered_on <= ?",
            [as_of],
        )
    if not len(orders):
        return {"months": [], "cohorts": []}
    months: list[tuple[Any, ...]] = cohorts.revenue_by_month(orders, as_of=as_of).rows()
    return {
        "months": [[str(month), *counted] for month, *counted in months],
        "cohorts": _cohorts(cohorts.retention(orders, as_of=as_of)),
    }


def _cohorts(table: Table) -> list[list[Any]]:
    chosen = table.select(
        "cohort_month", "months_since", "customers", "active_customers", "is_complete"
    )
    rows: dict[str, list[Any]] = {}
    figures: list[tuple[Any, ...]] = chosen.rows()
    for month, since, customers, active, is_complete in figures:
        row = rows.setdefault(str(month), [str(month), customers, []])
        if 1 <= since <= MONTHS_FOLLOWED:
            row[2].append(active if is_complete else None)
    return [rows[month] for month in sorted(rows)]
