"""Need groups as frozen facts: where they lie among the products, and what makes each stand out.

Facts only: a page makes names and sentences of them, a person may change those.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal

Basis = Literal["category", "product"]
UNCLEAR = -1


@dataclass(frozen=True)
class Standout:
    """Something a group spends more on than customers in general.

    `share`: of the group's spend; `overall_share`: of all grouped customers' spend; `lift`: the
    first over the second; `customers`: how many of the group bought it. A word stands for all
    products whose name holds it; only a product has a `product_id`.
    """

    name: str
    share: float
    overall_share: float
    lift: float
    customers: int
    product_id: int | None = None


@dataclass(frozen=True)
class NeedGroup:
    """One group of customers who spend alike, as it was when fitted."""

    index: int
    customers: int
    net_amount: int
    top_categories: tuple[Standout, ...]
    top_products: tuple[Standout, ...]
    top_words: tuple[Standout, ...]


@dataclass(frozen=True)
class Space:
    """How a customer's spend becomes a point: features, their weights, and the axes through them.

    `features` are categories (text) or products (ids); `axes` has one row a feature.
    """

    basis: Basis
    features: tuple[str, ...] | tuple[int, ...]
    weights: tuple[float, ...]
    axes: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class NeedGroups:
    """The parameters `fit` found and `predict` applies; `groups` is empty when none were found.

    `stability`: agreement (adjusted Rand index, 1 is perfect, 0 is chance) of groups fitted on two
    halves of the customers; `stability_by_count` holds it for every number of groups tried.
    `margins` and `confidences` are the steps from a customer's margin to a confidence.
    """

    space: Space
    centers: tuple[tuple[float, ...], ...]
    groups: tuple[NeedGroup, ...]
    stability: float
    stability_by_count: tuple[tuple[int, float], ...]
    margins: tuple[float, ...]
    confidences: tuple[float, ...]
    min_products: int
    min_confidence: float

    @property
    def is_stable(self) -> bool:
        """Whether two halves of the customers mostly tell the same groups."""
        return self.stability >= 0.5

    def to_json(self) -> str:
        """Return the groups as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> NeedGroups:
        """Return the groups that `to_json` wrote."""
        fields: dict[str, Any] = _frozen(json.loads(text))
        groups = tuple(_group(group) for group in fields.pop("groups"))
        return cls(space=Space(**fields.pop("space")), groups=groups, **fields)


def _group(fields: dict[str, Any]) -> NeedGroup:
    for name in ("top_categories", "top_products", "top_words"):
        fields[name] = tuple(Standout(**standout) for standout in fields[name])
    return NeedGroup(**fields)


def _frozen(value: Any) -> Any:
    """Turn JSON's lists into tuples, all the way down."""
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    if isinstance(value, dict):
        return {name: _frozen(item) for name, item in value.items()}
    return value
