"""Opens and closes cases. While a complaint is open, its customer gets no offers: that is told to
the rooms below as a state, in the same transaction.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from idic.core.models import Staff
from idic.core.services import audit
from idic.identify.models import StateKind
from idic.identify.services.states import clear_state, set_state
from idic.interact.models import Case, CaseKind

_LONGEST = 4_000


class WrongCase(ValueError):
    """A case that cannot be opened; the text says why."""

    is_for_people = True


def open_case(
    *,
    customer_id: int,
    text: str,
    now: datetime,
    kind: str = CaseKind.COMPLAINT,
    owner: Staff | None = None,
    due_at: datetime | None = None,
    actor: str = "system:cases",
) -> Case:
    """Open a case. Raises WrongCase without a word of what happened."""
    told = text.replace("\x00", "").strip()
    if not told:
        raise WrongCase(_("Write what happened."))
    if kind not in CaseKind.values:
        raise WrongCase(_("Choose what it is."))
    with transaction.atomic():
        case = Case.objects.create(
            customer_id=customer_id,
            kind=kind,
            text=told[:_LONGEST],
            owner=owner,
            due_at=due_at,
            opened_at=now,
        )
        if kind == CaseKind.COMPLAINT:
            set_state(
                customer_id=customer_id,
                kind=StateKind.OPEN_CASE,
                now=now,
                reference=_reference(case),
            )
        _audit(case, "case.opened", actor, now)
    return case


def close_case(*, case: Case, outcome: str, now: datetime, actor: str = "system:cases") -> bool:
    """Close a case with how it ended; False when it was closed already."""
    with transaction.atomic():
        open_cases = Case.objects.filter(id=case.id, closed_at=None)
        if not open_cases.update(closed_at=now, outcome=outcome.strip()[:300]):
            return False
        clear_state(
            customer_id=case.customer_id,
            kind=StateKind.OPEN_CASE,
            now=now,
            reference=_reference(case),
        )
        _audit(case, "case.closed", actor, now)
    case.refresh_from_db()
    return True


def reopen_case(*, case: Case, now: datetime, actor: str = "system:cases") -> bool:
    """Take back that a case is closed; False when it is open."""
    with transaction.atomic():
        closed = Case.objects.filter(id=case.id).exclude(closed_at=None)
        if not closed.update(closed_at=None, outcome=""):
            return False
        if case.kind == CaseKind.COMPLAINT:
            set_state(
                customer_id=case.customer_id,
                kind=StateKind.OPEN_CASE,
                now=now,
                reference=_reference(case),
            )
        _audit(case, "case.reopened", actor, now)
    case.refresh_from_db()
    return True


def _reference(case: Case) -> str:
    return f"case:{case.id}"


def _audit(case: Case, action: str, actor: str, now: datetime) -> None:
    audit.record(at=now, actor=actor, action=action, subject_type="case", subject_id=case.id)
