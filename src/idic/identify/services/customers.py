"""Customers made and corrected by hand. An edit is a pinned trait on the CRM record: it wins over
what sources say, keeps its place in the history, and can be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from idic.core.jobs import publish
from idic.identify.events import CustomersChanged
from idic.identify.importing.values.contacts import parse_email, parse_phone
from idic.identify.models import (
    ConsentStatus,
    Customer,
    Identifier,
    IdentifierType,
    Purpose,
    SourceRecord,
    Trait,
)
from idic.identify.services.cleaning.looking import forget_open
from idic.identify.services.consent import record_consent
from idic.identify.services.crm import get_crm_record
from idic.identify.services.golden import list_in_force, read_column, read_rules, said_by, show
from idic.identify.services.search_index import reindex
from idic.identify.services.tombstones import find_tombstones, lift_tombstones
from idic.identify.services.trail import record_act

# Column of the customer → name of the trait it is computed from.
EDITABLE = {
    "full_name": "name",
    "salutation": "salutation",
    "phone": "phone",
    "email": "email",
    "city": "city",
    "birth_date": "birth_date",
}
_IDENTIFIERS = {"phone": IdentifierType.PHONE, "email": IdentifierType.EMAIL}
_CHANNELS = {"phone": "sms", "email": "email"}
_OLDEST = date(1880, 1, 1)


class WrongValue(ValueError):
    """Raised when a value cannot be taken; `field` names it, the text says why in plain words."""

    is_for_people = True

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class ErasedBefore(WrongValue):
    """Raised for a phone or mail address of somebody who was erased and has not come back."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One field changed; `trait_id` undoes it."""

    field: str
    trait_id: int


def create_customer(
    *,
    values: Mapping[str, str],
    actor: str,
    country: str,
    now: datetime,
    came_back: str = "",
) -> Customer:
    """Create a customer by hand, from at least a name, a phone or a mail address. `came_back` is
    the proof that somebody who was erased has agreed to being stored since.

    Raises WrongValue, and ErasedBefore for an erased person without such a proof.
    """
    cleaned = _clean_all(values, country=country, now=now)
    if not any(cleaned.get(field) for field in ("full_name", "phone", "email")):
        raise WrongValue("full_name", _("Give a name, a phone or an e-mail address."))
    erased = _find_erased(cleaned)
    if erased and not came_back.strip():
        raise ErasedBefore(min(erased), _came_back_needed())
    with transaction.atomic():
        customer = Customer.objects.create(created_at=now)
        record = get_crm_record(customer_id=customer.id, now=now)
        for field, value in cleaned.items():
            if value:
                _pin(record, field, value, now)
                show(customer, column=field, text=value)
        customer.save()
        SourceRecord.objects.filter(id=record.id).update(display_name=customer.full_name)
        if erased:
            _welcome(record, {field: cleaned[field] for field in erased}, came_back, now)
        _tell(customer.id, actor, "customer.created", {}, now)
    return customer


def _find_erased(cleaned: Mapping[str, str]) -> set[str]:
    """Give the fields whose value is an erased person's."""
    names = {(kind.value, cleaned.get(field, "")): field for field, kind in _IDENTIFIERS.items()}
    found = find_tombstones(names=[name for name in names if name[1]])
    return {names[name] for name in found}


def _came_back_needed() -> str:
    return _(
        "This person was erased at their own wish. Only they themselves can come back: "
        "write down how they agreed to being stored again."
    )


def _welcome(record: SourceRecord, addresses: Mapping[str, str], proof: str, now: datetime) -> None:
    """Let somebody in again, with their word in the ledger."""
    for field, address in addresses.items():
        record_consent(
            address=address,
            channel=_CHANNELS[field],
            status=ConsentStatus.GRANTED,
            purpose=Purpose.SERVICE,
            proof=proof.strip(),
            record_id=record.id,
            now=now,
        )
    names = [(_IDENTIFIERS[field].value, address) for field, address in addresses.items()]
    lift_tombstones(names=names, consented_at=now, now=now)


def edit_customer(
    *, customer_id: int, changes: Mapping[str, str], actor: str, country: str, now: datetime
) -> list[Edit]:
    """Set fields to what a member of staff typed and give what really changed.

    Raises WrongValue for a value that cannot be one, and then changes nothing.
    """
    cleaned = _clean_all(changes, country=country, now=now)
    if erased := _find_erased(cleaned):
        text = _("This belongs to somebody who was erased. It can only come back with them.")
        raise ErasedBefore(min(erased), text)
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(id=customer_id, merged_into=None)
        edits = []
        for field, value in cleaned.items():
            if value == read_column(customer, column=field):
                continue
            record = get_crm_record(customer_id=customer_id, now=now)
            _keep_previous(customer, field, record)
            edits.append(Edit(field, _pin(record, field, value, now).id))
            show(customer, column=field, text=value)
        if edits:
            customer.save()
            forget_open(customer_id=customer_id, fields=[EDITABLE[edit.field] for edit in edits])
            detail = {edit.field: edit.trait_id for edit in edits}
            _tell(customer_id, actor, "customer.edited", {"traits": detail}, now)
    return edits


def confirm_value(
    *, customer_id: int, field: str, value: str, actor: str, country: str, now: datetime
) -> None:
    """Pin a value as the right one, also where it is shown already: of values pinned before that
    contradict each other, this one holds.
    """
    (text,) = _clean_all({field: value}, country=country, now=now).values()
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(id=customer_id, merged_into=None)
        record = get_crm_record(customer_id=customer_id, now=now)
        _keep_previous(customer, field, record)
        trait = _pin(record, field, text, now)
        show(customer, column=field, text=text)
        customer.save()
        forget_open(customer_id=customer_id, fields=[EDITABLE[field]])
        _tell(customer_id, actor, "customer.confirmed", {"traits": {field: trait.id}}, now)


def undo_edit(*, customer_id: int, trait_id: int, actor: str, now: datetime) -> bool:
    """Take an edit back; False when the field was edited again since, or the edit is gone."""
    with transaction.atomic():
        customer = Customer.objects.select_for_update().get(id=customer_id)
        edit = Trait.objects.filter(
            id=trait_id, is_pinned=True, record__customer_id=customer_id
        ).first()
        field = next((f for f, name in EDITABLE.items() if edit and name == edit.name), None)
        if edit is None or field is None or _winner(customer_id, edit.name) != edit:
            return False
        edit.delete()
        if field in _IDENTIFIERS:
            _forget_identifier(edit, _IDENTIFIERS[field])
        before = _winner(customer_id, edit.name)
        show(customer, column=field, text=before.value if before else "")
        customer.save()
        _tell(customer_id, actor, "customer.edit_undone", {"traits": {field: trait_id}}, now)
    return True


def _winner(customer_id: int, name: str) -> Trait | None:
    """Give the trait that counts, by the same order as the golden record."""
    traits = list_in_force().filter(record__customer_id=customer_id, name=name)
    rules = read_rules()
    return max(
        traits.select_related("record__source"),
        key=lambda trait: rules.weigh(said_by(trait)),
        default=None,
    )


def _keep_previous(customer: Customer, field: str, record: SourceRecord) -> None:
    """Keep the value that stood there when no source's trait tells of it, or undo finds nothing."""
    value, name = read_column(customer, column=field), EDITABLE[field]
    is_known = Trait.objects.filter(
        record__customer_id=customer.id, name=name, value=value
    ).exists()
    if value and not is_known:
        Trait.objects.create(record=record, name=name, value=value, observed_at=customer.created_at)


def _pin(record: SourceRecord, field: str, value: str, now: datetime) -> Trait:
    if value and field in _IDENTIFIERS:
        Identifier.objects.get_or_create(
            record=record,
            type=_IDENTIFIERS[field],
            value=value,
            defaults={"as_given": value, "created_at": now},
        )
    return Trait.objects.create(
        record=record, name=EDITABLE[field], value=value, observed_at=now, is_pinned=True
    )


def _forget_identifier(edit: Trait, kind: IdentifierType) -> None:
    is_kept = Trait.objects.filter(record=edit.record, name=edit.name, value=edit.value).exists()
    if not is_kept:
        Identifier.objects.filter(record=edit.record, type=kind, value=edit.value).delete()


def tell_change(*, customer_id: int, actor: str, action: str, now: datetime) -> None:
    """Do what follows from a change that another service made."""
    _tell(customer_id, actor, action, {}, now)


def _tell(customer_id: int, actor: str, action: str, detail: dict[str, Any], now: datetime) -> None:
    """Do what follows from a change: the search, the rooms above, the trail (no values)."""
    reindex(customer_ids=[customer_id])
    publish(event=CustomersChanged(customer_ids=(customer_id,)))
    record_act(customer_id=customer_id, action=action, actor=actor, now=now, detail=detail)


def _clean_all(values: Mapping[str, str], *, country: str, now: datetime) -> dict[str, str]:
    unknown = set(values) - set(EDITABLE)
    if unknown:
        raise WrongValue(min(unknown), _("This field cannot be edited here."))
    return {
        field: _CLEANERS.get(field, _clean_text)(field, " ".join(value.split()), country, now)
        for field, value in values.items()
    }


def _clean_text(field: str, value: str, country: str, now: datetime) -> str:
    longest: int = getattr(Customer._meta.get_field(field), "max_length", 0)
    if len(value) > longest:
        raise WrongValue(field, _("Use at most %(count)d characters.") % {"count": longest})
    if any(ord(c) < 32 for c in value):
        raise WrongValue(field, _("This holds characters that cannot be shown."))
    return value


def _clean_phone(field: str, value: str, country: str, now: datetime) -> str:
    if not value:
        return ""
    phone = parse_phone(value, country=country)
    if phone is None:
        raise WrongValue(field, _("This is no phone number. Write it as you would dial it."))
    if phone.is_placeholder:
        raise WrongValue(field, _("This number belongs to nobody. Leave the field empty instead."))
    return phone.value


def _clean_email(field: str, value: str, country: str, now: datetime) -> str:
    if not value:
        return ""
    email = parse_email(value)
    if email is None:
        raise WrongValue(field, _("This is no e-mail address. One looks like ten@tiem.vn."))
    if email.is_placeholder:
        raise WrongValue(field, _("This address belongs to nobody. Leave the field empty instead."))
    return email.value


def _clean_birth_date(field: str, value: str, country: str, now: datetime) -> str:
    if not value:
        return ""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise WrongValue(field, _("Write the date as year-month-day.")) from None
    if not _OLDEST <= day <= now.date():
        raise WrongValue(field, _("Nobody alive was born on that day."))
    return day.isoformat()


_CLEANERS: dict[str, Callable[[str, str, str, datetime], str]] = {
    "phone": _clean_phone,
    "email": _clean_email,
    "birth_date": _clean_birth_date,
}
