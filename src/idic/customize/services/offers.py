"""Creates, changes and ends offers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from idic.core.models import Staff
from idic.core.services import audit
from idic.customize.models import Offer


def save_offer(
    *,
    offer: Offer | None,
    name: str,
    kind: str,
    terms: str,
    discount_rate: Decimal | None,
    cost_amount: int,
    from_date: date | None,
    to_date: date | None,
    staff: Staff,
    now: datetime,
) -> Offer:
    """Create an offer, or change the one given."""
    target = offer or Offer(created_at=now)
    target.name, target.kind, target.terms = name, kind, terms
    target.discount_rate, target.cost_amount = discount_rate, cost_amount
    target.from_date, target.to_date = from_date, to_date
    with transaction.atomic():
        target.save()
        audit.record(
            at=now,
            actor=staff.email,
            action="offer.changed" if offer else "offer.created",
            subject_type="offer",
            subject_id=target.id,
            detail={"name": name},
        )
    return target


def set_active(*, offer: Offer, is_active: bool, staff: Staff, now: datetime) -> None:
    """End an offer, or let it run again."""
    with transaction.atomic():
        Offer.objects.filter(id=offer.id).update(is_active=is_active)
        audit.record(
            at=now,
            actor=staff.email,
            action="offer.resumed" if is_active else "offer.ended",
            subject_type="offer",
            subject_id=offer.id,
            detail={"name": offer.name},
        )
