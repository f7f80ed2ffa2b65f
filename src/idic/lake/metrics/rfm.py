"""Recency, frequency and monetary scores over the aggregates, as Ibis expressions for every engine:
the same cuts and scores as `engine.rfm`, which takes them from arrays on one machine.
"""

from __future__ import annotations

import datetime as dt

import ibis

from idic.engine.rfm import RfmCuts
from idic.lake.metrics.behaviour import AGGREGATES, SUMMARY, divide

# What `behaviour.summarize` made, computed once and kept by the engine under this name.
BEHAVIOUR = ibis.table(SUMMARY, name="behaviour")
SCORES = {
    "recency_days": "int64",
    "recency_score": "int64",
    "frequency_score": "int64",
    "monetary_score": "int64",
    "rfm_cell": "string",
}
MEASURES = ("recency_days", "order_count", "net_amount")


def cut(*, measure: str, as_of: dt.date, bins: int) -> ibis.Table:
    """Give the expression of one row with the `bins` − 1 cuts of a measure among all buyers.

    A cut is the smallest value that at least k/bins of the buyers do not exceed, found among the
    different values by whole-number arithmetic: no tie is broken and no engine's quantile is
    asked, whose rounding differs. Without a buyer every cut is 0.
    """
    buyers = _with_recency(as_of).filter(BEHAVIOUR.order_count > 0)
    values = buyers.group_by(value=buyers[measure]).agg(people=buyers.count())
    up_to = ibis.cumulative_window(order_by=values.value)
    steps = values.mutate(
        people_up_to=values.people.sum().over(up_to), buyers=values.people.sum().over(ibis.window())
    )
    return steps.agg(
        **{
            f"cut_{k}": steps.value.min(
                where=steps.people_up_to * bins >= steps.buyers * k
            ).coalesce(0)
            for k in range(1, bins)
        }
    )


def score(*, cuts: RfmCuts, as_of: dt.date) -> ibis.Table:
    """Give the last expression, over BEHAVIOUR: `customer_id`, AGGREGATES and SCORES, in order of
    customer.

    Each score is a sum of comparisons with constants, so customers with equal values score equal.
    """
    table = _with_recency(as_of)
    recency = ibis.literal(cuts.bins) - _above(table.recency_days, cuts.recency_days)
    scored = table.mutate(
        recency_score=recency.coalesce(1).cast("int64"),
        frequency_score=(_above(table.order_count, cuts.order_count) + 1).cast("int64"),
        monetary_score=(_above(table.net_amount, cuts.net_amount) + 1).cast("int64"),
    )
    cell = scored.recency_score.cast("string")
    cell = cell + scored.frequency_score.cast("string") + scored.monetary_score.cast("string")
    made = {**{name: scored[name] for name in SUMMARY}, **divide(scored)}
    made |= {name: scored[name] for name in SCORES if name != "rfm_cell"} | {"rfm_cell": cell}
    columns = ("customer_id", *AGGREGATES, *SCORES)
    return scored.order_by("customer_id").select(**{name: made[name] for name in columns})


def _with_recency(as_of: dt.date) -> ibis.Table:
    return BEHAVIOUR.mutate(
        recency_days=ibis.literal(as_of).delta(BEHAVIOUR.last_order_on, unit="day").cast("int64")
    )


def _above(value: ibis.Value, cuts: tuple[float, ...]) -> ibis.Value:
    above = ibis.literal(0, type="int64")
    for each in cuts:
        above = above + (value > ibis.literal(int(each), type="int64")).cast("int64")
    return above
