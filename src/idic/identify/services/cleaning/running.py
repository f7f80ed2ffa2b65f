"""Looks and then measures: after an import at its people, on demand and at night at everybody."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from idic.core.selectors import get_as_of, get_business
from idic.identify.cleaning import Context
from idic.identify.models import ImportRun, ImportState
from idic.identify.services.imports.indexing import list_people

from .looking import Progress, look_at_all, look_at_some
from .measuring import measure


def get_context(*, today: date) -> Context:
    """Give what bare numbers and names mean here: those of the business's country."""
    business = get_business()
    return Context(country=business.country, language=business.language, today=today)


def clean_run(*, run_id: int, now: datetime, today: date) -> int:
    """Look at the people of a published import; give how many new proposals that made."""
    run = ImportRun.objects.filter(id=run_id, state=ImportState.PUBLISHED).first()
    if run is None:
        return 0
    context = get_context(today=today)
    made = look_at_some(customer_ids=sorted(list_people(run=run)), context=context, now=now)
    measure(as_of=get_as_of(get_business()), now=now)
    return made


def clean_all(*, now: datetime, today: date, progress: Progress | None = None) -> dict[str, Any]:
    """Look at everybody and measure; give the figures."""
    look_at_all(context=get_context(today=today), now=now, progress=progress)
    return measure(as_of=get_as_of(get_business()), now=now)
