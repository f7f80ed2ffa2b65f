"""The first look: what somebody is told about their own business, put together from the rooms
below. Figures only; the words stand in the page and in the command's table.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from idic.customize.actions import NextBestAction, decide
from idic.customize.selectors import Proposal, facts_of, list_proposals
from idic.differentiate.models import BusinessFigures, CustomerSummary, ValueModel
from idic.differentiate.selectors import list_call_first
from idic.identify.models import CustomerState, StateKind
from idic.identify.names import list_names

CALLED_FIRST = 20


@dataclass(frozen=True)
class PersonToCall:
    """Somebody to call, why, what is at stake, and what they are likely to want."""

    summary: CustomerSummary
    name: str
    days_since: int
    usual_gap_days: int | None
    proposal: Proposal | None
    action: NextBestAction


@dataclass(frozen=True)
class Forecast:
    """How wrong the forecast was when it was tried on the past; see `engine.replay`."""

    is_possible: bool
    reason_code: str
    method: str
    hidden_days: int
    miss_rate: float | None
    capture_rate: float | None
    coverage_rate: float | None


@dataclass(frozen=True)
class FirstLook:
    """Everything the first look says. `figures` is `differentiate.services.figures`."""

    as_of: date
    figures: dict[str, Any]
    people: tuple[PersonToCall, ...]
    forecast: Forecast | None
    unlinked_orders: int
    unlinked_lines: int

    @property
    def repeat_rate(self) -> float:
        """The share of buyers who bought more than once."""
        buyers = self.figures.get("buyers") or 0
        return (self.figures.get("repeat_buyers") or 0) / buyers if buyers else 0.0

    @property
    def stake_amount(self) -> int:
        """What all valuable people who are overdue bought and may not buy again; those to call
        first may be only some of them.
        """
        return int(self.figures["late"].get("stake_amount") or 0)


def find_first_look(*, now: datetime) -> FirstLook | None:
    """Give the first look as last computed; None while there is nothing to look at."""
    latest = BusinessFigures.objects.order_by("-computed_at").first()
    if latest is None or not latest.figures.get("buyers"):
        return None
    return FirstLook(
        as_of=latest.as_of_date,
        figures=latest.figures,
        people=_list_people(as_of=latest.as_of_date, now=now),
        forecast=find_forecast(),
        unlinked_orders=latest.figures.get("unlinked_orders", 0),
        unlinked_lines=latest.figures.get("unlinked_lines", 0),
    )


def _list_people(*, as_of: date, now: datetime) -> tuple[PersonToCall, ...]:
    # Somebody who asked for silence is not called: as many again stand ready to move up.
    listed = [line.summary for line in list_call_first(limit=2 * CALLED_FIRST)]
    states = _states_of([summary.customer_id for summary in listed], now=now)
    summaries = [
        summary
        for summary in listed
        if StateKind.DO_NOT_CONTACT not in states.get(summary.customer_id, set())
    ][:CALLED_FIRST]
    customer_ids = [summary.customer_id for summary in summaries]
    proposals = list_proposals(customer_ids, limit=1)
    names = list_names({summary.customer_id: summary.full_name for summary in summaries})
    return tuple(
        PersonToCall(
            summary=summary,
            name=names[summary.customer_id],
            days_since=_days_since(summary, as_of),
            usual_gap_days=round(summary.usual_gap_days) if summary.usual_gap_days else None,
            proposal=next(iter(proposals.get(summary.customer_id, [])), None),
            action=decide(
                facts_of(
                    customer=summary.customer,
                    summary=summary,
                    states=states.get(summary.customer_id, set()),
                    recommendation_count=len(proposals.get(summary.customer_id, [])),
                    has_offer=False,  # a discount is never what to do first, and not spoken of here
                    as_of=as_of,
                    now=now,
                )
            ),
        )
        for summary in summaries
    )


def _states_of(customer_ids: list[int], *, now: datetime) -> dict[int, set[str]]:
    """Give what is true of each customer now."""
    holding = CustomerState.objects.filter(
        Q(until=None) | Q(until__gt=now), customer_id__in=customer_ids, since__lte=now
    )
    states: dict[int, set[str]] = {}
    for customer_id, kind in holding.values_list("customer_id", "kind"):
        states.setdefault(customer_id, set()).add(kind)
    return states


def _days_since(summary: CustomerSummary, as_of: date) -> int:
    last = summary.last_order_date
    return (as_of - last).days if last else 0


def find_forecast() -> Forecast | None:
    """Say how the chosen method did on the past; None before the first fit."""
    model = ValueModel.objects.order_by("-fitted_at", "-id").first()
    if model is None:
        return None
    report = model.replay
    scores = {score["method"]: score for score in report.get("scores", [])}
    chosen = scores.get(report.get("chosen_method") or "", {})
    return Forecast(
        is_possible=bool(report.get("is_possible")),
        reason_code=report.get("reason_code") or "",
        method=model.method,
        hidden_days=int(report.get("holdout_days") or 0),
        miss_rate=chosen.get("total_miss_rate"),
        capture_rate=chosen.get("top_tenth_capture_rate"),
        coverage_rate=chosen.get("interval_coverage_rate"),
    )
