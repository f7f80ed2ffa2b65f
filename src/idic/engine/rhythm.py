"""How often each customer usually comes, and who is overdue by their own measure.

No forecast and no money: a rhythm is read from past gaps only. Forecasts are in `purchases`.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from idic.engine.orders import Ledger, read_ledger
from idic.engine.table import Source, Table

Floats = NDArray[np.float64]

# A customer's own gaps weigh as much as the shop's once there are two of them (for the middle) and
# four (for the spread, which takes more to see).
_SHOP_WEIGHT_MIDDLE = 2.0
_SHOP_WEIGHT_SPREAD = 4.0
_FEWEST_GAPS = 30
# The 90 % point of the normal distribution, until the shop has shown its own.
_USUAL_REACH = 1.2816


@dataclass(frozen=True)
class RhythmParameters:
    """What `fit` learnt about the whole shop.

    `usual_gap_days` is the median gap, `spread` the standard deviation of ln(gap) around a
    customer's own middle, `reach` how many spreads above the middle 9 of 10 next gaps end.

    >>> known = RhythmParameters(usual_gap_days=30.0, spread=0.7, reach=1.4, gap_count=800)
    >>> RhythmParameters.from_json(known.to_json()) == known
    True
    """

    usual_gap_days: float
    spread: float
    reach: float
    gap_count: int

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> RhythmParameters:
        """Return the parameters that `to_json` wrote."""
        return cls(**json.loads(text))


def fit(orders: Source, *, as_of: dt.date, exceeded_rate: float = 0.1) -> RhythmParameters:
    """Learn the shop's usual gap, its spread, and how far the next gap reaches.

    In: orders as for `orders.summarize`. `reach` is found by trying: for every customer with at
    least two gaps, the last gap is compared with what the gaps before it made usual, in units of
    that customer's spread; `reach` is exceeded by `exceeded_rate` of them. With fewer than 30 such
    customers it is that of the normal distribution. A gap still open at `as_of` is not counted, so
    a short history makes the shop look quicker than it is.

    >>> fit({"customer_id": [], "ordered_on": np.array([], "datetime64[D]"), "net_amount": []},
    ...     as_of=dt.date(2024, 1, 1)).gap_count
    0
    """
    gaps = _Gaps.of(read_ledger(orders, as_of=as_of))
    return _fit(gaps, exceeded_rate=exceeded_rate)


def predict(orders: Source, *, as_of: dt.date, parameters: RhythmParameters | None = None) -> Table:
    """Tell for each customer what gap is usual, and by how many days the present one exceeds it.

    In: orders as for `orders.summarize`; `parameters` from `fit` (fitted here when not given). Out,
    one row for each customer with a purchase or a return up to `as_of`:

    - `usual_gap_days`: the typical number of days between two purchase days
    - `late_after_days`: 9 of 10 such gaps end by then
    - `days_since_last`: days from the last purchase to `as_of`
    - `overdue_days`: days_since_last − late_after_days, rounded up, 0 when not overdue
    - `is_overdue`

    With k gaps between the purchase days of a customer, and the shop's median gap G and spread S:

        ln usual_gap = (k · ln(median of the own gaps) + 2 · ln G) / (k + 2)
        middle       = (Σ ln gap + 2 · ln G) / (k + 2)
        spread²      = (Σ (ln gap − middle)² + 4 · S²) / (k + 4)
        late_after   = exp(middle + reach · spread), at least usual_gap

    so that someone with two purchases is judged mostly by what is usual in the shop, and someone
    with twenty by their own habit: a steady weekly customer is overdue within days, a steady yearly
    one within months. Both numbers are missing with fewer than two purchase days.

    >>> weekly = {"customer_id": [1] * 9, "net_amount": [100] * 9,
    ...           "ordered_on": np.arange("2024-01-01", "2024-03-04", 7, "datetime64[D]")}
    >>> predict(weekly, as_of=dt.date(2024, 3, 18)).rows()
    [(1, 7.0, 7.3, 21, 14, True)]
    """
    ledger = read_ledger(orders, as_of=as_of)
    gaps = _Gaps.of(ledger)
    shop = parameters or _fit(gaps, exceeded_rate=0.1)
    usual = np.round(np.exp(_toward_shop(gaps.medians() * gaps.counts, gaps.counts, shop)), 1)
    middle, spread = _habits(gaps, shop)
    late_after = np.maximum(np.round(np.exp(middle + shop.reach * spread), 1), usual)
    has_bought = ledger.purchase_day_counts > 0
    since = int(np.datetime64(as_of, "D").astype(np.int64)) - ledger.last_days()
    has_gaps = gaps.counts > 0
    overdue = np.ceil(np.maximum(np.where(has_gaps, since - late_after, 0), 0)).astype(np.int64)
    return Table(
        {
            "customer_id": ledger.customer_ids,
            "usual_gap_days": np.where(has_gaps, usual, np.nan),
            "late_after_days": np.where(has_gaps, late_after, np.nan),
            "days_since_last": np.ma.MaskedArray(since, mask=~has_bought),
            "overdue_days": np.ma.MaskedArray(overdue, mask=~has_gaps),
            "is_overdue": np.ma.MaskedArray(overdue > 0, mask=~has_gaps),
        }
    )


@dataclass(frozen=True)
class _Gaps:
    """All gaps as ln(days), customer after customer in order of time, and how many each has."""

    logs: Floats
    counts: NDArray[np.int64]
    owners: NDArray[np.int64]

    @classmethod
    def of(cls, ledger: Ledger) -> _Gaps:
        owners = np.repeat(np.arange(len(ledger.customer_ids)), ledger.purchase_day_counts)
        is_same = owners[1:] == owners[:-1]
        days = np.diff(ledger.purchase_days)[is_same]
        counts = np.maximum(ledger.purchase_day_counts - 1, 0)
        return cls(np.log(days), counts, owners[1:][is_same])

    def without_last(self) -> _Gaps:
        """Return the gaps that each customer's last gap can be judged by."""
        is_last = np.append(self.owners[1:] != self.owners[:-1], True)[: len(self.owners)]
        return _Gaps(self.logs[~is_last], np.maximum(self.counts - 1, 0), self.owners[~is_last])

    def medians(self) -> Floats:
        """Return the median ln(gap) of each customer, 0 where there is none."""
        ordered = self.logs[np.lexsort((self.logs, self.owners))]
        if not len(ordered):
            return np.zeros(len(self.counts))
        starts = np.cumsum(self.counts) - self.counts
        low = np.minimum(starts + (np.maximum(self.counts, 1) - 1) // 2, len(ordered) - 1)
        high = np.minimum(starts + self.counts // 2, len(ordered) - 1)
        return np.where(self.counts > 0, (ordered[low] + ordered[high]) / 2, 0.0)


def _toward_shop(sums: Floats, counts: NDArray[np.int64], shop: RhythmParameters) -> Floats:
    """Return sums / counts, drawn toward ln of the shop's median gap."""
    shop_sum = _SHOP_WEIGHT_MIDDLE * math.log(shop.usual_gap_days)
    return np.asarray((sums + shop_sum) / (counts + _SHOP_WEIGHT_MIDDLE), dtype=np.float64)


def _habits(gaps: _Gaps, shop: RhythmParameters) -> tuple[Floats, Floats]:
    """Return each customer's middle and spread of ln(gap), drawn toward the shop's."""
    k = gaps.counts
    sums = np.bincount(gaps.owners, gaps.logs, minlength=len(k)).astype(np.float64)
    middle = _toward_shop(sums, k, shop)
    around = gaps.logs - middle[gaps.owners]
    squares = np.bincount(gaps.owners, around**2, minlength=len(k)).astype(np.float64)
    spread = np.sqrt((squares + _SHOP_WEIGHT_SPREAD * shop.spread**2) / (k + _SHOP_WEIGHT_SPREAD))
    return middle, spread


def _fit(gaps: _Gaps, *, exceeded_rate: float) -> RhythmParameters:
    if not len(gaps.logs):
        return RhythmParameters(usual_gap_days=30.0, spread=1.0, reach=_USUAL_REACH, gap_count=0)
    around = gaps.logs - gaps.medians()[gaps.owners]
    several = gaps.counts[gaps.owners] > 1
    # The own median takes one of k degrees of freedom; a floor keeps clockwork shops finite.
    free = several.sum() - (gaps.counts > 1).sum()
    spread = max(math.sqrt(float((around[several] ** 2).sum()) / free), 0.05) if free else 0.7
    shop = RhythmParameters(
        usual_gap_days=math.exp(float(np.median(gaps.logs))),
        spread=spread,
        reach=_USUAL_REACH,
        gap_count=len(gaps.logs),
    )
    return RhythmParameters(**{**asdict(shop), "reach": _reach(gaps, shop, exceeded_rate)})


def _reach(gaps: _Gaps, shop: RhythmParameters, exceeded_rate: float) -> float:
    judged = gaps.counts > 1
    if judged.sum() < _FEWEST_GAPS:
        return _USUAL_REACH
    middle, spread = _habits(gaps.without_last(), shop)
    last = gaps.logs[np.cumsum(gaps.counts)[judged] - 1]
    distance = (last - middle[judged]) / spread[judged]
    return max(float(np.quantile(distance, 1 - exceeded_rate)), 0.0)
