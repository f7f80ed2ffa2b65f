"""Recency, frequency and monetary scores from cut-offs; no names or tiers for the cells."""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from idic.engine.table import Array, Source, Table


@dataclass(frozen=True)
class RfmCuts:
    """The upper ends of the score bins, in ascending order: `bins` − 1 values each.

    A customer whose value lies above n of the cuts gets 1 + n for frequency and money; for
    recency, where few days are good, `bins` − n. Build one by hand for fixed cut-offs:

    >>> cuts = RfmCuts(bins=3, recency_days=(30, 90), order_count=(1, 4), net_amount=(0, 10_000))
    >>> RfmCuts.from_json(cuts.to_json()) == cuts
    True
    """

    bins: int
    recency_days: tuple[float, ...]
    order_count: tuple[float, ...]
    net_amount: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 2 <= self.bins <= 9:
            raise ValueError(f"bins is {self.bins}, it has to be 2 to 9: one digit a score")
        for name in ("recency_days", "order_count", "net_amount"):
            cuts = tuple(getattr(self, name))
            if len(cuts) != self.bins - 1 or list(cuts) != sorted(cuts):
                raise ValueError(f"{name} needs {self.bins - 1} ascending cuts, not {cuts}")
            object.__setattr__(self, name, cuts)

    def to_json(self) -> str:
        """Return the cuts as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> RfmCuts:
        """Return the cuts that `to_json` wrote."""
        return cls(**json.loads(text))


def fit(summary: Source, *, bins: int = 5) -> RfmCuts:
    """Cut recency, number of orders and net amount of all buyers into `bins` equal parts.

    In: `recency_days`, `order_count`, `net_amount` (from `orders.summarize`).

    The cuts are observed values (the smallest value that at least k/bins of the buyers do not
    exceed), so equal customers always get equal scores and the order of rows changes nothing. Where
    many share one value, bins stay empty: when 70 % bought once, they all score 1 for frequency.
    Customers without a purchase have no say. Hughes, "Strategic Database Marketing", 1994.

    >>> fit({"recency_days": [1, 2, 3, 4], "order_count": [1, 1, 2, 9],
    ...      "net_amount": [5, 6, 7, 8]}, bins=2)
    RfmCuts(bins=2, recency_days=(2,), order_count=(1,), net_amount=(6,))
    """
    table = Table.read(summary)
    has_bought = _has_bought(table)
    return RfmCuts(
        bins=bins,
        recency_days=_cuts(table["recency_days"][has_bought], bins=bins),
        order_count=_cuts(table["order_count"][has_bought], bins=bins),
        net_amount=_cuts(table["net_amount"][has_bought], bins=bins),
    )


def predict(cuts: RfmCuts, summary: Source) -> Table:
    """Score each customer from 1 to `cuts.bins`, the highest being best.

    In: `customer_id`, `recency_days`, `order_count`, `net_amount`. Out: `customer_id`,
    `recency_score`, `frequency_score`, `monetary_score` and `rfm_cell`, the three as text ("555").
    A customer without a purchase scores 1 for recency and frequency.

    >>> cuts = RfmCuts(bins=3, recency_days=(30, 90), order_count=(1, 4), net_amount=(0, 10_000))
    >>> predict(cuts, {"customer_id": [8], "recency_days": [31], "order_count": [5],
    ...                "net_amount": [10_000]}).rows()
    [(8, 2, 3, 2, '232')]
    """
    table = Table.read(summary)
    above = _count_above(cuts.recency_days, table["recency_days"])
    recency = np.where(_has_bought(table), cuts.bins - above, 1)
    frequency = 1 + _count_above(cuts.order_count, table["order_count"])
    monetary = 1 + _count_above(cuts.net_amount, table["net_amount"])
    return Table(
        {
            "customer_id": table["customer_id"],
            "recency_score": recency,
            "frequency_score": frequency,
            "monetary_score": monetary,
            "rfm_cell": _cells(recency, frequency, monetary, bins=cuts.bins),
        }
    )


def _has_bought(table: Table) -> NDArray[np.bool_]:
    is_known = ~np.ma.getmaskarray(table["recency_days"]) & ~np.isnan(table.floats("recency_days"))
    return is_known & (np.ma.getdata(table["order_count"]) > 0)


def _cuts(column: Array, *, bins: int) -> tuple[float, ...]:
    values = np.ma.getdata(column)
    if not len(values):
        return (0,) * (bins - 1)
    # The k-th of n in sorted order, with whole-number arithmetic: no rounding decides a score.
    places = [-(-len(values) * k // bins) - 1 for k in range(1, bins)]
    return tuple(np.partition(values, places)[places].tolist())


def _count_above(cuts: tuple[float, ...], column: Array) -> NDArray[np.int64]:
    """Count how many cuts each value exceeds."""
    values = np.ma.getdata(column)
    above = np.zeros(len(values), dtype=np.int64)
    for cut in cuts:
        above += values > cut
    return above


def _cells(recency: Array, frequency: Array, monetary: Array, *, bins: int) -> Array:
    scores = range(1, bins + 1)
    names = np.array(
        [f"{r}{f}{m}" for r, f, m in itertools.product(scores, repeat=3)], dtype=object
    )
    cells: Array = names[((recency - 1) * bins + (frequency - 1)) * bins + (monetary - 1)]
    return cells
