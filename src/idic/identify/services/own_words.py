"""What customers say of themselves on their own page: their word is verified and wins over what
staff wrote before; what stood there is kept. Also what they allow, and what they ask for.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from idic.core.models import Staff
from idic.identify.models import (
    AskingWay,
    ConsentStatus,
    Customer,
    PrivacyRequest,
    Purpose,
    Question,
    RequestKind,
    SourceRecord,
    StateKind,
    Trait,
)
from idic.identify.permissions import list_addresses
from idic.identify.services.consent import record_consent
from idic.identify.services.crm import get_crm_record
from idic.identify.services.customers import (
    EDITABLE,
    ErasedBefore,
    WrongValue,
    edit_customer,
    tell_change,
)
from idic.identify.services.questions.asking import Asker, note_asking, settle
from idic.identify.services.states import clear_state, set_state
from idic.identify.services.trail import record_act
from idic.identify.wordings import OWN_PAGE

ACTOR = "customer"
FIELDS = ("full_name", "phone", "email", "city", "birth_date")
# The shortest of the laws the shop may stand under: done in 15 days in Vietnam and China, else 30.
_DAYS = {"VN": 15, "CN": 15}


def save_words(
    *,
    customer_id: int,
    values: Mapping[str, str],
    answers: Mapping[Question, str],
    country: str,
    now: datetime,
) -> int:
    """Take what somebody says of themselves, corrected or confirmed; give how many values changed.
    Raises WrongValue, and then changes nothing.
    """
    given = {field: value for field, value in values.items() if field in FIELDS}
    with transaction.atomic():
        try:
            edits = edit_customer(
                customer_id=customer_id, changes=given, actor=ACTOR, country=country, now=now
            )
        except ErasedBefore as wrong:
            # Whose it was is nobody's business.
            raise WrongValue(wrong.field, _("This cannot be taken here. Please tell us.")) from None
        customer = Customer.objects.get(id=customer_id)
        record = get_crm_record(customer_id=customer_id, now=now)
        for field in given:
            shown = getattr(customer, field)
            text = shown.isoformat() if hasattr(shown, "isoformat") else str(shown or "")
            if text or field in {edit.field for edit in edits}:
                _verify(record, EDITABLE[field], text, now)
        for question, value in answers.items():
            _answer(record, question, value, now)
        tell_change(customer_id=customer_id, actor=ACTOR, action="customer.confirmed", now=now)
    return len(edits)


def _answer(record: SourceRecord, question: Question, value: str, now: datetime) -> None:
    trait = _verify(record, question.trait, value, now)
    by = Asker(None, AskingWay.OWN_PAGE)
    asking = note_asking(question=question, record_id=record.id, by=by, is_repeat=False, now=now)
    settle(asking=asking, value=value, trait=trait, now=now)


def _verify(record: SourceRecord, name: str, value: str, now: datetime) -> Trait:
    """Let a value be the customer's own word: verified, and no pin of staff's stands over it."""
    told = Trait.objects.filter(record__customer_id=record.customer_id or 0, name=name)
    told.filter(is_pinned=True).update(is_pinned=False)
    mine = Trait.objects.filter(record=record, name=name, value=value).order_by("-id").first()
    if mine is None:
        return Trait.objects.create(
            record=record, name=name, value=value, observed_at=now, verified_at=now
        )
    # Two verified values: the one said last holds.
    Trait.objects.filter(id=mine.id).update(observed_at=now, verified_at=now)
    return mine


def allow(*, customer_id: int, channel: str, is_allowed: bool, now: datetime) -> int:
    """Allow or refuse offers on a channel, for every address of theirs there; give how many."""
    customer = Customer.objects.get(id=customer_id, merged_into=None)
    addresses = list_addresses(customer).get(channel, [])
    with transaction.atomic():
        for address in addresses:
            record_consent(
                customer_id=customer_id,
                address=address,
                channel=channel,
                purpose=Purpose.MARKETING,
                status=ConsentStatus.GRANTED if is_allowed else ConsentStatus.DENIED,
                proof="own page",
                wording_version=OWN_PAGE,
                now=now,
                is_own_word=True,
            )
        word = "granted" if is_allowed else "denied"
        record_act(customer_id=customer_id, action=f"consent.{word}", actor=ACTOR, now=now)
    return len(addresses)


def set_profiling(*, customer_id: int, is_allowed: bool, now: datetime) -> None:
    """Let proposals be worked out of what they do, or not."""
    with transaction.atomic():
        if is_allowed:
            clear_state(customer_id=customer_id, kind=StateKind.DO_NOT_PROFILE, now=now)
        else:
            set_state(customer_id=customer_id, kind=StateKind.DO_NOT_PROFILE, now=now)
        word = "allowed" if is_allowed else "refused"
        record_act(customer_id=customer_id, action=f"profiling.{word}", actor=ACTOR, now=now)


def ask_for(*, customer_id: int, kind: str, country: str, now: datetime) -> PrivacyRequest | None:
    """Note a wish with the day it must be done; asked again while open it stays the same one."""
    if kind not in RequestKind.values:
        return None
    due = now.date() + timedelta(days=_DAYS.get(country, 30))
    with transaction.atomic():
        request, is_new = PrivacyRequest.objects.get_or_create(
            customer_id=customer_id,
            kind=kind,
            done_at=None,
            defaults={"asked_at": now, "due_date": due},
        )
        if is_new:
            action = f"request.{kind}"
            record_act(customer_id=customer_id, action=action, actor=ACTOR, now=now)
    return request


def close_request(*, request_id: int, staff: Staff, now: datetime) -> bool:
    """Note that a wish was met; tell whether it was open."""
    with transaction.atomic():
        rows = PrivacyRequest.objects.select_for_update().filter(id=request_id, done_at=None)
        request = rows.first()
        if request is None:
            return False
        request.done_at, request.done_by_name = now, staff.display_name
        request.save(update_fields=["done_at", "done_by_name"])
        record_act(
            customer_id=request.customer_id, action="request.done", actor=staff.email, now=now
        )
    return True
