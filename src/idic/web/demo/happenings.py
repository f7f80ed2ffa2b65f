"""Makes up what else happened between the people and the business: looks at the web shop, opened
newsletters, calls, letters, answered surveys, complaints and promises.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from idic.web.demo.people import Person
from idic.web.demo.shopping import Shop, Side

_OPENS, _OPENS_SELDOM, _CLICKS = 0.62, 0.16, 0.28


@dataclass(frozen=True)
class Happening:
    """An event on somebody's record in a source; `message_id` is its number there, `at` the time by
    the shop's own clock.
    """

    source: str
    message_id: str
    key: str
    kind: str
    at: datetime
    detail: dict[str, Any]


@dataclass(frozen=True)
class Care:
    """A complaint: when it came up, and when it was settled, if it was."""

    person: int
    text: str
    opened_at: datetime
    closed_at: datetime | None
    outcome: str


class Diary:
    """Everything that happened up to a day; one seed gives one diary."""

    def __init__(
        self, *, shop: Shop, keys: Mapping[str, Mapping[int, str]], today: date, seed: int
    ) -> None:
        self.shop, self.keys, self.today, self.seed = shop, keys, today, seed
        self._count = 0

    def happenings(self, sides: Sequence[Side]) -> Iterator[Happening]:
        """Give all events; `sides` are those of the shop's receipts."""
        self._count = 0
        yield from self._web(sides)
        yield from self._newsletters()
        yield from self._usage()
        yield from self._promises()
        known = self.known
        for share, kind, source in (
            ("surveys", "survey_answered", known),
            ("calls", "call", known),
            ("chats", "chat", known),
            ("letters", "email", "support"),
        ):
            yield from self._talks(share, kind, source)

    def complaints(self) -> list[Care]:
        """Give complaints: most are settled, the last few are open."""
        said = self.shop.trade.says["complaint"]
        total = int(self.shop.trade.number("complaints"))
        open_count = int(self.shop.trade.number("open_complaints"))
        rng = self._rng(22)
        cares = []
        for place, person in enumerate(self._regulars(total, rng)):
            is_open = place < open_count
            days = int(rng.integers(0, 6) if is_open else rng.integers(8, 650))
            opened = self._moment(self.today - timedelta(days=days + 1), rng)
            text, outcome = said[place % len(said)]
            closed = None if is_open else opened + timedelta(hours=int(rng.integers(3, 90)))
            cares.append(Care(person.number, text, opened, closed, outcome))
        return cares

    def _promises(self) -> Iterator[Happening]:
        """Give promises that are still to be kept."""
        says, rng = self.shop.trade.says, self._rng(23)
        known = self.known
        for place, person in enumerate(
            self._regulars(int(self.shop.trade.number("promises")), rng)
        ):
            at = self._moment(self.today - timedelta(days=int(rng.integers(1, 5))), rng)
            due = self.today + timedelta(days=int(rng.integers(-1, 6)))
            said = says["promise"][place % len(says["promise"])]
            told = {"text": said, "author_name": says["author"], "due": due.isoformat()}
            yield self._one(known, self.keys[known][person.number], "promise", at, **told)

    def _web(self, sides: Sequence[Side]) -> Iterator[Happening]:
        """Before an order somebody looks around, and sometimes without one."""
        shop, rng, base = self.shop, self._rng(24), self.shop.base
        looks = rng.poisson(shop.trade.number("sessions"), len(base))
        for at, side in enumerate(sides):
            if side.source != "web":
                continue
            lines = base.article[int(base.first[at]) : int(base.first[at + 1])]
            day = shop.start + timedelta(days=int(base.day[at]))
            moment = _at(day, int(base.minute[at]))
            for step in range(int(looks[at])):
                goods = shop.trade.goods[int(lines[step % len(lines)])].name
                before = timedelta(minutes=4 + 3 * step + 1440 * step * (step > 1))
                yield self._one("web", side.key, "product_viewed", moment - before, goods)
            if looks[at] < 2:
                continue
            goods = shop.trade.goods[int(lines[0])].name
            yield self._one("web", side.key, "product_added", moment - timedelta(minutes=2), goods)

    def _newsletters(self) -> Iterator[Happening]:
        every = int(self.shop.trade.number("newsletter_days"))
        if not every or "newsletter" not in self.keys:
            return
        rng, people = self._rng(25), self.shop.people
        days = range(every, (self.today - self.shop.start).days, every)
        for number, key in self.keys["newsletter"].items():
            person = people[number - 1]
            share = _OPENS if person.channel == "email" else _OPENS_SELDOM
            draws, clicks = rng.random(len(days)), rng.random(len(days))
            for place, offset in enumerate(days):
                sent = self.shop.start + timedelta(days=offset)
                if not (person.begins <= sent <= person.stops) or draws[place] > share:
                    continue
                moment = self._moment(sent, rng)
                yield self._one("newsletter", key, "newsletter_opened", moment)
                if clicks[place] < _CLICKS:
                    goods = self._favorite(person, rng)
                    moment += timedelta(minutes=1)
                    yield self._one("newsletter", key, "newsletter_clicked", moment, goods)

    def _usage(self) -> Iterator[Happening]:
        """How often somebody works with what they bought, for a business that can see it."""
        weekly = self.shop.trade.number("usage_a_week")
        if not weekly:
            return
        rng = self._rng(26)
        for number, key in self.keys["web"].items():
            person = self.shop.people[number - 1]
            low, high = max(person.begins, self.shop.start), min(person.stops, self.today)
            days = (high - low).days
            if days <= 0:
                continue
            rate = weekly * (2.5 if is_growing(person) else 1.0)
            for offset in rng.integers(0, days, rng.poisson(rate * days / 7)):
                moment = self._moment(low + timedelta(days=int(offset)), rng)
                yield self._one("web", key, "feature_used", moment, self._favorite(person, rng))

    def _talks(self, share: str, kind: str, source: str) -> Iterator[Happening]:
        """Calls, letters, chats and surveys, each with some of those the source knows."""
        rng, says = self._rng(30 + len(share)), self.shop.trade.says
        listed = self.keys.get(source, {})
        for number, key in listed.items():
            person = self.shop.people[number - 1]
            days = (min(person.stops, self.today) - max(person.begins, self.shop.start)).days
            if days < 3 or rng.random() > self.shop.trade.number(share):
                continue
            for _time in range(int(rng.integers(1, 3))):
                offset = int(rng.integers(1, days))
                day = max(person.begins, self.shop.start) + timedelta(days=offset)
                yield self._one(
                    source, key, kind, self._moment(day, rng), **self._said(kind, says, rng, person)
                )

    def _said(
        self, kind: str, says: Mapping[str, Any], rng: np.random.Generator, person: Person
    ) -> dict[str, Any]:
        if kind == "survey_answered":
            place = int(rng.integers(len(says["survey"])))
            return {"score": int(np.clip(5 - place // 2 - rng.integers(0, 2), 1, 5))} | (
                {"text": says["survey"][place]} if says["survey"][place] else {}
            )
        if kind != "call":
            said = says["letter"]
            return {"text": said[int(rng.integers(len(said)))]}
        if rng.random() > (0.85 if person.channel == "phone" else 0.5):
            return {"outcome": "no_answer", "author_name": says["author"]}
        text = says["call"][int(rng.integers(len(says["call"])))]
        return {"text": text, "outcome": "reached", "author_name": says["author"]}

    def _regulars(self, count: int, rng: np.random.Generator) -> list[Person]:
        """Choose people with a card or an account who still come."""
        listed = self.keys[self.known]
        alive = [
            person
            for person in self.shop.people
            if person.number in listed and person.stops > self.today and person.gap_days < 40
        ]
        places = rng.permutation(len(alive))[:count]
        return [alive[int(place)] for place in places]

    @property
    def known(self) -> str:
        """Give the source that knows most people by a number."""
        return "till" if len(self.keys.get("till", {})) > len(self.keys["web"]) else "web"

    def _favorite(self, person: Person, rng: np.random.Generator) -> str:
        place = self.shop.favorites[person.number - 1, int(rng.integers(4))]
        return self.shop.trade.goods[int(place)].name

    def _moment(self, day: date, rng: np.random.Generator) -> datetime:
        return _at(day, 60 * 8 + int(rng.integers(0, 600)))

    def _one(
        self, source: str, key: str, kind: str, at: datetime, product: str = "", **detail: Any
    ) -> Happening:
        self._count += 1
        told = {"product": product} | detail if product else detail
        return Happening(source, f"demo-{self._count}", key, kind, at, told)

    def _rng(self, part: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, part])


def is_growing(person: Person) -> bool:
    """Tell whether somebody uses so much that they would take the larger plan."""
    return person.number % 11 == 0


def _at(day: date, minute: int) -> datetime:
    """Give a moment by the shop's own clock."""
    return datetime.combine(day, time(0)) + timedelta(minutes=minute)
