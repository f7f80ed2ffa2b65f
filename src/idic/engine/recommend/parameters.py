"""What a fitted recommender knows, as frozen columns that go to JSON and come back equal.

No customer is in here: whose history it is applied to is the other half of `predict`.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Products:
    """The products that may be recommended, one entry each in every column.

    `popularity` is the share of recent baskets that held it, `repeat_rate` the share of later
    baskets in which those who had bought it bought it again, `customers` how many ever bought it.
    """

    product_id: tuple[int, ...]
    popularity: tuple[float, ...]
    repeat_rate: tuple[float, ...]
    customers: tuple[int, ...]


@dataclass(frozen=True)
class Companions:
    """Which product goes with which, one entry a pair in every column.

    `support` customers bought both; buyers of `because_product_id` bought `product_id` `lift` times
    as often as customers in general; `score` is what the pair adds to a recommendation.
    """

    because_product_id: tuple[int, ...]
    product_id: tuple[int, ...]
    score: tuple[float, ...]
    lift: tuple[float, ...]
    support: tuple[int, ...]


@dataclass(frozen=True)
class Weights:
    """How a customer's own habit is weighed against what everybody does.

    Each basket counts `decay` times the one after it. What past buyers do counts as much as
    `repeat_baskets` baskets of the customer's own, what everybody buys as `popularity_baskets`.
    """

    decay: float
    popularity_baskets: float
    repeat_baskets: float = 5.0

    def __post_init__(self) -> None:
        if not 0 < self.decay <= 1:
            raise ValueError(f"decay is {self.decay}, it has to be above 0 and at most 1")
        if self.popularity_baskets <= 0 or self.repeat_baskets < 0:
            raise ValueError("popularity_baskets has to be above 0, repeat_baskets not below")


@dataclass(frozen=True)
class Recommender:
    """The parameters `fit` found and `predict` applies."""

    as_of: dt.date
    weights: Weights
    products: Products
    companions: Companions

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self) | {"as_of": self.as_of.isoformat()})

    @classmethod
    def from_json(cls, text: str) -> Recommender:
        """Return the parameters that `to_json` wrote."""
        fields: dict[str, Any] = json.loads(text)
        return cls(
            as_of=dt.date.fromisoformat(fields["as_of"]),
            weights=Weights(**fields["weights"]),
            products=Products(**_tuples(fields["products"])),
            companions=Companions(**_tuples(fields["companions"])),
        )


def _tuples(columns: dict[str, list[Any]]) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(column) for name, column in columns.items()}
