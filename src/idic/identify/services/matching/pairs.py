"""Writes the queue of possible doubles: what a run found takes the place of what waited before, and
what somebody decided stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from idic.core import bulk
from idic.engine.matching.resolving import FieldEvidence
from idic.engine.table import Table
from idic.identify.facts import open_facts
from idic.identify.models import MatchPair, PairState
from idic.identify.services.imports.slices import slices

# What was put off is asked again after so long.
LATER = timedelta(days=7)
# What something speaks against is as likely two people as one, whatever else agrees.
_VETOED = 0.5
_COLUMNS = ["left_id", "right_id", "left_customer_id", "right_customer_id", "is_demo", "weight"]
_COLUMNS += ["probability", "value", "worth", "evidence", "state", "model_id", "made_at"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Two records of two customers that may be one."""

    records: tuple[int, int]
    customers: tuple[int, int]
    weight: float
    is_vetoed: bool
    evidence: Sequence[FieldEvidence]

    @property
    def probability(self) -> float:
        """How likely the two are one person."""
        likely = 1 / (1 + 2 ** -min(max(self.weight, -60.0), 60.0))
        return min(likely, _VETOED) if self.is_vetoed else likely


def plain(evidence: Iterable[FieldEvidence]) -> list[dict[str, Any]]:
    """Give evidence as it is stored: codes and weights; what is not known says nothing."""
    return [
        {"field": one.field, "kind": one.kind, "level": one.level, "bits": one.weight}
        for one in evidence
        if one.level != "missing"
    ]


def replace_open(
    *, doubts: Sequence[Doubt], model_id: int, is_demo: bool, now: datetime
) -> tuple[int, int]:
    """Let these pairs be the ones to look at; give how many wait now and how many of them are new.
    A pair that somebody decided is not asked again.
    """
    _wake(is_demo, now)
    before = MatchPair.objects.filter(state=PairState.OPEN, is_demo=is_demo)
    waiting = dict(_by_records(before))
    decided = set(_decided(doubts))
    wanted = {_key(one): one for one in doubts if _key(one) not in decided}
    for numbers in slices([number for key, number in waiting.items() if key not in wanted]):
        bulk.delete_rows(MatchPair.objects.filter(id__in=numbers))
    worth = _read_values(wanted.values())
    new = [key for key in wanted if key not in waiting]
    rows = (_row(wanted[key], worth, model_id, is_demo, now) for key in new)
    bulk.insert_rows(MatchPair, _COLUMNS, rows, ignore_conflicts=True)
    columns = [name for name in _COLUMNS if name not in ("left_id", "right_id", "state", "made_at")]
    known = [
        (waiting[key], *_row(one, worth, model_id, is_demo, now)[2:10], model_id)
        for key, one in wanted.items()
        if key in waiting
    ]
    bulk.update_rows(MatchPair, ["id", *columns], known)
    return len(wanted), len(new)


def add_open(*, doubts: Sequence[Doubt], model_id: int, is_demo: bool, now: datetime) -> list[int]:
    """Let a record's pairs wait, in the caller's transaction; give the numbers of those that do."""
    decided = set(_decided(doubts))
    wanted = {_key(one): one for one in doubts if _key(one) not in decided}
    if not wanted:
        return []
    MatchPair.objects.filter(_any_of(wanted), state=PairState.OPEN).delete()
    rows = [_row(one, {}, model_id, is_demo, now) for one in wanted.values()]
    bulk.insert_rows(MatchPair, _COLUMNS, rows, ignore_conflicts=True)
    found = MatchPair.objects.filter(_any_of(wanted), state=PairState.OPEN)
    return sorted(found.values_list("id", flat=True))


def _any_of(keys: Iterable[tuple[int, int]]) -> Q:
    either = Q(pk__in=[])
    for left, right in keys:
        either |= Q(left_id=left, right_id=right)
    return either


def _wake(is_demo: bool, now: datetime) -> None:
    """Ask again what was put off long ago."""
    later = MatchPair.objects.filter(state=PairState.LATER, is_demo=is_demo)
    numbers = list(later.filter(decided_at__lt=now - LATER).values_list("id", flat=True))
    for chunk in slices(numbers, size=200):
        with transaction.atomic():
            MatchPair.objects.filter(id__in=chunk).update(
                state=PairState.OPEN, decided_by="", decided_at=None
            )


def _key(doubt: Doubt) -> tuple[int, int]:
    one, other = doubt.records
    return min(one, other), max(one, other)


def _by_records(rows: Any) -> Iterable[tuple[tuple[int, int], int]]:
    for left, right, number in rows.values_list("left_id", "right_id", "id").iterator():
        yield (left, right), number


def _decided(doubts: Iterable[Doubt]) -> Iterable[tuple[int, int]]:
    """Give those pairs of records about which somebody has said something."""
    lefts = sorted({_key(one)[0] for one in doubts})
    for chunk in slices(lefts):
        rows = MatchPair.objects.filter(left_id__in=chunk).exclude(state=PairState.OPEN)
        yield from rows.values_list("left_id", "right_id")


def _row(
    doubt: Doubt, values: Mapping[int, int], model_id: int, is_demo: bool, now: datetime
) -> tuple[Any, ...]:
    flips = doubt.records[0] > doubt.records[1]
    customers = doubt.customers[::-1] if flips else doubt.customers
    value = sum(values.get(number, 0) for number in doubt.customers)
    return (
        *_key(doubt),
        *customers,
        is_demo,
        round(float(doubt.weight), 3),
        doubt.probability,
        value,
        # Of two pairs nobody has bought anything for, the likelier comes first.
        (max(value, 0) + 1) * doubt.probability,
        plain(doubt.evidence),
        PairState.OPEN.value,
        model_id,
        now,
    )


def _read_values(doubts: Iterable[Doubt]) -> dict[int, int]:
    """Give what each customer has bought, from the lake."""
    numbers = sorted({number for one in doubts for number in one.customers})
    if not numbers:
        return {}
    with open_facts() as facts:
        facts.add(name="asked", table=Table({"customer_id": numbers}))
        found = facts.query(
            "SELECT customer_id, CAST(sum(net_amount) AS BIGINT) AS value FROM customer_orders"
            " JOIN asked USING (customer_id) GROUP BY customer_id"
        )
    sums = zip(found["customer_id"].tolist(), found["value"].tolist(), strict=True)
    return {number: value or 0 for number, value in sums}
