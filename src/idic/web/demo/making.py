"""Makes a whole made-up business from its trade, language, day and seed: the same four always give
the same people, receipts and happenings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from idic.web.demo.happenings import Diary
from idic.web.demo.knowing import Record, index, make_records
from idic.web.demo.people import Person, make_people
from idic.web.demo.shopping import Receipts, Shop, Side
from idic.web.demo.words import Plan, Trade, get_cast, get_trade

HISTORY_DAYS = 730
MEASURE_DAYS = 14


@dataclass(frozen=True)
class Making:
    """A made-up business, before anything of it is brought in."""

    trade: Trade
    people: list[Person]
    records: dict[str, list[Record]]
    keys: dict[str, dict[int, str]]
    shop: Shop
    diary: Diary
    start: date
    today: date

    def sides(self, receipts: Receipts) -> list[Side]:
        """Tell of each receipt which source reports it, and whose key is on it."""
        return self.shop.sides(self.keys, receipts)


def make(*, trade: str, language: str, today: date, seed: int, people: int | None = None) -> Making:
    """Make the business as it stands on `today`."""
    chosen, cast = get_trade(trade, language), get_cast(language)
    start = today - timedelta(days=HISTORY_DAYS)
    count = people or int(chosen.number("people"))
    everybody = make_people(
        trade=chosen, cast=cast, count=count, start=start, until=today, seed=seed
    )
    records = make_records(trade=chosen, cast=cast, people=everybody, seed=seed)
    shop = Shop(trade=chosen, people=everybody, start=start, end=today, seed=seed)
    keys = {source: index(records, source) for source in records}
    diary = Diary(shop=shop, keys=keys, today=today, seed=seed)
    return Making(
        trade=chosen,
        people=everybody,
        records=records,
        keys=keys,
        shop=shop,
        diary=diary,
        start=start,
        today=today,
    )


@dataclass(frozen=True)
class Planted:
    """What a campaign truly did to those it was sent to, as far as the shop can see it."""

    rate: float
    amount: int


def plant(
    making: Making, plan: Plan, *, treated: set[int], customers: int, digits: int
) -> tuple[Receipts, list[int], Planted]:
    """Give the receipts a campaign brought, the places of those it cost, and the truth about it.
    `treated` are the numbers of people; `customers` how many customers the shop takes them for.
    """
    shop, day = making.shop, making.today - timedelta(days=plan.days_ago)
    places = {number - 1 for number in treated}
    extra = shop.brought(plan, at=day, days=MEASURE_DAYS, treated=places)
    lost = shop.lost(plan, at=day, days=MEASURE_DAYS, treated=places)
    end = day + timedelta(days=MEASURE_DAYS)
    plain = _seen(making, shop.between(day, end), places)
    kept = _seen(making, shop.between(day, end, without=lost), places)
    brought = _seen(making, extra, places)
    gone = plain.keys() - kept.keys() - brought.keys()
    rate = (len(brought.keys() - plain.keys()) - len(gone)) / max(customers, 1)
    counted = (
        _sum(making, extra, digits, places)
        + _sum(making, shop.between(day, end, without=lost), digits, places)
        - _sum(making, shop.between(day, end), digits, places)
    )
    return extra, lost, Planted(rate=rate, amount=counted)


def _seen(making: Making, receipts: Receipts, places: set[int]) -> dict[int, int]:
    """Count the purchases of these people that a key on the receipt shows."""
    counts: dict[int, int] = {}
    sides: Sequence[Side] = making.sides(receipts)
    bought = receipts.quantity[receipts.first[:-1]] > 0
    for who, side, is_buy in zip(receipts.person.tolist(), sides, bought.tolist(), strict=True):
        if who in places and side.key and is_buy:
            counts[who] = counts.get(who, 0) + 1
    return counts


def _sum(making: Making, receipts: Receipts, digits: int, places: set[int]) -> int:
    amounts = making.shop.amounts(receipts, digits=digits).tolist()
    sides = making.sides(receipts)
    rows = zip(receipts.person.tolist(), sides, amounts, strict=True)
    return sum(amount for who, side, amount in rows if who in places and side.key)
