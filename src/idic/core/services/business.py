"""Changes the business's own settings, each with its entry in the trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction

from idic.core.models import Business
from idic.core.selectors import forget_business
from idic.core.services import audit


def set_as_of(*, day: date | None, actor: str, now: datetime) -> None:
    """Look at the business as of a day from now on; None means today."""
    _set(name="as_of_date", value=day, actor=actor, now=now)


def set_currency(*, currency: str, actor: str, now: datetime) -> None:
    """Count in another currency. Meant for a business that has no orders yet."""
    _set(name="currency", value=currency, actor=actor, now=now)


def change_business(*, changes: Mapping[str, Any], actor: str, now: datetime) -> tuple[str, ...]:
    """Set several of the company's settings at once and give the names of those that changed."""
    with transaction.atomic():
        business = Business.objects.select_for_update().filter(id=1).first()
        business = business or Business(id=1, name="IDIC")
        changed = tuple(n for n, value in changes.items() if getattr(business, n) != value)
        for name in changed:
            setattr(business, name, changes[name])
        if changed:
            business.save()
            forget_business()
            audit.record(
                at=now,
                actor=actor,
                action="business.changed",
                subject_type="business",
                subject_id=1,
                detail={name: str(changes[name] or "") for name in changed},
            )
    return changed


def _set(*, name: str, value: date | str | None, actor: str, now: datetime) -> None:
    with transaction.atomic():
        business = Business.objects.select_for_update().filter(id=1).first()
        if business is None or getattr(business, name) == value:
            return
        setattr(business, name, value)
        business.save(update_fields=[name])
        forget_business()
        audit.record(
            at=now,
            actor=actor,
            action="business.changed",
            subject_type="business",
            subject_id=1,
            detail={name: value.isoformat() if isinstance(value, date) else value},
        )
