"""Makes up the demo's customers: who they are, what they need, how often they come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from idic.web.demo.words import Words

# Months between purchases differ widely from person to person (Ehrenberg's gamma); some stop
# coming for good after a while, and nobody tells the shop.
_RATE_SHAPE, _MEAN_GAP_DAYS = 1.1, 24.0
_STOP_RATE = 0.0011
_NEED_SHARES = {"meals": 0.36, "baby": 0.2, "quick": 0.28, "home": 0.16}
_WITHOUT_PHONE, _WITHOUT_EMAIL = 0.12, 0.3
_CONSENTS = (("granted", 0.7), ("unknown", 0.22), ("denied", 0.08))


@dataclass(frozen=True)
class Person:
    """One made-up customer and the truth about them that the shop does not know."""

    number: int
    name: str
    phone: str
    email: str
    city: str
    birth_date: date | None
    consent: str
    is_web: bool
    need: str
    gap_days: float
    begins: date
    stops: date


def make_people(
    *, words: Words, count: int, until: date, days: int, rng: np.random.Generator
) -> list[Person]:
    """Make up `count` people who began within the last `days` days before `until`."""
    needs = list(_NEED_SHARES)
    shares = list(_NEED_SHARES.values())
    people = []
    for number in range(1, count + 1):
        begins = until - timedelta(days=int(days * rng.beta(2.4, 0.9)))
        rate = rng.gamma(_RATE_SHAPE) / (_RATE_SHAPE * _MEAN_GAP_DAYS)
        people.append(
            Person(
                number=number,
                name=_name(words, rng),
                phone="" if rng.random() < _WITHOUT_PHONE else f"{words.phone}{number:04d}"[:13],
                email="" if rng.random() < _WITHOUT_EMAIL else f"demo{number}@example.com",
                city=str(rng.choice(words.cities, p=_falling(len(words.cities)))),
                birth_date=_birth_date(until, rng),
                consent=str(rng.choice([c for c, _ in _CONSENTS], p=[p for _, p in _CONSENTS])),
                is_web=bool(rng.random() < 0.35),
                need=str(rng.choice(needs, p=shares)),
                gap_days=float(np.clip(1 / max(rate, 1e-9), 3, 400)),
                begins=begins,
                stops=begins + timedelta(days=int(min(rng.exponential(1 / _STOP_RATE), 9000))),
            )
        )
    return people


def _name(words: Words, rng: np.random.Generator) -> str:
    family, given = str(rng.choice(words.families)), str(rng.choice(words.given))
    parts = [family, given] if words.family_first else [given, family]
    return words.joined.join(parts)


def _birth_date(until: date, rng: np.random.Generator) -> date | None:
    if rng.random() < 0.45:
        return None
    return until - timedelta(days=int(365.25 * min(max(rng.normal(39, 12), 18), 85)))


def _falling(count: int) -> list[float]:
    weights = [1 / (place + 1) for place in range(count)]
    return [weight / sum(weights) for weight in weights]
