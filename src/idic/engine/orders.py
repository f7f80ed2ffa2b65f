"""One row a customer from one row an order: counts, sums, first and last days.

Every value model of the engine starts from these columns; none of them is a score or a forecast.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from idic.engine.table import Array, Source, Table

Days = NDArray[np.int64]
_NO_DAY = np.iinfo(np.int64).min
# Days are packed beside the customer's place into one sortable integer: 2^20 days are 2,800 years.
_DAY_BITS = 20


def summarize(orders: Source, *, as_of: dt.date) -> Table:
    """Reduce orders to one row a customer, as it was known at the end of `as_of`.

    In: `customer_id` int, `order_id` any (one row an order; not read), `ordered_on` date,
    `net_amount` int in minor units. A return is a row with a negative amount, under its own or any
    order id. Rows after `as_of`, and rows without a customer, a day or an amount, are left out.

    Out, ordered by `customer_id`:

    - `first_order_date`, `last_order_date`: first and last *purchase*, a row above zero
    - `order_count`: purchases; `purchase_day_count`: different days with a purchase
    - `net_amount`: sum of all rows, returns included
    - `mean_order_amount`: net_amount / order_count
    - `recency_days`: days from the last purchase to `as_of`
    - `repeat_count`: purchase_day_count − 1, the x of the purchase models
    - `age_at_last_purchase_days`: first to last purchase, their t_x
    - `customer_age_days`: first purchase to `as_of`, their T

    A customer with nothing but returns keeps a row: counts 0, the sum as it is, days missing.

    Sorts by customer and by day in NumPy: 7M orders of 1M customers take a third of the CPU time
    of the same GROUP BY with a distinct count in DuckDB, and about 0.5 GB.

    >>> orders = Table.from_rows(
    ...     [(7, 1, dt.date(2024, 1, 1), 500), (7, 2, dt.date(2024, 1, 11), 700),
    ...      (7, 3, dt.date(2024, 1, 12), -200)],
    ...     columns={"customer_id": int, "order_id": int, "ordered_on": dt.date, "net_amount": int})
    >>> row = summarize(orders, as_of=dt.date(2024, 1, 31))
    >>> row.select("order_count", "net_amount", "recency_days", "customer_age_days").rows()
    [(2, 1000, 20, 30)]
    """
    ledger = read_ledger(orders, as_of=as_of)
    last_day = _day_number(as_of)
    first, last = ledger.first_days(), ledger.last_days()
    has_bought = ledger.order_counts > 0
    mean = np.full(len(first), np.nan)
    np.divide(ledger.net_amounts, ledger.order_counts, out=mean, where=has_bought)
    return Table(
        {
            "customer_id": ledger.customer_ids,
            "first_order_date": _dates(first),
            "last_order_date": _dates(last),
            "order_count": ledger.order_counts,
            "purchase_day_count": ledger.purchase_day_counts,
            "net_amount": ledger.net_amounts,
            "mean_order_amount": mean,
            "recency_days": np.ma.MaskedArray(last_day - last, mask=~has_bought),
            "repeat_count": np.maximum(ledger.purchase_day_counts - 1, 0),
            "age_at_last_purchase_days": np.ma.MaskedArray(last - first, mask=~has_bought),
            "customer_age_days": np.ma.MaskedArray(last_day - first, mask=~has_bought),
        }
    )


@dataclass(frozen=True)
class Ledger:
    """Orders sorted by customer, as arrays: what `summarize` and `rhythm` both need.

    `customer_ids`, `order_counts`, `net_amounts` and `purchase_day_counts` have one entry a
    customer; `purchase_days` holds the days of all customers' purchases, each once, customer
    after customer, as days since 1970.
    """

    customer_ids: NDArray[np.int64]
    order_counts: NDArray[np.int64]
    net_amounts: NDArray[np.int64]
    purchase_day_counts: NDArray[np.int64]
    purchase_days: Days

    def first_days(self) -> Days:
        """Return each customer's first purchase day (a very small number when there is none)."""
        return self._day_at(np.cumsum(self.purchase_day_counts) - self.purchase_day_counts)

    def last_days(self) -> Days:
        """Return each customer's last purchase day (a very small number when there is none)."""
        return self._day_at(np.cumsum(self.purchase_day_counts) - 1)

    def _day_at(self, places: NDArray[np.int64]) -> Days:
        days = np.full(len(places), _NO_DAY)
        has_bought = self.purchase_day_counts > 0
        days[has_bought] = self.purchase_days[places[has_bought]]
        return days


def read_ledger(orders: Source, *, as_of: dt.date) -> Ledger:
    """Sort the orders up to and including `as_of` by customer and day."""
    ids, days, amounts = read_orders(orders, as_of=as_of)
    by_customer = _order(ids)
    ids, days, amounts = (np.take(c, by_customer, mode="clip") for c in (ids, days, amounts))
    is_first = _is_new(ids)
    starts = np.flatnonzero(is_first)
    customer_ids = ids[starts]
    # Long arrays are written over from here on: fresh memory costs as much as the arithmetic.
    places = np.cumsum(is_first, out=ids)
    places -= 1
    net_amounts = np.add.reduceat(amounts, starts) if len(ids) else amounts

    is_purchase = amounts > 0
    if not is_purchase.all():
        places, days = places[is_purchase], days[is_purchase]
    order_counts = np.bincount(places, minlength=len(starts))
    earliest = int(days.min()) if len(days) else 0
    packed = places
    packed <<= _DAY_BITS
    days -= earliest
    packed |= days
    packed.sort()
    distinct = packed[_is_new(packed)]
    return Ledger(
        customer_ids=customer_ids,
        order_counts=order_counts,
        net_amounts=net_amounts,
        purchase_day_counts=np.bincount(distinct >> _DAY_BITS, minlength=len(starts)),
        purchase_days=(distinct & ((1 << _DAY_BITS) - 1)) + earliest,
    )


def _order(ids: Array) -> NDArray[np.int64]:
    """Return the places of the rows in order of id.

    NumPy sorts whole numbers six times as fast as it sorts places by them. So the leading bits of
    each id are sorted together with the row's number, which fills the rest of 63 bits; only ids
    that share all their leading bits are sorted once more.
    """
    if not len(ids):
        return np.zeros(0, dtype=np.int64)
    low = int(ids.min())
    row_bits, id_bits = len(ids).bit_length(), (int(ids.max()) - low).bit_length()
    if id_bits > 63:
        return np.argsort(ids)
    shift = max(id_bits + row_bits - 63, 0)
    keys = ids - low
    keys >>= shift
    keys <<= row_bits
    keys |= np.arange(len(ids))
    keys.sort()
    if not shift:
        keys &= (1 << row_bits) - 1
        return keys
    order = keys & ((1 << row_bits) - 1)
    ordered = ids[order]
    is_wrong = ordered[1:] < ordered[:-1]
    if is_wrong.any():
        runs = np.cumsum(_is_new(keys >> row_bits)) - 1
        has_wrong = np.zeros(runs[-1] + 1, dtype=bool)
        has_wrong[runs[1:][is_wrong]] = True
        rows = np.flatnonzero(has_wrong[runs])
        order[rows] = order[rows][np.argsort(ordered[rows])]
    return order


def _is_new(values: Array) -> NDArray[np.bool_]:
    """Mark each value that differs from the one before it."""
    is_new = np.ones(len(values), dtype=bool)
    np.not_equal(values[1:], values[:-1], out=is_new[1:])
    return is_new


def read_orders(orders: Source, *, as_of: dt.date) -> tuple[Array, Days, Array]:
    """Return customer ids, days since 1970 and amounts of the usable rows up to `as_of`."""
    table = Table.read(orders)
    ids = _whole(table, "customer_id")
    amounts = _whole(table, "net_amount")
    days = table["ordered_on"]
    if days.dtype.kind != "M":
        raise TypeError(f"ordered_on holds {days.dtype}, it has to hold days")
    days = days.astype("datetime64[D]")
    usable = days <= np.datetime64(as_of)  # NaT compares false
    for column in (ids, amounts):
        if isinstance(column, np.ma.MaskedArray):
            usable &= ~np.ma.getmaskarray(column)
    ids, amounts = np.ma.getdata(ids), np.ma.getdata(amounts)
    if usable.all():
        return ids, days.astype(np.int64), amounts
    return ids[usable], days[usable].astype(np.int64), amounts[usable]


def _whole(table: Table, name: str) -> Array:
    column = table[name]
    if len(column) and column.dtype.kind != "i":
        raise TypeError(f"{name} holds {column.dtype}, it has to hold whole numbers")
    return column.astype(np.int64, copy=False)


def _day_number(day: dt.date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def _dates(days: Days) -> Array:
    # NumPy's NaT is the smallest int64, which is what a missing day already holds.
    return days.view("datetime64[D]")
