"""Makes up the people of a business and the truth about them that the shop does not know: what
they need, when they leave for good, which channel they answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.core.text import fold, is_han, pinyin
from idic.web.demo.words import Cast, Trade

CHANNELS = ("email", "phone", "zalo")
_CHANNEL_SHARES = (0.4, 0.33, 0.27)
_MAIL_HOSTS = ("example.com", "example.net", "example.org")
_WITHOUT_PHONE, _WITHOUT_EMAIL, _WITHOUT_BIRTH_DATE = 0.06, 0.2, 0.4
_LONGEST_STAY = 9_000
_LARGEST_FAMILY = 3


@dataclass(frozen=True)
class Person:
    """One made-up person as they really are."""

    number: int
    name: str
    family: str
    given: str
    who: str  # woman or man
    phone: str
    email: str
    quarter: int
    street: str
    house: str
    birth_date: date | None
    consent: str
    need: str
    channel: str
    gap_days: float
    begins: date
    stops: date
    home: int  # the household's number; people of one live together


def make_people(
    *, trade: Trade, cast: Cast, count: int, start: date, until: date, seed: int
) -> list[Person]:
    """Make up `count` people of whom some came before `start` and some began since."""
    rng = np.random.default_rng([seed, 1])
    drawn = _draw(trade, cast, count, start, until, rng)
    people: list[Person] = []
    for at in range(count):
        people.append(_person(at, drawn, cast, until, people))
    return people


def _draw(
    trade: Trade, cast: Cast, count: int, start: date, until: date, rng: np.random.Generator
) -> dict[str, Any]:
    """Draw everybody's traits, a column each."""
    days = (until - start).days
    shape = trade.number("gap_shape")
    rate = rng.gamma(shape, size=count) / (shape * trade.number("gap_days"))
    who = np.where(rng.random(count) < trade.number("women"), "woman", "man")
    # Six in ten came before the first day we know of; the rest began evenly since.
    begins = np.where(rng.random(count) < 0.5, -1, rng.integers(0, days, count))
    return {
        "who": who,
        "family": _weighted(cast.families, count, rng),
        "middle": {name: _weighted(cast.middle[name], count, rng) for name in cast.middle},
        "given": {name: _weighted(cast.given[name], count, rng) for name in cast.given},
        "need": _shares(trade.needs, count, rng),
        "channel": rng.choice(CHANNELS, count, p=_CHANNEL_SHARES),
        "consent": rng.choice(("granted", "unknown", "denied"), count, p=(0.72, 0.2, 0.08)),
        "gap": np.clip(1 / np.maximum(rate, 1e-9), 3, 400),
        "begins": begins,
        "stays": rng.exponential(trade.number("stay_days"), count),
        "quarter": _falling(len(cast.town["quarters"]), count, rng),
        "age": np.clip(rng.normal(39, 13, count), 18, 88),
        "birthday": rng.integers(0, 365, count),
        "any": rng.random((count, 8)),
        "is_kin": rng.random(count) < trade.number("families"),
        "digits": rng.permutation(_numbers(cast)),
        "start": start,
    }


def _person(
    at: int, drawn: dict[str, Any], cast: Cast, until: date, others: list[Person]
) -> Person:
    any_ = drawn["any"][at]
    kin = others[-1] if others and drawn["is_kin"][at] and _has_room(others) else None
    who = str(drawn["who"][at])
    family = kin.family if kin and any_[0] < 0.5 else str(drawn["family"][at])
    given = _given(drawn, at, who, cast)
    parts = (family, given) if cast.family_first else (given, family)
    phone = "" if any_[1] < _WITHOUT_PHONE else _phone(cast, drawn["digits"], at)
    if kin and kin.phone and any_[2] < 0.6:
        phone = kin.phone
    quarter = cast.town["quarters"][kin.quarter if kin else int(drawn["quarter"][at])]
    begins = drawn["start"] + timedelta(days=int(drawn["begins"][at]))
    birth = until - timedelta(days=int(365.25 * drawn["age"][at]) + int(drawn["birthday"][at]))
    return Person(
        number=at + 1,
        name=cast.joined.join(parts),
        family=family,
        given=given,
        who=who,
        phone=phone,
        email="" if any_[3] < _WITHOUT_EMAIL else _email(family, given, at, any_[4]),
        quarter=kin.quarter if kin else int(drawn["quarter"][at]),
        street=kin.street if kin else str(quarter[1 + int(any_[5] * (len(quarter) - 1))]),
        house=kin.house if kin else str(1 + int(any_[6] * 188)),
        birth_date=None if any_[7] < _WITHOUT_BIRTH_DATE else birth,
        consent=str(drawn["consent"][at]),
        need=str(drawn["need"][at]),
        channel=str(drawn["channel"][at]),
        gap_days=float(drawn["gap"][at]),
        begins=begins,
        stops=begins + timedelta(days=int(min(drawn["stays"][at], _LONGEST_STAY))),
        home=kin.home if kin else at + 1,
    )


def _has_room(others: list[Person]) -> bool:
    return sum(other.home == others[-1].home for other in others[-_LARGEST_FAMILY:]) < (
        _LARGEST_FAMILY
    )


def _given(drawn: dict[str, Any], at: int, who: str, cast: Cast) -> str:
    given = str(drawn["given"][who][at])
    middle = str(drawn["middle"][who][at]) if len(drawn["middle"][who]) else ""
    if middle.split(" ")[-1:] == [given]:  # nobody is called Minh Minh
        middle = str(cast.middle[who][0][0])
    return f"{middle} {given}" if middle else given


def _email(family: str, given: str, at: int, drawn: float) -> str:
    first, last = latin(given).split()[-1], latin(family).replace(" ", "")
    shapes = (f"{first}.{last}{at + 1}", f"{last}{first}{at + 1}", f"{first}{at + 1}")
    return f"{shapes[at % 3]}@{_MAIL_HOSTS[int(drawn * 3)]}"


def is_on_trial(person: Person, *, share: float) -> bool:
    """Tell whether somebody signed up and never pays; with a share of 0 nobody does."""
    return (person.number * 2654435761 % 2**32) / 2**32 < share


def latin(name: str) -> str:
    """Write a name with plain letters, as addresses do."""
    plain = "".join(pinyin(name)[:-3]) if name and is_han(name[0]) else fold(name)
    return "".join(c for c in plain if c.isascii() and (c.isalnum() or c == " ")) or "ban"


def _numbers(cast: Cast) -> NDArray[np.int64]:
    return np.arange(len(cast.phone["blocks"]) * 10 ** cast.phone["digits"])


def _phone(cast: Cast, order: NDArray[np.int64], at: int) -> str:
    """Give the number of that place; empty when the block is used up."""
    if at >= len(order):
        return ""
    block, rest = divmod(int(order[at]), 10 ** cast.phone["digits"])
    return f"{cast.phone['blocks'][block]}{rest:0{cast.phone['digits']}d}"


def _weighted(
    words: Sequence[tuple[str, int]], count: int, rng: np.random.Generator
) -> NDArray[np.str_]:
    if not words:
        return np.array([], dtype=np.str_)
    weights = np.array([weight for _word, weight in words], dtype=float)
    return rng.choice(np.array([word for word, _ in words]), count, p=weights / weights.sum())


def _shares(needs: Any, count: int, rng: np.random.Generator) -> NDArray[np.str_]:
    shares = np.array(list(needs.values()), dtype=float)
    return rng.choice(np.array(list(needs)), count, p=shares / shares.sum())


def _falling(places: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    weights = 1 / (np.arange(places) + 2.0)
    return rng.choice(places, count, p=weights / weights.sum())
