"""Reads the words and numbers a made-up business is put together from: names, places and phones of
a language, and the shelves, sayings and campaigns of a trade. The files are in `data`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TRADES = ("supermarket", "shop", "saas")
LANGUAGES = ("vi", "zh-hans", "en")
SOURCES = ("till", "web", "paper", "newsletter", "support")  # who knows names best comes first
_DATA = Path(__file__).with_name("data")


@dataclass(frozen=True)
class Goods:
    """One article. Without a need it belongs to a season."""

    code: str
    name: str
    shelf: str
    need: str
    season: str
    price: float


@dataclass(frozen=True)
class Plan:
    """A campaign and what it truly does: `brings`, `hurts` or `none`, with this chance a person."""

    key: str
    name: str
    days_ago: int
    goal: str
    rule: str
    rule_name: str
    effect: str
    chance: float


@dataclass(frozen=True)
class Trade:
    """A kind of business in one language. `numbers` are plain settings of its own file."""

    name: str
    language: str
    walk_in: str
    sources: Mapping[str, str]
    needs: Mapping[str, float]
    known: Mapping[str, float]
    numbers: Mapping[str, Any]
    goods: tuple[Goods, ...]
    plans: tuple[Plan, ...]
    says: Mapping[str, Any]

    def number(self, name: str) -> float:
        """Give a setting; 0 for one this trade has not."""
        return float(self.numbers.get(name, 0))


@dataclass(frozen=True)
class Cast:
    """Names, places and phones of a language. Pairs are (word, weight)."""

    joined: str
    family_first: bool
    polite: Mapping[str, str]
    families: Sequence[tuple[str, int]]
    middle: Mapping[str, Sequence[tuple[str, int]]]
    given: Mapping[str, Sequence[tuple[str, int]]]
    town: Mapping[str, Any]
    phone: Mapping[str, Any]


@cache
def get_trade(name: str, language: str) -> Trade:
    """Read a trade. Raises KeyError for one there is not."""
    if name not in TRADES:
        raise KeyError(name)
    language = language if language in LANGUAGES else "en"
    numbers, words = _read(name), _read(f"{name}.{language}")
    return Trade(
        name=name,
        language=language,
        walk_in=words["walk_in"],
        sources=words["sources"],
        needs=numbers["needs"],
        known=numbers["known"],
        numbers={key: value for key, value in numbers.items() if not isinstance(value, dict)},
        goods=tuple(_goods(words["shelves"])),
        plans=tuple(_plan(plan, words) for plan in numbers["campaigns"]),
        says=words["says"] | {"author": words["says"].get("author", words["sources"]["support"])},
    )


@cache
def get_cast(language: str) -> Cast:
    """Read a language's names and places; English for one there is not."""
    told = _read(f"names.{language if language in LANGUAGES else 'en'}")
    return Cast(
        joined=told["joined"],
        family_first=told["family_first"],
        polite=told["polite"],
        families=told["families"],
        middle={who: told[who].get("middle", []) for who in ("woman", "man")},
        given={who: told[who]["given"] for who in ("woman", "man")},
        town=told["town"],
        phone=told["phone"],
    )


@cache
def get_calendar() -> Mapping[str, Any]:
    """Read the seasons and the dates they follow."""
    return _read("calendar")


def _goods(shelves: Sequence[Mapping[str, Any]]) -> list[Goods]:
    return [
        Goods(
            code=f"{100 * place + at + 101}",
            name=name,
            shelf=shelf["name"],
            need=shelf.get("need", ""),
            season=shelf.get("season", ""),
            price=float(price),
        )
        for place, shelf in enumerate(shelves)
        for at, (name, price) in enumerate(shelf["goods"])
    ]


def _plan(plan: Mapping[str, Any], words: Mapping[str, Any]) -> Plan:
    names = {"name": words["campaigns"][plan["key"]], "rule_name": words["rules"][plan["rule"]]}
    return Plan(**plan, **names)


def _read(name: str) -> dict[str, Any]:
    with (_DATA / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
