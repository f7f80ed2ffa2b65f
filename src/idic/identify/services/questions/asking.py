"""Notes that somebody was asked, and what they answered. What staff hear is an edit of theirs; what
a person says themselves over a link of their own counts as verified.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from idic.core.models import Staff
from idic.identify.models import (
    Asking,
    AskingState,
    AskingWay,
    Customer,
    Question,
    Trait,
)
from idic.identify.questions.memory import find_repeat
from idic.identify.services.crm import get_crm_record
from idic.identify.services.customers import EDITABLE, edit_customer, tell_change, undo_edit
from idic.identify.services.golden import list_in_force

_FIELDS = {trait: field for field, trait in EDITABLE.items()}


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: a person with their department, or nobody where a page does."""

    staff: Staff | None
    way: AskingWay
    place: str = ""  # of a page: the form's name

    @property
    def name(self) -> str:
        """How they are named to colleagues."""
        return self.staff.display_name if self.staff else self.place

    @property
    def department(self) -> str:
        """The role they ask in."""
        return self.staff.role if self.staff else ""


def ask(
    *,
    question: Question,
    customer: Customer,
    by: Asker,
    now: datetime,
    record_id: int | None = None,
) -> Asking:
    """Note that a question was put to somebody. One that was known already is counted as a
    repeat; nothing keeps anybody from asking it.
    """
    with transaction.atomic():
        is_repeat = find_repeat(question=question, customer=customer, now=now) is not None
        if record_id is None:
            record_id = get_crm_record(customer_id=customer.id, now=now).id
        return note_asking(
            question=question, record_id=record_id, by=by, is_repeat=is_repeat, now=now
        )


def note_asking(
    *, question: Question, record_id: int, by: Asker, is_repeat: bool, now: datetime
) -> Asking:
    """Write down an asking of which is known whether it was a repeat."""
    return Asking.objects.create(
        question=question,
        record_id=record_id,
        asked_by=by.staff,
        asked_by_name=by.name[:160],
        department=by.department,
        way=by.way,
        asked_at=now,
        is_repeat=is_repeat,
    )


def note_told(
    *, question: Question, record_id: int, value: str, by: Asker, now: datetime
) -> Asking:
    """Note that something nobody knew was asked, and what that source heard; without a `value`
    nobody has answered.
    """
    with transaction.atomic():
        asking = note_asking(
            question=question, record_id=record_id, by=by, is_repeat=False, now=now
        )
        if not value:
            return asking
        trait = Trait.objects.create(
            record_id=record_id, name=question.trait, value=value, observed_at=now
        )
        return settle(asking=asking, value=value, trait=trait, now=now)


def note_answer(
    *, question: Question, customer: Customer, value: str, staff: Staff, country: str, now: datetime
) -> Asking:
    """Note in one go that a member of staff asked and what they heard. `value` is as
    `read_answer` gives it.
    """
    with transaction.atomic():
        by = Asker(staff, AskingWay.STAFF)
        asking = ask(question=question, customer=customer, by=by, now=now)
        field = _FIELDS.get(question.trait)
        if field is not None:
            edit_customer(
                customer_id=customer.id,
                changes={field: value},
                actor=staff.email,
                country=country,
                now=now,
            )
            trait = _latest(asking.record_id, question.trait, value)
        else:
            trait = None
        if trait is None:
            trait = Trait.objects.create(
                record_id=asking.record_id,
                name=question.trait,
                value=value,
                observed_at=now,
                is_pinned=True,
            )
            tell_change(
                customer_id=customer.id, actor=staff.email, action="question.answered", now=now
            )
        return settle(asking=asking, value=value, trait=trait, now=now)


def settle(*, asking: Asking, value: str, trait: Trait | None, now: datetime) -> Asking:
    """Note what came of an asking, and until when the answer holds."""
    days = asking.question.holds_for_days
    asking.state, asking.answer, asking.answered_at = AskingState.ANSWERED, value, now
    asking.trait_id = trait.id if trait else None
    asking.holds_until = None if days is None else now + timedelta(days=days)
    asking.save()
    return asking


def decline(*, question: Question, customer: Customer, staff: Staff, now: datetime) -> Asking:
    """Note that somebody would rather not say: they are left alone for half a year."""
    with transaction.atomic():
        by = Asker(staff, AskingWay.STAFF)
        asking = ask(question=question, customer=customer, by=by, now=now)
        asking.state, asking.answered_at = AskingState.DECLINED, now
        asking.save()
    return asking


def take_back(*, asking_id: int, customer_id: int, staff: Staff, now: datetime) -> bool:
    """Take one's own asking back with the value it wrote; tell whether it was there. A column of
    the customer's stands as it did before, unless it was edited again since.
    """
    with transaction.atomic():
        rows = Asking.objects.filter(record__customer_id=customer_id).select_related("question")
        asking = rows.filter(id=asking_id, asked_by=staff).first()
        if asking is None:
            return False
        trait_id = asking.trait_id
        if trait_id and asking.question.trait in _FIELDS:
            undo_edit(customer_id=customer_id, trait_id=trait_id, actor=staff.email, now=now)
        elif trait_id:
            Trait.objects.filter(id=trait_id).delete()
        asking.delete()
    return True


def _latest(record_id: int, name: str, value: str) -> Trait | None:
    rows = list_in_force().filter(record_id=record_id, name=name, value=value, is_pinned=True)
    return rows.order_by("-id").first()
