"""Changes the business's own settings, each with its entry in the trail."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from idic.core.models import Business
from idic.core.services import audit


def set_as_of(*, day: date | None, actor: str, now: datetime) -> None:
    """Look at the business as of a day from now on; None means today."""
    _set(name="as_of_date", value=day, actor=actor, now=now)


def set_currency(*, currency: str, actor: str, now: datetime) -> None:
    """Count in another currency. Meant for a business that has no orders yet."""
    _set(name="currency", value=currency, actor=actor, now=now)


def _set(*, name: str, value: date | str | None, actor: str, now: datetime) -> None:
    with transaction.atomic():
        business = Business.objects.select_for_update().filter(id=1).first()
        if business is None or getattr(business, name) == value:
            return
        setattr(business, name, value)
        business.save(update_fields=[name])
        audit.record(
            at=now,
            actor=actor,
            action="business.changed",
            subject_type="business",
            subject_id=1,
            detail={name: value.isoformat() if isinstance(value, date) else value},
        )
