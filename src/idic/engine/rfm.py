"""Recency, frequency and monetary scores from cut-offs, and who moved between their cells; no names
or tiers for the cells.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from idic.engine.orders import summarize
from idic.engine.table import Array, Source, Table


@dataclass(frozen=True)
class RfmCuts:
    """The upper ends of the score bins, in ascending order: `bins` − 1 values each.

    A customer whose value lies above n of the cuts gets 1 + n for frequency and money; for
    recency, where few days are good, `bins` − n. `window_days` says of how many days the orders and
    the money were counted (see `count`); None is all time. Build one by hand for fixed cut-offs:

    >>> cuts = RfmCuts(bins=3, recency_days=(30, 90), order_count=(1, 4), net_amount=(0, 10_000))
    >>> RfmCuts.from_json(cuts.to_json()) == cuts
    True
    """

    bins: int
    recency_days: tuple[float, ...]
    order_count: tuple[float, ...]
    net_amount: tuple[float, ...]
    window_days: int | None = None

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


def count(orders: Source, *, as_of: dt.date, window_days: int | None = None) -> Table:
    """Count what the scores are made of, as it was known at the end of `as_of`.

    In: as `orders.summarize` takes it. Out, ordered by `customer_id`: `customer_id`,
    `recency_days` from the last purchase ever, and `order_count` and `net_amount` of the
    `window_days` that end with `as_of` (None: of all time). Who bought before the window only
    keeps a recency and counts 0 orders.

    >>> orders = Table.from_rows(
    ...     [(7, dt.date(2024, 1, 1), 500), (7, dt.date(2024, 3, 1), 700)],
    ...     columns={"customer_id": int, "ordered_on": dt.date, "net_amount": int})
    >>> count(orders, as_of=dt.date(2024, 3, 31), window_days=60).rows()
    [(7, 30, 1, 700)]
    """
    table = Table.read(orders)
    whole = summarize(table, as_of=as_of)
    columns = {name: whole[name] for name in ("customer_id", "recency_days")}
    counts, amounts = whole["order_count"], whole["net_amount"]
    if window_days is not None:
        first = np.datetime64(as_of) - (window_days - 1)
        days = table["ordered_on"].astype("datetime64[D]")
        is_in = np.ma.filled(days >= first, False) & ~np.ma.getmaskarray(days)
        inside = summarize(table.filter(is_in), as_of=as_of)
        here = np.searchsorted(np.ma.getdata(whole["customer_id"]), inside["customer_id"])
        counts, amounts = np.zeros_like(counts), np.zeros_like(amounts)
        counts[here], amounts[here] = inside["order_count"], inside["net_amount"]
    return Table({**columns, "order_count": counts, "net_amount": amounts})


@dataclass(frozen=True)
class Migration:
    """Who stood where at two moments, by the same cuts. `grid` counts people and money at the later
    one: (recency, frequency, people, net amount); `moves` counts people by recency and frequency
    score as text, empty for who had not bought: (before, after, people).
    """

    grid: tuple[tuple[int, int, int, int], ...]
    moves: tuple[tuple[str, str, int], ...]


def migrate(cuts: RfmCuts, orders: Source, *, before: dt.date, after: dt.date) -> Migration:
    """Count who moved between cells of recency × frequency from one day to a later one.

    In: as `count` takes it. Both days are scored by `cuts`, so that only people move and not the
    lines. Who bought nothing by a day (or only returned) stands nowhere on it.
    """
    table = Table.read(orders)
    (known, then, _money), (ids, now, amounts) = (
        _scored(cuts, table, as_of=day) for day in (before, after)
    )
    held = np.full(len(ids), _NOWHERE)
    held[np.searchsorted(ids, known)] = then  # who has bought once has bought for ever
    span = cuts.bins**2 + 1
    pairs, people = np.unique(held * span + now, return_counts=True)
    moves = zip((pairs // span).tolist(), (pairs % span).tolist(), people.tolist(), strict=True)
    grid = []
    for place in sorted(range(1, span), key=lambda p: (-_scores(p, cuts.bins)[0], p)):
        is_in = now == place
        scores = _scores(place, cuts.bins)
        grid.append((*scores, int(is_in.sum()), int(amounts[is_in].sum())))
    return Migration(
        grid=tuple(grid),
        moves=tuple((_name(a, cuts.bins), _name(b, cuts.bins), n) for a, b, n in moves),
    )


_NOWHERE = 0


def _scores(place: int, bins: int) -> tuple[int, int]:
    return (place - 1) // bins + 1, (place - 1) % bins + 1


def _name(place: int, bins: int) -> str:
    return "".join(map(str, _scores(place, bins))) if place else ""


def _scored(
    cuts: RfmCuts, orders: Table, *, as_of: dt.date
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Give the ids of who has bought, each one's place in the grid from 1 on, and the money."""
    counted = count(orders, as_of=as_of, window_days=cuts.window_days)
    counted = counted.filter(_has_recency(counted))
    scores = predict(cuts, counted)
    place = (scores["recency_score"] - 1) * cuts.bins + scores["frequency_score"]
    ids, amounts = (np.ma.getdata(counted[name]) for name in ("customer_id", "net_amount"))
    return ids, np.asarray(place, dtype=np.int64), amounts


def fit(summary: Source, *, bins: int = 5, window_days: int | None = None) -> RfmCuts:
    """Cut recency, number of orders and net amount of all buyers into `bins` equal parts.

    In: `recency_days`, `order_count`, `net_amount` (from `orders.summarize`).

    The cuts are observed values (the smallest value that at least k/bins of the buyers do not
    exceed), so equal customers always get equal scores and the order of rows changes nothing. Where
    many share one value, bins stay empty: when 70 % bought once, they all score 1 for frequency.
    Customers without a purchase have no say, nor have those without one in the window about orders
    and money. `window_days` is only noted. Hughes, "Strategic Database Marketing", 1994.

    >>> fit({"recency_days": [1, 2, 3, 4], "order_count": [1, 1, 2, 9],
    ...      "net_amount": [5, 6, 7, 8]}, bins=2)
    RfmCuts(bins=2, recency_days=(2,), order_count=(1,), net_amount=(6,), window_days=None)
    """
    table = Table.read(summary)
    has_bought = _has_bought(table)
    return RfmCuts(
        bins=bins,
        window_days=window_days,
        recency_days=_cuts(table["recency_days"][_has_recency(table)], bins=bins),
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
    recency = np.where(_has_recency(table), cuts.bins - above, 1)
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


def _has_recency(table: Table) -> NDArray[np.bool_]:
    is_known = ~np.ma.getmaskarray(table["recency_days"])
    return np.asarray(is_known & ~np.isnan(table.floats("recency_days")))


def _has_bought(table: Table) -> NDArray[np.bool_]:
    return _has_recency(table) & (np.ma.getdata(table["order_count"]) > 0)


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
