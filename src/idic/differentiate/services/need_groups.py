"""Fits groups of customers who want the same, keeps each group's identity, name and plan from one
fit to the next, and places customers in them.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from idic.core.models import Business, Staff
from idic.core.services import audit
from idic.core.templatetags import ui
from idic.differentiate.models import NeedGroup, ValueModel
from idic.differentiate.services.facts import Facts
from idic.differentiate.services.fitting import Models
from idic.engine import needs
from idic.engine.table import Table

SEED = 2024
MOST_FITTED = 20_000
# More groups than five nobody keeps in mind, nor do their columns fit on a page.
GROUP_COUNTS = (3, 4, 5)
# Groups are fitted anew when the shop has changed by so much, or after so many days.
GROWTH_RATE = 0.02
REFIT_DAYS = 7
# A word must stand out this clearly to name a group before others do.
NAMING_LIFT = 1.5
NAMING_WORDS = 2
# Lines that are not goods stand out too, and say nothing about a need.
NOT_GOODS = frozenset(
    "postage shipping delivery carriage freight fee fees discount manual adjust bank charges "
    "samples ship phí giao hàng giảm giá 运费 邮费 快递 折扣 服务费".split()
)


def fit(
    *, models: Models, facts: Facts, business: Business, as_of: date, now: datetime
) -> tuple[Models, dict[int, int]]:
    """Find the need groups; give the models with them and which row each group is."""
    last = ValueModel.objects.exclude(need_parameters={}).order_by("-id").first()
    old = _read(last.need_parameters) if last else None
    buyers = len(np.unique(np.ma.getdata(facts.orders["customer_id"])))
    if old is not None and last is not None and not _is_stale(last, buyers, as_of):
        return replace(models, needs=old), current_groups()
    lines = facts.sample_lines(customers=MOST_FITTED)
    found = needs.fit(lines, seed=SEED, counts=GROUP_COUNTS)
    if not found.groups or not found.is_stable:
        # Two halves of the customers tell different groups: better the old ones, or none.
        return replace(models, needs=old), current_groups() if old else {}
    rows = _keep_groups(found, old, business=business, now=now)
    return replace(models, needs=found), rows


def _read(stored: dict[str, Any]) -> needs.NeedGroups:
    return needs.NeedGroups.from_json(json.dumps(stored))


def _is_stale(last: ValueModel, buyers: int, as_of: date) -> bool:
    has_grown = abs(buyers - last.customer_count) > GROWTH_RATE * max(last.customer_count, 1)
    return has_grown or abs((as_of - last.as_of_date).days) > REFIT_DAYS


def _keep_groups(
    found: needs.NeedGroups,
    old: needs.NeedGroups | None,
    *,
    business: Business,
    now: datetime,
) -> dict[int, int]:
    """Write the groups found: who is recognised keeps row, name, place and plan."""
    known = {g.model_index: g for g in NeedGroup.objects.filter(is_current=True)}
    matched = needs.match(old, found) if old is not None else {}
    rows: dict[int, int] = {}
    with transaction.atomic(), translation.override(business.language):
        NeedGroup.objects.filter(is_current=True).update(is_current=False, model_index=None)
        last_position = max((group.position for group in known.values()), default=0)
        taken = {known[place].name for place in matched.values() if place in known}
        for group in found.groups:
            row = known.get(matched.get(group.index, -1))
            if row is None:
                row = NeedGroup(name=propose_name(group, taken=taken), created_at=now)
            taken.add(row.name)
            if not row.position:
                last_position += 1
                row.position = last_position
            row.model_index, row.is_current = group.index, True
            row.stands_out = _standouts(group)
            row.save()
            rows[group.index] = row.id
    return rows


def propose_name(group: needs.NeedGroup, *, taken: set[str]) -> str:
    """Name a group by what it spends most on beyond others: categories where there are some, else
    words of product names.
    """
    found = group.top_categories or group.top_words or group.top_products
    things = [thing for thing in found if not set(thing.name.casefold().split()) & NOT_GOODS]
    clear = [thing.name for thing in things if thing.lift >= NAMING_LIFT]
    rest = [thing.name for thing in things if thing.lift < NAMING_LIFT]
    names = [*clear, *rest]
    for count in range(NAMING_WORDS, len(names) + 1):
        name = _joined(names[:count])
        if name not in taken:
            return name
    name = _joined(names) or _("Group")
    number = 2
    while f"{name} {number}" in taken:
        number += 1
    return name if name not in taken else f"{name} {number}"


def _joined(names: list[str]) -> str:
    text = ui.listed(names)
    return (text[:1].upper() + text[1:])[:80]


def _standouts(group: needs.NeedGroup) -> list[dict[str, Any]]:
    kinds = {
        "category": group.top_categories,
        "word": group.top_words,
        "product": group.top_products,
    }
    return [
        {
            "kind": kind,
            "name": thing.name,
            "share": thing.share,
            "lift": thing.lift,
            "customers": thing.customers,
        }
        for kind, things in kinds.items()
        for thing in things
    ]


def current_groups() -> dict[int, int]:
    """Give which row each group of the models in force is."""
    held = NeedGroup.objects.filter(is_current=True).values_list("model_index", "id")
    return {index: number for index, number in held if index is not None}


def add_needs(scores: Table, *, models: Models, facts: Facts) -> Table:
    """Add each customer's group (masked: not clear) and how sure that is."""
    ids = np.ma.getdata(scores["customer_id"])
    index = np.full(len(ids), needs.UNCLEAR, dtype=np.int64)
    confidence = np.full(len(ids), np.nan)
    if models.needs is not None and len(ids):
        for lines in facts.lines():
            placed = needs.predict(models.needs, lines)
            _, here, there = np.intersect1d(
                ids, placed["customer_id"], assume_unique=True, return_indices=True
            )
            index[here] = placed["need_group_index"][there]
            confidence[here] = placed["confidence"][there]
    return scores.with_columns(
        need_index=np.ma.MaskedArray(index, mask=index == needs.UNCLEAR),
        need_confidence=confidence,
    )


def edit_group(*, group: NeedGroup, name: str, plan: str, staff: Staff, now: datetime) -> NeedGroup:
    """Give a group the name and plan staff chose; they survive every refit that finds it again."""
    name = " ".join(name.replace("\x00", "").split())[:80]
    if name and name != group.name:
        group.name, group.is_named_by_staff = name, True
    group.plan = plan.replace("\x00", "").strip()
    with transaction.atomic():
        group.save(update_fields=["name", "is_named_by_staff", "plan"])
        audit.record(
            at=now,
            actor=staff.email,
            action="need_group.changed",
            subject_type="need_group",
            subject_id=group.id,
            detail={"name": group.name},
        )
    return group
