"""The steps from orders and events to aggregates with scores, the same on every engine; what an
engine has to be able to do for them. The engines are `on_duckdb` and `on_spark`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import ibis

from idic.engine.rfm import RfmCuts
from idic.lake.metrics import behaviour, rfm


class Engine(Protocol):
    """Runs SQL of its dialect over the tables `orders` and `events`."""

    dialect: str

    def keep(self, *, name: str, sql: str, schema: Mapping[str, str]) -> None:
        """Compute a query once and let later ones read it as `name`."""

    def fetch(self, *, sql: str) -> tuple[int, ...]:
        """Give the one row of a query."""

    def write(self, *, sql: str, out: Path) -> None:
        """Write the rows of a query as Parquet."""


def compute(engine: Engine, *, as_of: dt.date, out: Path, bins: int = 5) -> RfmCuts:
    """Write a row a customer to `out`: `customer_id`, `behaviour.AGGREGATES`, `rfm.SCORES`.

    Gives the cuts; `bins` is 2 to 9.
    """
    summary = behaviour.summarize(as_of=as_of)
    engine.keep(name="behaviour", sql=_sql(summary, engine), schema=behaviour.SUMMARY)
    recency, frequency, monetary = (
        engine.fetch(sql=_sql(rfm.cut(measure=name, as_of=as_of, bins=bins), engine))
        for name in rfm.MEASURES
    )
    cuts = RfmCuts(bins=bins, recency_days=recency, order_count=frequency, net_amount=monetary)
    engine.write(sql=_sql(rfm.score(cuts=cuts, as_of=as_of), engine), out=out)
    return cuts


def _sql(expression: ibis.Table, engine: Engine) -> str:
    return str(ibis.to_sql(expression, dialect=engine.dialect))
