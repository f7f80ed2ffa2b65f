"""What the matcher learned, frozen: weights by field and level, blocking rules, priors, zones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from idic.engine.matching.blocking import Rule, Term
from idic.engine.matching.schema import Schema

# Kinds that people who live or work together share: they tell a household, not yet one person.
SHARED_KINDS = frozenset({"phone", "email", "address", "place", "postcode", "text"})
# What two persons must agree on to be taken for one household at all.
HOUSEHOLD_KINDS = frozenset({"phone", "email", "address"})
# A level as rare as this among one person's records says that these are two persons.
VETO_BELOW = 0.02


@dataclass(frozen=True)
class FieldWeights:
    """How often each agreement level comes up, by the places of `comparing.LEVELS[kind]`.

    `match`: among two records of one person (m); `household`: of two persons who share a home;
    `log_random`: log2 among two random records (u); `log_scale`: log2 of what, times the rate of
    the agreed value, gives u where a level has a rate.
    """

    match: tuple[float, ...]
    household: tuple[float, ...]
    log_random: tuple[float, ...]
    log_scale: tuple[float, ...]


@dataclass(frozen=True)
class Zones:
    """Where a match weight (log2 odds) leads: at `auto` and above merge, at `review` and above ask.

    The estimates are the model's own, without truth: of the pairs in `auto`, how many are one
    person (`precision`), and how many of all found pairs of one person they are (`recall`).
    """

    auto: float
    review: float
    precision: float
    recall: float

    def zone_of(self, weight: float, *, is_vetoed: bool = False) -> str:
        """Name the zone of a weight: `auto`, `review` or `apart`; a veto leads to review at most.

        >>> zones = Zones(auto=0, review=-2, precision=.97, recall=.9)
        >>> zones.zone_of(4), zones.zone_of(4, is_vetoed=True), zones.zone_of(-2.5)
        ('auto', 'review', 'apart')
        """
        if weight >= self.auto and not is_vetoed:
            return "auto"
        return "review" if weight >= self.review else "apart"


@dataclass(frozen=True)
class Parameters:
    """Everything but the rates of values (`rates.Rates`) that scoring a pair needs.

    `log_match` and `log_household`: log2 of the share of all pairs of records that are one person,
    that are two persons of one household.
    """

    schema: Schema
    rules: tuple[Rule, ...]
    weights: Mapping[str, FieldWeights]
    log_match: float
    log_household: float
    zones: Zones
    record_count: int

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Parameters:
        """Return the parameters that `to_json` wrote."""
        held: dict[str, Any] = json.loads(text)
        weights = {
            name: FieldWeights(**{key: tuple(values) for key, values in levels.items()})
            for name, levels in held.pop("weights").items()
        }
        return cls(
            schema=Schema.from_fields(held.pop("schema")["fields"]),
            rules=tuple(_rule(rule) for rule in held.pop("rules")),
            weights=weights,
            zones=Zones(**held.pop("zones")),
            **held,
        )


def _rule(held: Mapping[str, Any]) -> Rule:
    return Rule(tuple(Term(**term) for term in held["terms"]), held["cap"])
