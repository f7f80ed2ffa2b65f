"""Reads what the matcher left for people: the queue of possible doubles, the last model and what it
counts. Only reads; writing is `services.matching`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any

from django.db.models import F, Q, QuerySet

from idic.core.keyset import Key
from idic.engine.matching import Parameters
from idic.engine.matching.comparing import LEVELS, has_rate
from idic.identify.models import Customer, MatchModel, MatchPair, PairState


@dataclass(frozen=True, slots=True)
class Counted:
    """What one finding of one field counts for: `bits` is the weight of a middling value, `level`
    one of `engine.matching.comparing.LEVELS[kind]`, `odds` how many times likelier (above 1) or
    unlikelier (below) it makes one person. `rare_bits` is what it counts where a value is rare:
    one of fifty thousand.
    """

    level: str
    bits: float
    odds: float
    rare_bits: float | None


@dataclass(frozen=True, slots=True)
class FieldCounted:
    """One field, what it is, and what each of its findings counts, the most telling first."""

    field: str
    kind: str
    levels: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair to look at and the two customers as they are now."""

    row: MatchPair
    left: Customer
    right: Customer

    @property
    def place(self) -> Key:
        """Where the pair stands in the queue; the next page begins after the last one's."""
        return Key(self.row.worth, self.row.id)


def get_last_model(*, is_demo: bool | None = None) -> MatchModel | None:
    """Give the model in force: the own people's, without any that of the sample shop."""
    models = MatchModel.objects.filter(is_current=True).order_by("is_demo")
    if is_demo is not None:
        models = models.filter(is_demo=is_demo)
    return models.first()


def list_open_pairs(
    *, after: Key | None = None, limit: int = 50, related: tuple[str, ...] = ()
) -> list[Pair]:
    """Give pairs to look at, what is worth the most first; `after` is the `place` of a pair,
    `related` names what is read along with each customer.
    """
    rows = _open()
    if after is not None:
        beyond = Q(worth__lt=after.value) | Q(worth=after.value, id__gt=after.id)
        rows = rows.filter(beyond, worth__lte=after.value)
    return _with_customers(list(rows.order_by("-worth", "id")[:limit]), related)


def count_open(*, most: int = 10_000) -> int:
    """Count the pairs to look at, exactly up to `most`."""
    return _open().order_by()[:most].count()


def open_pairs(*, most: int = 1_000) -> QuerySet[MatchPair]:
    """Give the pairs to look at that are worth the most, for who counts them with other things."""
    first = MatchPair.objects.filter(state=PairState.OPEN).order_by("-worth", "id")
    return _open().select_related(None).filter(id__in=first.values("id")[:most])


def list_pairs(*, pair_ids: Sequence[int]) -> list[Pair]:
    """Give these pairs, in the order asked for; those with a record gone are left out."""
    rows = MatchPair.objects.select_related("left", "right").in_bulk(pair_ids)
    return _with_customers([rows[number] for number in pair_ids if number in rows])


def get_pair(*, pair_id: int, related: tuple[str, ...] = ()) -> Pair | None:
    """Give a pair with its customers as they are now (one twice, where they are joined); None
    where one of its records is gone.
    """
    rows = MatchPair.objects.select_related("left", "right").filter(id=pair_id)
    return next(iter(_with_customers(list(rows), related)), None)


def list_decided(*, limit: int = 50) -> list[Pair]:
    """Give the pairs decided last, for the undo beside them."""
    rows = MatchPair.objects.select_related("left", "right").exclude(decided_at=None)
    return _with_customers(list(rows.order_by("-decided_at", "-id")[:limit]))


def list_weights(*, is_demo: bool | None = None) -> list[FieldCounted]:
    """Give for each field what each finding counts, as the model in force has learned it."""
    model = get_last_model(is_demo=is_demo)
    if model is None:
        return []
    parameters = Parameters.from_json(model.parameters)
    return [
        FieldCounted(field.name, field.kind, _levels(parameters, field.name, field.kind))
        for field in parameters.schema.fields
    ]


def _levels(parameters: Parameters, name: str, kind: Any) -> tuple[Counted, ...]:
    learned = parameters.weights[name]
    found = []
    for place, level in enumerate(LEVELS[kind]):
        if level == "missing":
            continue
        by_bits = _bits_of(parameters, learned, kind, place)
        found.append(Counted(level, by_bits[0], 2 ** by_bits[0], by_bits[1]))
    return tuple(sorted(found, key=lambda one: -one.bits))


def _bits_of(
    parameters: Parameters, learned: Any, kind: Any, place: int
) -> tuple[float, float | None]:
    match = log2(max(learned.match[place], 1e-9))
    middling = round(match - learned.log_random[place], 1)
    if not bool(has_rate(kind)[place]):
        return middling, None
    rare = match - learned.log_scale[place] + log2(min(max(parameters.record_count, 2), 50_000))
    return middling, round(max(rare, middling), 1)


def _open() -> QuerySet[MatchPair]:
    """Give open pairs whose records are still two customers'."""
    return (
        MatchPair.objects.select_related("left", "right")
        .filter(state=PairState.OPEN)
        .filter(left__customer__isnull=False, right__customer__isnull=False)
        .exclude(left__customer=F("right__customer"))
    )


def _with_customers(rows: list[MatchPair], related: tuple[str, ...] = ()) -> list[Pair]:
    numbers = {one.customer_id for row in rows for one in _sides(row)}
    everybody = Customer.objects.select_related(*related) if related else Customer.objects.all()
    people: Mapping[int, Customer] = everybody.in_bulk([n for n in numbers if n])
    found = []
    for row in rows:
        left, right = (people.get(one.customer_id or 0) for one in _sides(row))
        if left is not None and right is not None:
            found.append(Pair(row, left, right))
    return found


def _sides(row: MatchPair) -> tuple[Any, ...]:
    """Give the pair's records; of none, where one is gone."""
    return tuple(one for one in (row.left, row.right) if one is not None)
