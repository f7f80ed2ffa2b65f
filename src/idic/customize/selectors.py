"""Reads of Customize: a customer's list with its reasons, and the next best action."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from idic.core.models import Staff
from idic.core.text import fold
from idic.customize.actions import CustomerFacts
from idic.customize.models import Offer, Product, Recommendation
from idic.differentiate.models import CustomerSummary, TreatmentPlan
from idic.identify.models import Customer, CustomerState, StateKind


@dataclass(frozen=True)
class Proposal:
    """A product proposed to a customer, with what its reason is made of. `because` names the
    product it goes with.
    """

    product: Product
    kind: str
    times_bought: int
    last_bought_date: date | None
    usual_gap_days: int | None
    because: str
    support: int
    lift: float | None


# Where a page of products begins: revenue and id of the last one seen.
_PLACE = re.compile(r"(-?[0-9]{1,19})_([0-9]{1,19})")


def list_proposals(customer_ids: Iterable[int], *, limit: int = 3) -> dict[int, list[Proposal]]:
    """Give each customer's best proposals: those to buy again before those new to them. What was
    switched off or sold out since the lists were made is gone at once, and the next one moves up.
    """
    other_id = Cast(KT("reason__because_product_id"), BigIntegerField())
    other = Product.objects.filter(id=OuterRef("other_id"))
    rows = (
        _open_recommendations()
        .filter(customer_id__in=list(customer_ids))
        .select_related("product")
        .annotate(other_id=other_id, because=Subquery(other.values("name")))
        .order_by("customer_id", "kind", "rank", "id")
    )
    found: dict[int, list[Proposal]] = {}
    for row in rows:
        mine = found.setdefault(row.customer_id, [])
        if len(mine) < limit:
            mine.append(_proposal(row, row.because))
    return found


def _open_recommendations() -> QuerySet[Recommendation]:
    return Recommendation.objects.filter(
        ~refuses_profiling(), product__is_sellable=True, product__is_available=True
    )


def refuses_profiling() -> Exists:
    """Tell of rows with a customer whether they want no proposals from what they bought."""
    return Exists(
        CustomerState.objects.filter(
            customer_id=OuterRef("customer_id"), kind=StateKind.DO_NOT_PROFILE, until=None
        )
    )


def _proposal(row: Recommendation, because: str | None) -> Proposal:
    reason: dict[str, Any] = row.reason
    last = reason.get("last_bought_date")
    gap = reason.get("usual_gap_days")
    return Proposal(
        product=row.product,
        kind=row.kind,
        times_bought=int(reason.get("times_bought") or 0),
        last_bought_date=date.fromisoformat(last) if last else None,
        usual_gap_days=round(gap) if gap is not None else None,
        because=because or "",
        support=int(reason.get("support") or 0),
        lift=reason.get("lift"),
    )


def has_running_offer(*, as_of: date, tier: str = "") -> bool:
    """Tell whether any offer can be accepted on a day by somebody of a tier: one that costs no more
    than the tier's plan allows.
    """
    return _running_offers(as_of, TreatmentPlan.objects.filter(tier=tier)).exists()


@dataclass(frozen=True)
class Terms:
    """How somebody's tier is to be treated, and whether an offer runs that it may have. The plan is
    not for saving: its owner holds a name alone.
    """

    has_offer: bool
    plan: TreatmentPlan | None = None


_PLAN = ("channel", "answer_hours", "offer_limit_amount", "note")


def find_terms(*, customer_id: int, as_of: date) -> Terms:
    """Give the plan of a customer's tier and whether an offer runs within it. One query."""
    plans = TreatmentPlan.objects.filter(tier=OuterRef("tier")).exclude(tier="")
    here = TreatmentPlan.objects.filter(tier=OuterRef(OuterRef("tier")))
    row = (
        CustomerSummary.objects.filter(pk=customer_id)
        .annotate(
            has_offer=Exists(_running_offers(as_of, here)),
            has_plan=Exists(plans),
            plan_owner=Subquery(plans.values("owner__display_name")[:1]),
            **{f"plan_{name}": Subquery(plans.values(name)[:1]) for name in _PLAN},
        )
        .values_list("has_offer", "has_plan", "plan_owner", *(f"plan_{name}" for name in _PLAN))
        .first()
    )
    if row is None:
        return Terms(has_running_offer(as_of=as_of))
    has_offer, has_plan, owner, *values = row
    if not has_plan:
        return Terms(has_offer)
    plan = TreatmentPlan(**dict(zip(_PLAN, values, strict=True)))
    plan.owner = Staff(display_name=owner) if owner else None
    return Terms(has_offer, plan)


def _running_offers(as_of: date, plans: QuerySet[TreatmentPlan]) -> QuerySet[Offer]:
    """Give the offers that run on a day and cost no more than any of the plans allows."""
    limit = plans.filter(offer_limit_amount__isnull=False)
    most = Subquery(limit.values("offer_limit_amount")[:1])
    return (
        Offer.objects.filter(is_active=True)
        .filter(Q(cost_amount__lte=most) | ~Exists(limit))
        .filter(Q(from_date=None) | Q(from_date__lte=as_of))
        .filter(Q(to_date=None) | Q(to_date__gt=as_of))
    )


def facts_of(
    *,
    customer: Customer,
    summary: CustomerSummary,
    states: set[str],
    recommendation_count: int,
    has_offer: bool,
    as_of: date,
    now: datetime,
) -> CustomerFacts:
    """Gather what a decision may use from the rows already read."""
    contact = summary.last_contact_at
    return CustomerFacts(
        as_of=as_of,
        order_count=summary.order_count,
        first_order_date=summary.first_order_date,
        last_order_date=summary.last_order_date,
        expected_amount=summary.expected_amount or 0,
        churn_risk=summary.churn_risk or 0.0,
        is_overdue=summary.is_overdue,
        overdue_days=summary.overdue_days or 0,
        usual_gap_days=summary.usual_gap_days,
        has_phone=bool(customer.phone),
        has_email=bool(customer.email),
        email_reach=summary.email_reach,
        has_open_case=StateKind.OPEN_CASE in states,
        is_do_not_contact=StateKind.DO_NOT_CONTACT in states,
        last_contact_days=(now - contact).days if contact else None,
        recommendation_count=recommendation_count,
        has_offer=has_offer,
    )


@dataclass(frozen=True)
class ProductPage:
    """One page of the catalogue and where the next one begins."""

    products: list[Product]
    next_after: str
    product_count: int
    sellable_count: int


def list_products(*, text: str, after: str, limit: int) -> ProductPage:
    """Give products by revenue, the strongest first, from the place `after` on (keyset). A text
    finds names whatever their case and marks: ca hoi → Cá hồi.
    """
    found = Product.objects.all()
    if text:
        found = found.filter(Q(name_key__contains=fold(text)) | Q(code__iexact=text))
    chosen = found
    if place := _PLACE.fullmatch(after):
        amount, number = int(place[1]), int(place[2])
        here = Q(net_amount=amount, id__gt=number)
        chosen = found.filter(Q(net_amount__lt=amount) | here)
    rows = list(chosen.order_by("-net_amount", "id")[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return ProductPage(
        products=rows[:limit],
        next_after=f"{last.net_amount}_{last.id}" if last else "",
        product_count=found.count(),
        sellable_count=found.filter(is_sellable=True, is_available=True).count(),
    )


@dataclass(frozen=True)
class OfferLine:
    """An offer and whether it runs on the day looked at."""

    offer: Offer
    is_running: bool
    is_coming: bool


def list_offers(*, as_of: date) -> list[OfferLine]:
    """Give every offer: running, coming, ended."""
    lines = [_offer_line(offer, as_of) for offer in Offer.objects.order_by("-created_at", "-id")]
    return sorted(lines, key=lambda line: (not line.is_running, not line.is_coming))


def _offer_line(offer: Offer, as_of: date) -> OfferLine:
    is_coming = offer.is_active and offer.from_date is not None and offer.from_date > as_of
    is_over = offer.to_date is not None and offer.to_date <= as_of
    return OfferLine(
        offer=offer,
        is_running=offer.is_active and not is_coming and not is_over,
        is_coming=is_coming,
    )
