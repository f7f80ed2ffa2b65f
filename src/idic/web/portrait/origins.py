"""Where each value shown on a customer comes from: who said it, and who said something else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from idic.core.templatetags import ui
from idic.identify.models import Customer
from idic.identify.survivorship import COLUMNS, Rules, Said, drop_corrected
from idic.identify.survivorship_words import say_decided, say_where_from
from idic.web.selectors.customer import Fact, Facts


@dataclass(frozen=True)
class Rival:
    """A value that is not shown, and why."""

    value: str
    where: str
    why: str


@dataclass(frozen=True)
class Origin:
    """A shown value, where it comes from, and what else was said."""

    label: str
    value: str
    where: str
    rivals: list[Rival]


def draw_origins(facts: Facts) -> list[Origin]:
    """Give the values that are shown, each with its origin."""
    by_id = {fact.id: fact for fact in facts.traits}
    said = drop_corrected(_said(fact) for fact in facts.traits if fact.at is not None)
    found = []
    for column, names in COLUMNS.items():
        told = [[one for one in said if one.name == name] for name in names]
        ranked = next((_rank(those, facts.rules) for those in told if those), [])
        if ranked and ranked[0].value:
            found.append(_draw(column, ranked, by_id, facts.rules))
    return found


def _rank(said: Iterable[Said], rules: Rules) -> list[Said]:
    return sorted(said, key=rules.weigh, reverse=True)


def _said(fact: Fact) -> Said:
    return Said(
        fact.name,
        fact.value,
        fact.at,  # type: ignore[arg-type]  # those without a moment were left out
        fact.source.rank,
        fact.is_pinned,
        fact.verified_at is not None,
        fact.id,
        fact.source.is_third_party,
        fact.source.record_id,
    )


def _draw(column: str, ranked: list[Said], by_id: dict[int, Fact], rules: Rules) -> Origin:
    winner, *others = ranked
    label = str(getattr(Customer._meta.get_field(column), "verbose_name", column))
    rivals: dict[str, Rival] = {}
    for one in others:
        if one.value and one.value != winner.value:
            why = say_decided(rules.decided_by(winner, one))
            rivals.setdefault(
                one.value, Rival(_value(column, one.value), _where(by_id[one.id]), why)
            )
    return Origin(
        label, _value(column, winner.value), _where(by_id[winner.id]), list(rivals.values())
    )


def _value(column: str, value: str) -> str:
    if column == "birth_date":
        try:
            return ui.day(date.fromisoformat(value))
        except ValueError:
            return value
    return value


def _where(fact: Fact) -> str:
    return say_where_from(
        source=fact.source.shown,
        provider=fact.source.provider,
        day=ui.day(fact.at),
        is_verified=fact.verified_at is not None,
    )
