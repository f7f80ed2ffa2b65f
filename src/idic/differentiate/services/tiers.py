"""Tier rules and moves: the first rules are drawn from the shop's own figures; staff publish later
versions; every move of a customer is kept with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max

from idic.core import bulk
from idic.core.models import Staff
from idic.core.services import audit
from idic.differentiate.models import CustomerSummary, Tier, TierChange, TierPolicy
from idic.differentiate.segments import Tree
from idic.differentiate.segments.vector import Columns, columns_of
from idic.differentiate.services.figures import refresh_cells
from idic.differentiate.services.people import CHUNK
from idic.differentiate.tier_gaps import find_lacks
from idic.differentiate.tier_rules import (
    FEWEST_FOR_VVIP,
    TierRule,
    assign,
    default_rules,
    read_rules,
    values_of,
    write_rules,
)
from idic.engine.table import Table

# Automatic rules are drawn again when the shop is this many times what it was.
OUTGROWN = 2

# One customer's tier with its reason: (tier, reason, since).
Placed = tuple[str, dict[str, Any], date | None]
CHANGE_COLUMNS = ("customer_id", "from_tier", "to_tier", "on_date", "reason", "policy_version")


def find_policy() -> TierPolicy | None:
    """Give the rules in force: the newest published version."""
    return TierPolicy.objects.exclude(published_at=None).order_by("-version").first()


def ensure_policy(
    *, columns: Columns, active_days: int, currency: str, is_demo: bool, now: datetime
) -> TierPolicy:
    """Give the rules in force. Without any, or when automatic ones no longer fit the shop, draw
    them from its figures and publish them.
    """
    policy = find_policy()
    buyers = int((np.ma.getdata(columns["order_count"]) > 0).sum())
    if policy is not None and not _is_outgrown(policy, buyers, currency, is_demo):
        return policy
    rules, basis = default_rules(columns, active_days=active_days)
    return TierPolicy.objects.create(
        version=_next_version(),
        rules=write_rules(rules),
        is_automatic=True,
        basis={**basis, "currency": currency, "is_demo": is_demo},
        published_at=now,
    )


def _is_outgrown(policy: TierPolicy, buyers: int, currency: str, is_demo: bool) -> bool:
    if not policy.is_automatic:
        return False
    basis = policy.basis
    has_other_money = (basis.get("currency"), basis.get("is_demo")) != (currency, is_demo)
    # Rules drawn before there were VVIPs.
    lacks_vvip = "vvip_share" not in basis and buyers >= FEWEST_FOR_VVIP
    return has_other_money or lacks_vvip or buyers > OUTGROWN * max(int(basis.get("buyers", 0)), 10)


def _next_version() -> int:
    return (TierPolicy.objects.aggregate(last=Max("version"))["last"] or 0) + 1


def save_draft(*, rules: Sequence[Mapping[str, Any]]) -> TierPolicy:
    """Keep rules as the version being worked on; there is one at a time. Raises WrongTree."""
    checked = write_rules(read_rules(rules))
    with transaction.atomic():
        draft = TierPolicy.objects.filter(published_at=None).order_by("-version").first()
        if draft is None:
            return TierPolicy.objects.create(version=_next_version(), rules=checked)
        draft.rules = checked
        draft.save(update_fields=["rules"])
    return draft


def restore_version(*, version: int) -> TierPolicy:
    """Make a published version the one being worked on, so that what it would move is seen before
    it is published again. Raises TierPolicy.DoesNotExist, and WrongTree when a rule can no longer
    be used.
    """
    old = TierPolicy.objects.exclude(published_at=None).get(version=version)
    return save_draft(rules=old.rules)


def arrange_rules(*, rules: Sequence[TierRule], act: str, tier: str) -> list[TierRule]:
    """Give the rules with one tier moved `up` or `down` in the order they are asked, taken `out`,
    or put `in` before the rule that asks least. Raises WrongTree for the last tier that is left.
    """
    found = list(rules)
    at = next((place for place, rule in enumerate(found) if rule.tier == tier), None)
    if act == "in" and at is None and tier in Tier.values:
        found.insert(max(len(found) - 1, 0), TierRule(tier, _starting_rule(found, tier)))
    elif at is not None and act == "out":
        del found[at]
    elif at is not None and act in ("up", "down"):
        to = min(max(at + (1 if act == "down" else -1), 0), len(found) - 1)
        found.insert(to, found.pop(at))
    return read_rules(write_rules(found))


def _starting_rule(rules: Sequence[TierRule], tier: str) -> Tree:
    """Give a rule to begin with: for VVIP what VIP asks, all else what the last rule asks."""
    like = Tier.VIP if tier == Tier.VVIP else rules[-1].tier
    return next((rule.when for rule in rules if rule.tier == like), rules[-1].when)


def discard_draft() -> int:
    """Throw the version being worked on away; tell whether there was one."""
    return TierPolicy.objects.filter(published_at=None).delete()[0]


def publish_policy(
    *, rules: Sequence[Mapping[str, Any]], staff: Staff, now: datetime
) -> TierPolicy:
    """Publish a new version of the rules; who stands where follows with `apply_policy`.

    Raises WrongTree when a rule cannot be used; then nothing changes.
    """
    checked = read_rules(rules)
    with transaction.atomic():
        discard_draft()
        policy = TierPolicy.objects.create(
            version=_next_version(),
            rules=write_rules(checked),
            is_automatic=False,
            published_at=now,
            published_by=staff,
        )
        audit.record(
            at=now,
            actor=staff.email,
            action="tiers.published",
            subject_type="tier_policy",
            subject_id=policy.id,
            detail={"version": policy.version},
        )
    return policy


def apply_policy(*, as_of: date, progress: Callable[[int, int, str], None] | None = None) -> int:
    """Place every customer by the rules in force as they stand, and give how many moved."""
    policy = find_policy()
    if policy is None:
        return 0
    rules = read_rules(policy.rules)
    names = sorted({name for rule in rules for name in columns_of(rule.when)})
    total = CustomerSummary.objects.count()
    moved, seen, last = 0, 0, -1
    while True:
        rows = list(
            CustomerSummary.objects.filter(customer_id__gt=last, order_count__gt=0)
            .order_by("customer_id")
            .values_list("customer_id", "tier", "tier_since", "tier_reason", *names)[:CHUNK]
        )
        if not rows:
            break
        moved += _apply_to(rows, names, rules, policy, as_of=as_of)
        seen, last = seen + len(rows), rows[-1][0]
        if progress is not None:
            progress(min(seen, total), total, "tiers")
    refresh_cells()
    return moved


def _apply_to(
    rows: Sequence[tuple[Any, ...]],
    names: Sequence[str],
    rules: Sequence[TierRule],
    policy: TierPolicy,
    *,
    as_of: date,
) -> int:
    columns = summary_columns(names=names, rows=[row[4:] for row in rows])
    near = {row[0]: row[3].get("next") for row in rows}
    before = {row[0]: (row[1], row[2]) for row in rows}
    ids = [row[0] for row in rows]
    placed = place(
        ids=ids, columns=columns, rules=rules, version=policy.version, as_of=as_of, before=before
    )
    changed = [
        (i, *spot)
        for i, spot in zip(ids, placed, strict=True)
        if spot[0] != before[i][0] or spot[1].get("next") != near[i]
    ]
    bulk.update_rows(
        CustomerSummary,
        ("customer_id", "tier", "tier_reason", "tier_since"),
        changed,
        key="customer_id",
    )
    moves = [
        (i, before[i][0], tier, as_of, reason, policy.version)
        for i, tier, reason, _since in changed
        if tier != before[i][0]
    ]
    return bulk.insert_rows(TierChange, CHANGE_COLUMNS, moves)


def place(
    *,
    ids: Sequence[int],
    columns: Columns,
    rules: Sequence[TierRule],
    version: int,
    as_of: date,
    before: Mapping[int, tuple[str, date | None]],
    with_easing: bool = False,
) -> list[Placed]:
    """Give each customer's tier, why (and what is missing for the next one, where that is little),
    and since when; `before` holds the tier until now.
    """
    current = np.array([before.get(i, ("", None))[0] for i in ids], dtype=object)
    found = assign(rules, columns, as_of=as_of, current=current if with_easing else None)
    reasons: list[dict[str, Any]] = [{} for _ in ids]
    for rule in rules:
        places = np.flatnonzero(found.tiers == rule.tier)
        read = columns_of(rule.when)
        values = values_of(rule, {name: columns[name][places] for name in read})
        for at, figures in zip(places.tolist(), values, strict=True):
            reasons[at] = {"policy": version, "values": figures}
            if found.is_kept[at]:
                reasons[at]["is_kept"] = True
    for at, lack in find_lacks(rules, tiers=found.tiers, columns=columns, as_of=as_of).items():
        ways = [[[gap.field, gap.missing] for gap in way] for way in lack.ways]
        reasons[at]["next"] = {"tier": lack.tier, "ways": ways}
    return [
        (tier, reason, _since(tier, before.get(i), as_of))
        for i, tier, reason in zip(ids, found.tiers.tolist(), reasons, strict=True)
    ]


def _since(tier: str, before: tuple[str, date | None] | None, as_of: date) -> date | None:
    if not tier:
        return None
    return before[1] if before and before[0] == tier and before[1] else as_of


def summary_columns(*, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Columns:
    """Put values read from CustomerSummary into columns as the engine holds them."""
    kinds = {name: _kind(name) for name in names}
    table = Table.from_rows(rows, columns=kinds)
    return {name: table[name] for name in names}


def _kind(name: str) -> type:
    kinds: dict[str, type] = {"DateField": date, "FloatField": float, "CharField": str}
    kinds["BooleanField"] = bool
    return kinds.get(CustomerSummary._meta.get_field(name).get_internal_type(), int)
