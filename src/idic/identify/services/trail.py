"""The line of the audit trail about one customer: who did what, and never a value. Every service of
Identify that acts on a single customer writes its line here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from idic.core import ids
from idic.core.services import audit


def record_act(
    *,
    customer_id: int,
    action: str,
    actor: str,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Append what somebody did with a customer, inside the caller's transaction."""
    audit.record(
        at=now,
        actor=actor,
        action=action,
        subject_type="customer",
        subject_id=ids.encode("customer", customer_id),
        detail=detail,
    )
