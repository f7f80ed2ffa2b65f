"""Matches a whole shop: fits the matcher to its records, joins what is sure, and puts what is not
into the queue. Run again it changes nothing; killed anywhere and run again, it ends the same.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max

from idic.core.among import among, raw_rows
from idic.core.exclusive import exclusively
from idic.engine.matching import Matches, Schema, match
from idic.engine.matching.clustering import find_bridges, find_doubts, name_groups
from idic.engine.matching.columns import Ints
from idic.engine.matching.resolving import explain_rows
from idic.engine.table import Table
from idic.identify.models import MatchModel, MatchRecord, SourceRecord
from idic.identify.services.identity import Group, merge_groups
from idic.identify.services.imports.slices import slices

from .barring import list_barred_rows
from .frozen import forget_rates, write_rates
from .pairs import Doubt, plain, replace_open
from .reading import FIELDS, WHOLE, Cells, list_stored, read_stored
from .storing import (
    forget_vanished,
    keys_of_cells,
    keys_of_records,
    refresh_records,
    sweep_keys,
    write_keys,
)

Progress = Callable[[int, int, str], None]

ACTOR = "system:matching"
_WHOLE = 100
# Of the bar: records read, model fitted, keys written; joining and asking take the rest.
_READ, _FITTED, _KEYED = 25, 50, 65
# More questions than this nobody ever answers: the likeliest are asked.
MOST_PAIRS = 50_000
_READ_TOGETHER = 20_000


@dataclass(frozen=True, slots=True)
class MatchReport:
    """What matching one shop came to: `records` of how many `customers` before, groups `joined`
    with the numbers of their entries, pairs that wait and how many of them are new, groups refused.
    """

    is_demo: bool
    model_id: int | None
    records: int
    customers: int
    joined: int
    waiting: int
    new_pairs: int
    refused: int
    entry_ids: list[int] = field(default_factory=list, repr=False)
    counts: dict[str, Any] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """How many customers there are after it."""
        return int(self.counts.get("customers_after", self.customers))


@dataclass(frozen=True, slots=True)
class _Shop:
    """The records of one shop with whose they are."""

    record_ids: Ints
    customer_ids: Ints
    cells: list[Cells]
    schema: Schema

    @property
    def table(self) -> Table:
        return read_stored(rows=self.cells)


def fit_and_match(
    *,
    now: datetime,
    progress: Progress | None = None,
    is_demo: bool = False,
    is_dry_run: bool = False,
    joined_at: datetime | None = None,
) -> MatchReport:
    """Match all people of the own shop (or of the sample shop) with each other.

    With `is_dry_run` only say what would be joined and asked: nothing is written but the comparable
    spelling of records. `joined_at` dates the joins, where a past is made up. One run at a time,
    whoever starts it.
    """
    say = progress or (lambda done, total, label: None)
    with exclusively(name="matching", waiting=lambda: say(0, _WHOLE, "matching")):
        say(0, _WHOLE, "matching")
        forget_vanished()
        refresh_records(is_demo=is_demo, progress=_part(say, 0, _READ))
        shop = _read_shop(is_demo)
        if len(shop.cells) < 2:
            return MatchReport(is_demo, None, len(shop.cells), len(shop.cells), 0, 0, 0, 0)
        found = _match(shop)
        say(_FITTED, _WHOLE, "matching")
        if is_dry_run:
            return _preview(shop, found, is_demo)
        with _passed_over():
            model = _store(shop, found, is_demo, now, say)
            return _carry_out(shop, found, model, now, joined_at or now, say)


@contextmanager
def _passed_over() -> Iterator[None]:
    """Let the garbage collector pass over what is held by now: it would look through all records
    time and again and find that none can go.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _read_shop(is_demo: bool) -> _Shop:
    """Read records as they are compared, each with the customer who lives."""
    rows = (
        MatchRecord.objects.filter(is_demo=is_demo, record__customer__isnull=False)
        .order_by("record_id")
        .values_list("record_id", "record__customer_id", *FIELDS)
    )
    numbers, owners, cells = [], [], []
    for record_id, customer_id, *row in rows.iterator(chunk_size=5_000):
        numbers.append(record_id)
        owners.append(customer_id)
        cells.append(tuple(row))
    known = [any(row[place] for row in cells) for place in range(len(FIELDS))]
    fields = tuple(one for one, is_known in zip(WHOLE.fields, known, strict=True) if is_known)
    return _Shop(
        np.array(numbers, dtype=np.int64),
        np.array(owners, dtype=np.int64),
        cells,
        Schema(fields or WHOLE.fields[:1]),
    )


def _match(shop: _Shop) -> Matches:
    barred = list_barred_rows(record_ids=shop.record_ids, customer_ids=shop.customer_ids)
    return match(shop.schema, shop.table, start=shop.customer_ids, apart=barred)


def _store(shop: _Shop, found: Matches, is_demo: bool, now: datetime, say: Progress) -> MatchModel:
    """Put the model in force: rates and keys first, so that whoever sees it can weigh with it."""
    sweep_keys()
    last = MatchModel.objects.aggregate(last=Max("number"))["last"] or 0
    model = MatchModel(
        number=last + 1,
        is_demo=is_demo,
        parameters=found.parameters.to_json(),
        record_count=len(shop.cells),
        counts=_count(found),
        fitted_at=now,
    )
    write_rates(model_id=model.id, rates=found.rates)
    keys = keys_of_records(
        parameters=found.parameters, records=found.records, record_ids=shop.record_ids
    )
    write_keys(number=model.number, keys=keys, progress=_part(say, _FITTED, _KEYED - _FITTED))
    with transaction.atomic():
        MatchModel.objects.filter(is_demo=is_demo, is_current=True).update(is_current=False)
        model.is_current = True
        model.save(force_insert=True)
    _key_late(shop, found, model)
    sweep_keys()
    forget_rates()
    return model


def _key_late(shop: _Shop, found: Matches, model: MatchModel) -> None:
    """Write the keys of records that came singly while the model was being made."""
    known = set(shop.record_ids.tolist())
    stored = MatchRecord.objects.filter(is_demo=model.is_demo).values_list("record_id", flat=True)
    late = list_stored(record_ids=[number for number in stored.iterator() if number not in known])
    keys = keys_of_cells(
        parameters=found.parameters,
        record_ids=np.array(list(late), dtype=np.int64),
        cells=list(late.values()),
    )
    write_keys(number=model.number, keys=keys)


def _count(found: Matches) -> dict[str, Any]:
    zones = found.parameters.zones
    weight = found.pairs.weight
    is_auto = (weight >= zones.auto) & ~found.pairs.is_vetoed
    return {
        "pairs": int(found.blocks["pairs"].sum()) if len(found.blocks) else 0,
        "blocks": [
            dict(zip(found.blocks.columns, row, strict=True)) for row in found.blocks.rows()
        ],
        # Which number it is, is somebody's: only how many.
        "shared": [
            {"field": name, "records": records, "names": names}
            for name, _value, records, names in found.shared.rows()
        ],
        "auto_pairs": int(is_auto.sum()),
        "review_pairs": int(((weight >= zones.review) & ~is_auto).sum()),
        "auto_from": zones.auto,
        "review_from": zones.review,
        "expected_precision": zones.precision,
        "expected_recall": zones.recall,
        "fields": {name: _known(found, name) for name in found.records.columns},
    }


def _known(found: Matches, name: str) -> int:
    return int((found.records.columns[name].codes > 0).sum())


def _carry_out(
    shop: _Shop,
    found: Matches,
    model: MatchModel,
    now: datetime,
    joined_at: datetime,
    say: Progress,
) -> MatchReport:
    groups = _list_groups(shop, found, model.id)
    steps = max(len(groups), 1)
    joined = merge_groups(
        groups=groups,
        by=f"model:{model.id}",
        actor=ACTOR,
        now=joined_at,
        progress=lambda done: say(_KEYED + 30 * done // steps, _WHOLE, "matching"),
    )
    owners = _owners_now(shop)
    doubts = _list_doubts(shop, found, owners)
    waiting, new = replace_open(doubts=doubts, model_id=model.id, is_demo=model.is_demo, now=now)
    model.counts |= {
        "customers_before": len(set(shop.customer_ids.tolist())),
        "customers_after": len(set(owners.tolist())),
        "joined": len(joined.entry_ids),
        "refused": len(joined.refused),
        "waiting": waiting,
    }
    model.finished_at = now
    model.save(update_fields=["counts", "finished_at"])
    say(_WHOLE, _WHOLE, "matching")
    return MatchReport(
        is_demo=model.is_demo,
        model_id=model.id,
        records=len(shop.cells),
        customers=model.counts["customers_before"],
        joined=len(joined.entry_ids),
        waiting=waiting,
        new_pairs=new,
        refused=len(joined.refused),
        entry_ids=joined.entry_ids,
        counts=model.counts,
    )


def _preview(shop: _Shop, found: Matches, is_demo: bool) -> MatchReport:
    before = len(set(shop.customer_ids.tolist()))
    after = len(set(found.clusters.tolist()))
    doubts = _list_doubts(shop, found, shop.customer_ids[found.clusters])
    counts = {**_count(found), "customers_before": before, "customers_after": after}
    joined = len(_list_groups(shop, found, 0))
    return MatchReport(
        is_demo, None, len(shop.cells), before, joined, len(doubts), 0, 0, [], counts
    )


def _list_groups(shop: _Shop, found: Matches, model_id: int) -> list[Group]:
    """Give the customers that are one, and of each group the pair that says so the most."""
    bridges = find_bridges(found.pairs, shop.customer_ids, found.clusters)
    told = explain_rows(found.parameters, found.records, bridges.left, bridges.right)
    members: dict[int, set[int]] = {}
    for label, customer_id in zip(found.clusters.tolist(), shop.customer_ids.tolist(), strict=True):
        members.setdefault(label, set()).add(customer_id)
    groups = []
    for place, row in enumerate(bridges.left.tolist()):
        evidence = {
            "model": str(model_id),
            "weight": round(float(bridges.weight[place]), 2),
            "records": [
                str(shop.record_ids[row]),
                str(shop.record_ids[bridges.right[place]]),
            ],
            "fields": plain(told[place]),
        }
        groups.append(Group(members[int(found.clusters[row])], evidence))
    return groups


def _list_doubts(shop: _Shop, found: Matches, owners: Ints) -> list[Doubt]:
    """Give the pairs to ask about, judged between the customers there are now."""
    barred = list_barred_rows(record_ids=shop.record_ids, customer_ids=owners)
    doubts = find_doubts(
        found.parameters, found.records, found.pairs, name_groups(owners), apart=barred
    )
    left, right = doubts.left[:MOST_PAIRS], doubts.right[:MOST_PAIRS]
    told = explain_rows(found.parameters, found.records, left, right)
    return [
        Doubt(
            records=(int(shop.record_ids[a]), int(shop.record_ids[b])),
            customers=(int(owners[a]), int(owners[b])),
            weight=float(doubts.weight[place]),
            is_vetoed=bool(doubts.is_vetoed[place]),
            evidence=told[place],
        )
        for place, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True))
    ]


def _owners_now(shop: _Shop) -> Ints:
    owners: dict[int, int] = {}
    for chunk in slices(shop.record_ids.tolist(), size=_READ_TOGETHER):
        rows = SourceRecord.everything.filter(among("id", chunk), customer__isnull=False)
        owners |= raw_rows(rows.values_list("id", "customer_id"))
    before = zip(shop.record_ids.tolist(), shop.customer_ids.tolist(), strict=True)
    return np.array([owners.get(record) or owner for record, owner in before], dtype=np.int64)


def _part(say: Progress, start: int, share: int) -> Callable[[int, int], None]:
    def report(done: int, total: int) -> None:
        say(start + (share * done // total if total else 0), _WHOLE, "matching")

    return report
