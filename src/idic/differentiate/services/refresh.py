"""Recomputes what each customer is worth and needs: facts from the lake → models → one summary row
a customer, in stretches that lock nobody out. Also a few customers alone, with frozen models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from idic.core import bulk
from idic.core.models import Business
from idic.core.planning import learn_spread
from idic.core.selectors import get_business
from idic.differentiate.models import CustomerSummary, Tier, TierChange, TierPolicy, ValueModel
from idic.differentiate.services import (
    budgets,
    equity,
    figures,
    need_groups,
    readiness,
    rfm_scores,
    segments,
    service_figures,
    shape,
    tiers,
    upsell,
)
from idic.differentiate.services.depth import DEPTH_COLUMNS, count_usage, score_person
from idic.differentiate.services.facts import Facts, read_facts, read_facts_of
from idic.differentiate.services.fitting import (
    Models,
    calendar_of,
    fit_models,
    load_models,
    store_models,
)
from idic.differentiate.services.people import (
    PERSON_COLUMNS,
    Person,
    Stretch,
    read_people,
    stretches,
    visible,
)
from idic.differentiate.services.scoring import SCORE_COLUMNS, score
from idic.differentiate.tier_rules import TierRule, read_rules
from idic.engine.table import Table
from idic.identify.models import LifecycleStage

Progress = Callable[[int, int, str], None]

# The bar: reading and fitting take its first part, writing the rows the rest.
_FITTING, _WRITING = 40, 60
_STEPS = ("facts", "rhythm", "replay", "value", "rfm", "needs", "scores")

_SCORES = [name for name in SCORE_COLUMNS if name != "need_index"]
_ORDER_COUNT, _NEED_CONFIDENCE = _SCORES.index("order_count"), _SCORES.index("need_confidence")
_NEED_GROUP, _TIER = len(_SCORES), len(_SCORES) + 1
_STAGE = PERSON_COLUMNS.index("lifecycle_stage")
TIER_COLUMNS = ("tier", "tier_reason", "tier_since")
COLUMNS = (
    "customer_id",
    *PERSON_COLUMNS,
    *(name for name in SCORE_COLUMNS if name != "need_index"),
    "need_group_id",
    *TIER_COLUMNS,
    *DEPTH_COLUMNS,
    "as_of_date",
    "refreshed_at",
)


@dataclass(frozen=True)
class RefreshReport:
    """What a refresh found. `method` is empty while nobody has bought anything."""

    as_of: date
    customers: int
    buyers: int
    method: str
    tiers: dict[str, int]
    need_groups: int
    moves: int
    figures: dict[str, Any] = field(default_factory=dict)


def refresh_all(*, as_of: date, now: datetime, progress: Progress | None = None) -> RefreshReport:
    """Fit everything anew on orders up to `as_of` and write every visible customer's summary."""
    business = get_business()
    step = _stepper(progress or (lambda done, total, label: None))
    step("facts")
    with read_facts(as_of=as_of) as facts:
        step("rhythm")
        models = fit_models(
            orders=facts.orders,
            as_of=as_of,
            step=step,
            calendar=calendar_of(business.country),
        )
        models = rfm_scores.cut(models=models, orders=facts.orders, as_of=as_of)
        step("needs")
        models, groups = need_groups.fit(
            models=models, facts=facts, business=business, as_of=as_of, now=now
        )
        step("scores")
        scores = _score(models, facts, as_of)
        orders = facts.orders
    policy = tiers.ensure_policy(
        columns={name: scores[name] for name in scores.columns},
        active_days=models.active_days,
        currency=business.currency,
        is_demo=business.is_demo,
        now=now,
    )
    # Moves dated after the day looked at belong to a future that is not known on it.
    TierChange.objects.filter(on_date__gt=as_of).delete()
    writer = _Writer(scores, groups, policy, business, as_of, now)
    customers = writer.write_all(progress)
    learn_spread(CustomerSummary)
    buyers = int((np.asarray(scores["order_count"]) > 0).sum())
    store_models(models=models, as_of=as_of, customers=buyers, now=now)
    figures.refresh_cells()
    budgets.refresh_curves(as_of=as_of)
    shape.write_shape(scores=scores, groups=groups, active_days=models.active_days, as_of=as_of)
    found = figures.write_figures(
        scores=scores,
        tiers=writer.tiers,
        customers=customers,
        currency=business.currency,
        as_of=as_of,
        now=now,
    )
    service_figures.write_service(as_of=as_of)
    segments.count_all(as_of=as_of, now=now)
    rfm_scores.write_months(orders=orders, cuts=models.cuts, as_of=as_of, now=now)
    equity.write_equity(as_of=as_of, now=now)
    readiness.refresh_readiness(as_of=as_of, now=now)
    upsell.refresh_alerts(as_of=as_of, now=now)
    return RefreshReport(
        as_of=as_of,
        customers=customers,
        buyers=buyers,
        method=models.value.method if buyers else "",
        tiers=dict(Counter(writer.tiers.tolist())),
        need_groups=len(groups),
        moves=writer.moves,
        figures=found,
    )


def refresh_customers(*, customer_ids: Collection[int], as_of: date, now: datetime) -> int:
    """Bring a few customers up to date with the models as they are; give how many rows changed.
    Who is not visible any more (merged away) loses the summary.
    """
    business = get_business()
    model = ValueModel.objects.order_by("-id").first()
    policy = tiers.find_policy()
    scores, groups = Table({"customer_id": np.array([], dtype=np.int64)}), {}
    if model is not None:
        models = load_models(model)
        facts = read_facts_of(customer_ids=customer_ids, business=business, as_of=as_of)
        scores = _score(models, facts, as_of)
        groups = need_groups.current_groups()
    writer = _Writer(scores, groups, policy, business, as_of, now)
    spots = _spots_of(customer_ids)
    written = writer.write(Stretch(ids=sorted(set(customer_ids))))
    figures.refresh_cells_of(spots=spots | _spots_of(customer_ids))
    readiness.refresh_readiness_of(customer_ids=customer_ids, as_of=as_of, now=now)
    upsell.refresh_alerts(customer_ids=customer_ids, as_of=as_of, now=now)
    return written


def _score(models: Models, facts: Facts, as_of: date) -> Table:
    """Give forecast and figures, the scores staff chose the lines of, and the needs."""
    scores = score(models=models, orders=facts.orders, as_of=as_of)
    scores = rfm_scores.add_rfm(scores, cuts=models.cuts, orders=facts.orders, as_of=as_of)
    return need_groups.add_needs(scores, models=models, facts=facts)


def _spots_of(customer_ids: Collection[int]) -> set[tuple[str, int | None]]:
    held = CustomerSummary.objects.filter(customer_id__in=list(customer_ids))
    return set(held.values_list("tier", "need_group_id"))


class _Writer:
    """Puts people, scores, tiers and needs together, stretch by stretch, and writes the rows."""

    def __init__(
        self,
        scores: Table,
        groups: dict[int, int],
        policy: TierPolicy | None,
        business: Business,
        as_of: date,
        now: datetime,
    ) -> None:
        self.scores = scores
        self.groups = groups
        self.rules: list[TierRule] = read_rules(policy.rules) if policy else []
        self.version = policy.version if policy else 0
        self.business = business
        self.as_of = as_of
        self.now = now
        self.ids: NDArray[np.int64] = np.ma.getdata(scores["customer_id"])
        self.tiers = np.full(len(self.ids), "", dtype=object)
        self.moves = 0

    def write_all(self, progress: Progress | None) -> int:
        total, written = visible().count(), 0
        for stretch in stretches():
            written += self.write(stretch)
            if progress is not None:
                done = _WRITING * min(written, total) // max(total, 1)
                progress(_FITTING + done, _FITTING + _WRITING, "customers")
        return written

    def write(self, stretch: Stretch) -> int:
        people = read_people(stretch, language=self.business.language, now=self.now)
        before = self._before(stretch)
        gone = [i for i in before if i not in people]
        CustomerSummary.objects.filter(customer_id__in=gone).delete()
        rows = self._rows(people, before, count_usage(stretch=stretch, as_of=self.as_of))
        old = [row for row in rows if row[0] in before]
        bulk.update_rows(CustomerSummary, COLUMNS, old, key="customer_id")
        new = [row for row in rows if row[0] not in before]
        bulk.insert_rows(CustomerSummary, COLUMNS, new)
        return len(rows)

    def _before(self, stretch: Stretch) -> dict[int, tuple[str, date | None]]:
        """Give the tiers until now. Those of a later day are unknown on the day looked at."""
        held = CustomerSummary.objects.filter(stretch.where("customer_id")).values_list(
            "customer_id", "tier", "tier_since", "as_of_date"
        )
        return {row[0]: (row[1], row[2]) if row[3] <= self.as_of else ("", None) for row in held}

    def _rows(
        self,
        people: dict[int, Person],
        before: dict[int, tuple[str, date | None]],
        usage: dict[int, int],
    ) -> list[tuple[Any, ...]]:
        ids = np.array(sorted(people), dtype=np.int64)
        places = np.searchsorted(self.ids, ids)
        is_scored = places < len(self.ids)
        is_scored[is_scored] = self.ids[places[is_scored]] == ids[is_scored]
        scored = self._scored(ids[is_scored].tolist(), places[is_scored], before)
        unscored = (*_without_orders(), None, "", {}, None)
        stamp = (self.as_of, self.now)
        return [
            (
                i,
                *_staged(people[i], scores),
                *scores,
                *_depth(people[i], scores, usage.get(i)),
                *stamp,
            )
            for i in ids.tolist()
            for scores in (scored.get(i, unscored),)
        ]

    def _scored(
        self,
        ids: Sequence[int],
        places: NDArray[np.int64],
        before: dict[int, tuple[str, date | None]],
    ) -> dict[int, tuple[Any, ...]]:
        """Give the score, need group and tier columns of those who have orders."""
        if not len(ids):
            return {}
        mine = self.scores.filter(places)
        placed = tiers.place(
            ids=ids,
            columns={name: mine[name] for name in mine.columns},
            rules=self.rules,
            version=self.version,
            as_of=self.as_of,
            before=before,
            with_easing=True,
        )
        self.tiers[places] = [spot[0] for spot in placed]
        self._note_moves(ids, placed, before)
        names = [name for name in SCORE_COLUMNS if name != "need_index"]
        cells = mine.select(*names).rows()
        needs = np.ma.filled(mine["need_index"], -1).tolist()
        return {
            i: (*cell, self.groups.get(need), *spot)
            for i, cell, need, spot in zip(ids, cells, needs, placed, strict=True)
        }

    def _note_moves(
        self,
        ids: Sequence[int],
        placed: Sequence[tiers.Placed],
        before: dict[int, tuple[str, date | None]],
    ) -> None:
        """Keep each move. Who is placed for the first time has not moved."""
        moves = [
            (i, before[i][0], tier, self.as_of, reason, self.version)
            for i, (tier, reason, _since) in zip(ids, placed, strict=True)
            if i in before and tier and before[i][0] and before[i][0] != tier
        ]
        self.moves += bulk.insert_rows(TierChange, tiers.CHANGE_COLUMNS, moves)


def _staged(person: Person, scores: tuple[Any, ...]) -> Person:
    """Give the stage as it is today: who has bought is a customer, and lapsed once long silent."""
    stage = person[_STAGE]
    if scores[_ORDER_COUNT] and stage != LifecycleStage.LAPSED:
        is_quiet = scores[_TIER] == Tier.DORMANT
        stage = LifecycleStage.LAPSED if is_quiet else LifecycleStage.CUSTOMER
    return (*person[:_STAGE], str(stage), *person[_STAGE + 1 :])


def _depth(person: Person, scores: tuple[Any, ...], usage_days: int | None) -> tuple[Any, ...]:
    """Give how often somebody uses what we offer, and how well they are known."""
    depth = score_person(
        person,
        order_count=scores[_ORDER_COUNT],
        usage_days=usage_days,
        has_need=scores[_NEED_GROUP] is not None,
        need_confidence=scores[_NEED_CONFIDENCE],
    )
    return usage_days, depth


def _without_orders() -> tuple[Any, ...]:
    return tuple(value for name, value in SCORE_COLUMNS.items() if name != "need_index")


def _stepper(progress: Progress) -> Callable[[str], None]:
    def step(label: str) -> None:
        done = _FITTING * _STEPS.index(label) // len(_STEPS)
        progress(done, _FITTING + _WRITING, label)

    return step
