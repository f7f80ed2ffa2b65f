"""Rings up what the people bought: two years of receipts drawn at once from a seed, so that the
same business comes again; what campaigns bring or cost is drawn apart from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from idic.web.demo.calendar import Days, get_days
from idic.web.demo.people import Person, is_on_trial
from idic.web.demo.words import Goods, Plan, Trade

WALK_IN = -1
_NEW_THINGS = 0.16  # share of lines from anywhere on the shelf
_MOST_LINES = 12
_EXTRA_NUMBERS = 500_000  # receipts that campaigns brought are numbered from here on

Ints: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Receipts:
    """Receipts in the order of their numbers, a column each; lines `first[i]` to `first[i + 1]`
    belong to receipt `i`. `person` is a place in the list of people, or WALK_IN.
    """

    number: Ints
    day: Ints
    minute: Ints
    person: Ints
    draw: NDArray[np.float64]  # decides where it is bought and whether the card is shown
    first: Ints
    article: Ints
    quantity: Ints

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Line:
    """One line of a receipt. A negative quantity is goods brought back."""

    order_number: str
    ordered_at: datetime
    person: int  # a place in the list of people, or WALK_IN
    goods: Goods
    quantity: int


class Side(NamedTuple):
    """Which source reports a receipt, and whose key is on it."""

    source: str
    key: str


class Shop:
    """Rings up receipts; one seed gives one business."""

    def __init__(
        self, *, trade: Trade, people: list[Person], start: date, end: date, seed: int
    ) -> None:
        self.trade, self.people, self.start, self.seed = trade, people, start, seed
        self.days: Days = get_days(language=trade.language, start=start, end=end)
        self._shelf = np.array([at for at, goods in enumerate(trade.goods) if not goods.season])
        self._liked = int(trade.number("favorites"))
        self.favorites = self._draw_favorites()
        self.base = self._ring_up(*self._draw_visits(), rng=self.rng(4), first_number=1)

    def sides(self, records: Mapping[str, Mapping[int, str]], receipts: Receipts) -> list[Side]:
        """Tell of each receipt which source reports it and under which key; no key: a walk-in."""
        till, web = records.get("till", {}), records.get("web", {})
        online, shown = self.trade.number("online"), self.trade.number("shows_card")
        sides = []
        for who, draw in zip(receipts.person.tolist(), receipts.draw.tolist(), strict=True):
            number = who + 1
            card, account = till.get(number, ""), web.get(number, "")
            if account and (draw < online or not till):
                sides.append(Side("web", account))
            elif card and (draw - online) < shown * (1 - online):
                sides.append(Side("till", card))
            else:
                sides.append(Side("till", ""))
        return sides

    def lines(self, receipts: Receipts) -> Iterator[list[Line]]:
        """Give the lines of each receipt."""
        goods = self.trade.goods
        for at in range(len(receipts)):
            day = self.start + timedelta(days=int(receipts.day[at]))
            hour, minute = divmod(int(receipts.minute[at]), 60)
            number = f"{day:%y%m%d}-{int(receipts.number[at]):06d}"
            moment = datetime.combine(day, time(hour, minute))
            who = int(receipts.person[at])
            stretch = range(int(receipts.first[at]), int(receipts.first[at + 1]))
            yield [
                Line(number, moment, who, goods[receipts.article[i]], int(receipts.quantity[i]))
                for i in stretch
            ]

    def between(self, low: date, high: date, *, without: Collection[int] = ()) -> Receipts:
        """Give the receipts from one day to before another, without some, by their places."""
        base = self.base
        chosen = (base.day >= (low - self.start).days) & (base.day < (high - self.start).days)
        chosen[list(without)] = False
        return _select(base, np.flatnonzero(chosen))

    def brought(self, plan: Plan, *, at: date, days: int, treated: Collection[int]) -> Receipts:
        """Ring up the visits a campaign brought: one more for some of the treated, by place. Whom
        it moves is drawn for everybody, so that it does not hang on who is treated.
        """
        rng = self.rng(10 + self._place(plan))
        count = len(self.people)
        is_moved = rng.random(count) < (plan.chance if plan.effect == "brings" else 0.0)
        day = (at - self.start).days + rng.integers(1, days, count)
        stays = np.array([(person.stops - self.start).days for person in self.people])
        listed = np.zeros(count, dtype=bool)
        listed[list(treated)] = True
        who = np.flatnonzero(is_moved & listed & (day <= stays))
        order = np.argsort(day[who], kind="stable")
        first = _EXTRA_NUMBERS + 50_000 * self._place(plan)
        return self._ring_up(day[who][order], who[order], rng=rng, first_number=first)

    def lost(self, plan: Plan, *, at: date, days: int, treated: Collection[int]) -> list[int]:
        """Give the places of receipts a campaign cost, by the treated who stayed away."""
        if plan.effect != "hurts":
            return []
        rng = self.rng(10 + self._place(plan))
        is_lost = rng.random(len(self.base)) < plan.chance
        low = (at - self.start).days
        inside = (self.base.day >= low + 1) & (self.base.day < low + days)
        listed = np.isin(self.base.person, np.array(sorted(treated), dtype=np.int64))
        return [int(place) for place in np.flatnonzero(is_lost & inside & listed)]

    def amounts(self, receipts: Receipts, *, digits: int) -> Ints:
        """Give each receipt's sum in minor units."""
        price = np.array([round(goods.price * 10**digits) for goods in self.trade.goods])
        sums = np.concatenate([[0], np.cumsum(price[receipts.article] * receipts.quantity)])
        return np.asarray(sums[receipts.first[1:]] - sums[receipts.first[:-1]], dtype=np.int64)

    def _place(self, plan: Plan) -> int:
        return [one.key for one in self.trade.plans].index(plan.key)

    def rng(self, part: int) -> np.random.Generator:
        """Give the dice of one part of the business."""
        return np.random.default_rng([self.seed, part])

    def _draw_favorites(self) -> Ints:
        """Choose each person's usual articles, most of them of their need."""
        rng = self.rng(3)
        needs = np.array([goods.need for goods in self.trade.goods])
        chosen = np.empty((len(self.people), self._liked), dtype=np.int64)
        own_count = round(self._liked * self.trade.number("own_need"))
        pools = {
            need: (np.flatnonzero(needs == need), np.flatnonzero((needs != need) & (needs != "")))
            for need in self.trade.needs
        }
        for at, person in enumerate(self.people):
            own, rest = pools[person.need]
            mine = rng.permutation(own)[:own_count]
            chosen[at] = np.concatenate([mine, rng.permutation(rest)[: self._liked - len(mine)]])
        return chosen

    def _draw_visits(self) -> tuple[Ints, Ints]:
        """Draw the days on which people come, by a clock that runs faster on busy days, and the
        walk-ins between them.
        """
        rng = self.rng(5)
        clock = np.concatenate([[0.0], np.cumsum(self.days.weights)])
        count = len(self.days.weights)
        found_days, found_people = [], []
        for at, person in enumerate(self.people):
            low = max((person.begins - self.start).days, 0)
            high = min((person.stops - self.start).days + 1, count)
            is_new = person.begins >= self.start
            if low >= high or is_on_trial(person, share=self.trade.number("trials")):
                continue
            expected = (clock[high] - clock[low]) / person.gap_days
            gaps = rng.gamma(2.0, person.gap_days / 2.0, int(expected * 1.6 + 12))
            gaps[0] = 0.0 if is_new else gaps[0] * rng.random()
            moments = clock[low] + np.cumsum(gaps)
            days = np.unique(np.searchsorted(clock, moments, side="right") - 1)
            days = days[days < high]
            found_days.append(days)
            found_people.append(np.full(len(days), at))
        days = np.concatenate(found_days) if found_days else np.array([], dtype=np.int64)
        people = np.concatenate(found_people) if found_people else np.array([], dtype=np.int64)
        strangers = rng.binomial(
            np.bincount(days, minlength=count), min(self.trade.number("walk_ins"), 1.0)
        )
        days = np.concatenate([days, np.repeat(np.arange(count), strangers)])
        people = np.concatenate([people, np.full(int(strangers.sum()), WALK_IN)])
        order = np.lexsort((rng.random(len(days)), days))
        return days[order], people[order]

    def _ring_up(
        self, day: Ints, person: Ints, *, rng: np.random.Generator, first_number: int
    ) -> Receipts:
        count = len(day)
        size = np.clip(rng.poisson(self.trade.number("basket"), count) + 1, 1, _MOST_LINES)
        is_return = (rng.random(count) < self.trade.number("returns")) & (person != WALK_IN)
        size[is_return] = 1
        receipt = np.repeat(np.arange(count), size)
        article = self._articles(person[receipt], day[receipt], rng)
        # An article twice on one receipt is one line.
        key = np.unique(receipt * len(self.trade.goods) + article)
        receipt, article = np.divmod(key, len(self.trade.goods))
        quantity = rng.geometric(self.trade.number("quantity"), len(key))
        low, high = self.trade.numbers["hours"]
        return Receipts(
            number=first_number + np.arange(count),
            day=day,
            minute=np.asarray(60 * low + (high - low) * 60 * rng.beta(2.2, 1.5, count), dtype=int),
            person=person,
            draw=rng.random(count),
            first=np.concatenate([[0], np.cumsum(np.bincount(receipt, minlength=count))]),
            article=article,
            quantity=np.where(is_return[receipt], -quantity, quantity),
        )

    def _articles(self, person: Ints, day: Ints, rng: np.random.Generator) -> Ints:
        count = len(person)
        weights = 1 / (np.arange(self._liked) + 2.0)
        place = rng.choice(self._liked, count, p=weights / weights.sum())
        usual = self.favorites[np.maximum(person, 0), place]
        anything = self._shelf[rng.integers(0, len(self._shelf), count)]
        is_usual = (person != WALK_IN) & (rng.random(count) > _NEW_THINGS)
        article = np.where(is_usual, usual, anything)
        for season, share in self.days.seasons.items():
            goods = [at for at, one in enumerate(self.trade.goods) if one.season == season]
            if goods:
                is_season = rng.random(count) < share[day]
                article = np.where(is_season, rng.choice(goods, count), article)
        return article


def join(parts: list[Receipts]) -> Receipts:
    """Put receipts together as one file holds them."""
    sizes = np.concatenate([np.diff(part.first) for part in parts])
    return Receipts(
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("number", "day", "minute", "person", "draw", "article", "quantity")
        },
        first=np.concatenate([[0], np.cumsum(sizes)]),
    )


def _select(receipts: Receipts, places: Ints) -> Receipts:
    sizes = np.diff(receipts.first)[places]
    starts = receipts.first[:-1][places]
    first = np.concatenate([[0], np.cumsum(sizes)])
    lines = np.arange(first[-1]) - np.repeat(first[:-1], sizes) + np.repeat(starts, sizes)
    return Receipts(
        **{
            name: getattr(receipts, name)[places]
            for name in ("number", "day", "minute", "person", "draw")
        },
        first=first,
        article=receipts.article[lines],
        quantity=receipts.quantity[lines],
    )
