"""Makes up what the demo's customers bought, receipt by receipt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

from idic.web.demo.people import Person
from idic.web.demo.words import Goods, Words

_OWN_NEED = 0.72  # share of a basket taken from what the person needs
_RETURNS = 0.015
_WALK_INS = 0.22  # receipts without a customer, beside those with one
_FAVORITES = 6


@dataclass(frozen=True)
class Line:
    """One line of a receipt. A negative quantity is goods brought back."""

    order_number: str
    ordered_at: datetime
    person: Person | None
    code: str
    goods: Goods
    quantity: int


Extra = Callable[[Person], float]  # the chance of one more visit because of a campaign


class Shop:
    """Rings up receipts in the order of their numbers; one seed gives one business."""

    def __init__(self, *, words: Words, seed: int) -> None:
        self.words = words
        self.rng = np.random.default_rng(seed)
        self._receipts = 0
        self._favorites: dict[int, list[tuple[str, Goods]]] = {}
        self._shelf = [(f"{place + 101}", goods) for place, goods in enumerate(words.goods)]

    def visits(self, person: Person, *, start: date, end: date) -> Iterator[date]:
        """Give the days from `start` to before `end` on which a person comes."""
        day = float((person.begins - start).days)
        last = min((person.stops - start).days, (end - start).days - 1)
        if day < 0:  # came before: drawn anew from a random place in the usual gap
            day = float(self.rng.exponential(person.gap_days))
        while day <= last:
            yield start + timedelta(days=int(day))
            day += max(float(self.rng.gamma(2.0, person.gap_days / 2.0)), 1.0)

    def receipts(self, people: list[Person], *, start: date, end: date) -> Iterator[list[Line]]:
        """Ring up everybody's receipts of a period, day by day, with walk-ins between them."""
        calendar: dict[date, list[Person | None]] = {}
        for person in people:
            for day in self.visits(person, start=start, end=end):
                calendar.setdefault(day, []).append(person)
        for day in sorted(calendar):
            strangers = self.rng.binomial(max(len(calendar[day]), 1), _WALK_INS)
            for person_or_none in [*calendar[day], *[None] * strangers]:
                yield self.ring_up(person_or_none, day)

    def extra_receipts(
        self, people: list[Person], *, start: date, days: int, chance: float
    ) -> Iterator[list[Line]]:
        """Ring up one more visit, with this chance each, for people a campaign brought back."""
        for person in people:
            if self.rng.random() < chance and person.stops > start:
                yield self.ring_up(person, start + timedelta(days=int(self.rng.integers(1, days))))

    def ring_up(self, person: Person | None, day: date) -> list[Line]:
        """Make one receipt."""
        self._receipts += 1
        is_web = person is not None and person.is_web and self.rng.random() < 0.7
        number = f"{'W' if is_web else 'T'}{day:%y%m%d}-{self._receipts:05d}"
        hour, minute = int(self.rng.integers(7, 21)), int(self.rng.integers(0, 60))
        moment = datetime.combine(day, time(hour, minute))
        chosen = self._choose(person)
        sign = -1 if self.rng.random() < _RETURNS else 1
        return [
            Line(number, moment, person, code, goods, sign * int(self.rng.geometric(0.7)))
            for code, goods in (chosen[:1] if sign < 0 else chosen)
        ]

    def _choose(self, person: Person | None) -> list[tuple[str, Goods]]:
        size = int(np.clip(self.rng.poisson(2.4) + 1, 1, 9))
        if person is None:
            return [self._shelf[i] for i in self.rng.choice(len(self._shelf), size, replace=False)]
        favorites = self._favorites_of(person)
        weights = np.array([1 / (place + 1.5) for place in range(len(favorites))])
        picked = self.rng.choice(
            len(favorites), min(size, len(favorites)), replace=False, p=weights / weights.sum()
        )
        chosen = {favorites[i][0]: favorites[i] for i in picked}
        if self.rng.random() < 0.25:  # now and then something new
            code, goods = self._shelf[int(self.rng.integers(len(self._shelf)))]
            chosen[code] = (code, goods)
        return list(chosen.values())

    def _favorites_of(self, person: Person) -> list[tuple[str, Goods]]:
        if person.number not in self._favorites:
            own = [item for item in self._shelf if item[1].need == person.need]
            rest = [item for item in self._shelf if item[1].need != person.need]
            count = round(_FAVORITES * _OWN_NEED)
            picked = [own[i] for i in self.rng.permutation(len(own))[:count]]
            picked += [rest[i] for i in self.rng.permutation(len(rest))[: _FAVORITES - count]]
            self._favorites[person.number] = picked
        return self._favorites[person.number]
