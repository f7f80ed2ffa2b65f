"""Writes accepted values and takes them back, in the caller's transaction: the trait beside the one
it was made from, the address that can now identify, and what the customer shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from idic.identify.cleaning import Problem
from idic.identify.models import (
    CleaningProposal,
    Consent,
    Customer,
    Identifier,
    IdentifierType,
    RemovalReason,
    Trait,
)
from idic.identify.services.consent import remove_consents
from idic.identify.services.crm import get_crm_record
from idic.identify.services.golden import read_column, show

from .reading import COLUMN_OF, UNREAD, Person, Value, read_people

_ADDRESSES = {"phone": IdentifierType.PHONE, "email": IdentifierType.EMAIL}
# The same subscriber by another spelling: what they allowed goes along. A corrected e-mail address
# may be somebody else's, so that permission for it is to be asked.
_SAME_NUMBER = frozenset({Problem.OLD_PREFIX, Problem.PHONE_WRITTEN})


@dataclass(slots=True)
class _Written:
    """What accepting one proposal made, and what the columns it changed showed before."""

    traits: list[int] = field(default_factory=list)
    identifiers: list[int] = field(default_factory=list)
    consents: list[int] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "traits": self.traits,
            "identifiers": self.identifiers,
            "consents": self.consents,
            "columns": self.columns,
            "shown": self.shown,
        }


@dataclass(frozen=True, slots=True)
class _Origin:
    """Where a value stood: the new one stands beside it, with its weight."""

    record_id: int
    observed_at: datetime
    verified_at: datetime | None = None
    is_pinned: bool = False
    import_run_id: int | None = None


@dataclass(slots=True)
class _Batch:
    """Rows of many proposals, written by one statement a table."""

    traits: list[Trait] = field(default_factory=list)
    identifiers: list[Identifier] = field(default_factory=list)
    consents: list[Consent] = field(default_factory=list)
    customers: dict[int, Customer] = field(default_factory=dict)


def put_right(*, proposals: Sequence[CleaningProposal], now: datetime) -> dict[int, dict[str, Any]]:
    """Let the values stand as proposed; give for each proposal what that wrote. Those whose value
    is no longer what it was when looked at are left out.
    """
    customer_ids = sorted({one.customer_id for one in proposals})
    list(Customer.objects.select_for_update().filter(id__in=customer_ids).order_by("id"))
    people = read_people(customer_ids=customer_ids)
    known = _known_addresses(customer_ids)
    allowed = _consents(customer_ids)
    batch, written = _Batch(), dict[int, dict[str, Any]]()
    for proposal in proposals:
        person = people.get(proposal.customer_id)
        value = _value_of(proposal, person) if person else None
        if person is None or value is None:
            continue
        made = _Written()
        _add(batch, made, proposal, person, value, now, known, allowed)
        written[proposal.id] = made.as_json()
    Trait.objects.bulk_create(batch.traits)
    Identifier.objects.bulk_create(batch.identifiers)
    Consent.objects.bulk_create(batch.consents)
    Customer.objects.bulk_update(
        batch.customers.values(),
        ["full_name", "salutation", "email", "phone", "city", "birth_date"],
    )
    return written


def _value_of(proposal: CleaningProposal, person: Person) -> Value | None:
    """Give the value a proposal is about, if it still stands there."""
    value = person.values.get(proposal.field)
    if proposal.reason == Problem.CITY_IN_ADDRESS:
        return person.values.get("address") if value is None else None
    if value is None:
        value = person.values.get(UNREAD + proposal.field)
    return value if value is not None and value.text[:500] == proposal.before else None


def _add(
    batch: _Batch,
    made: _Written,
    proposal: CleaningProposal,
    person: Person,
    value: Value,
    now: datetime,
    known: set[tuple[int, str, str]],
    allowed: Mapping[tuple[int, str], list[Consent]],
) -> None:
    origin = _origin_of(value)
    if origin is None:  # only the customer showed it: the CRM's own record says it now
        record = get_crm_record(customer_id=person.customer.id, now=now)
        plain = _Origin(record.id, person.customer.created_at)
        _trait(batch, made, proposal.field, proposal.before, plain, 1.0)
        origin = _Origin(record.id, now, is_pinned=True)
    _trait(batch, made, proposal.field, proposal.after, origin, proposal.confidence)
    _show(batch, made, person, proposal.field, proposal.after)
    for name, text in proposal.also.items():
        column = COLUMN_OF.get(name)
        if column and getattr(person.customer, column):
            continue  # somebody said it already
        _trait(batch, made, name, text, origin, proposal.confidence)
        _show(batch, made, person, name, text)
    if proposal.field in _ADDRESSES and proposal.after:
        _address(batch, made, proposal, origin, now, known)
        if proposal.reason in _SAME_NUMBER:
            for consent in allowed.get((person.customer.id, proposal.before), ()):
                _allow(batch, made, consent, proposal.after, now)


def _origin_of(value: Value) -> _Origin | None:
    if value.record_id is None or value.observed_at is None:
        return None
    return _Origin(
        value.record_id, value.observed_at, value.verified_at, value.is_pinned, value.import_run_id
    )


def _trait(
    batch: _Batch,
    made: _Written,
    name: str,
    text: str,
    origin: _Origin,
    confidence: float,
) -> None:
    trait = Trait(
        record_id=origin.record_id,
        name=name,
        value=text,
        observed_at=origin.observed_at,
        verified_at=origin.verified_at,
        confidence=confidence,
        is_pinned=origin.is_pinned,
        import_run_id=origin.import_run_id,  # undoing that import takes it along
    )
    batch.traits.append(trait)
    made.traits.append(trait.id)


def _show(batch: _Batch, made: _Written, person: Person, name: str, text: str) -> None:
    column = "city" if name == "province" else COLUMN_OF.get(name)
    customer = batch.customers.get(person.customer.id, person.customer)
    if not column or (name == "province" and person.text("city")):
        return
    made.columns[column], made.shown[column] = read_column(customer, column=column), text
    show(customer, column=column, text=text)
    batch.customers[customer.id] = customer


def _address(
    batch: _Batch,
    made: _Written,
    proposal: CleaningProposal,
    origin: _Origin,
    now: datetime,
    known: set[tuple[int, str, str]],
) -> None:
    kind = _ADDRESSES[proposal.field]
    if (origin.record_id, kind.value, proposal.after) in known:
        return
    known.add((origin.record_id, kind.value, proposal.after))
    identifier = Identifier(
        record_id=origin.record_id,
        type=kind,
        value=proposal.after[:254],
        as_given=proposal.before[:254],
        import_run_id=origin.import_run_id,
        created_at=now,
    )
    batch.identifiers.append(identifier)
    made.identifiers.append(identifier.id)


def _allow(batch: _Batch, made: _Written, said: Consent, address: str, now: datetime) -> None:
    consent = Consent(
        record_id=said.record_id,
        address=address,
        channel=said.channel,
        purpose=said.purpose,
        status=said.status,
        basis=said.basis,
        proof=said.proof,
        wording_version=said.wording_version,
        given_at=said.given_at,
        recorded_at=now,
        import_run_id=said.import_run_id,
    )
    batch.consents.append(consent)
    made.consents.append(consent.id)


def _known_addresses(customer_ids: Sequence[int]) -> set[tuple[int, str, str]]:
    rows = Identifier.everything.filter(record__customer_id__in=customer_ids)
    return set(rows.values_list("record_id", "type", "value"))


def _consents(customer_ids: Sequence[int]) -> Mapping[tuple[int, str], list[Consent]]:
    found: dict[tuple[int, str], list[Consent]] = defaultdict(list)
    rows = Consent.objects.filter(record__customer_id__in=customer_ids).select_related("record")
    for consent in rows.order_by("id"):
        if consent.record.customer_id is not None:
            found[consent.record.customer_id, consent.address].append(consent)
    return found


def put_back(*, proposals: Sequence[CleaningProposal], now: datetime) -> None:
    """Remove what accepting wrote and show what stood there, unless somebody changed it since."""
    Trait.everything.filter(id__in=_ids(proposals, "traits")).delete()
    Identifier.everything.filter(id__in=_ids(proposals, "identifiers")).delete()
    copied = Consent.everything.filter(id__in=_ids(proposals, "consents"))
    remove_consents(rows=copied, reason=RemovalReason.CLEANING_UNDONE, now=now)
    customer_ids = sorted({one.customer_id for one in proposals})
    customers = {
        one.id: one
        for one in Customer.objects.select_for_update().filter(id__in=customer_ids).order_by("id")
    }
    for proposal in reversed(proposals):
        customer = customers.get(proposal.customer_id)
        written = proposal.written
        for column, before in written.get("columns", {}).items():
            shown = written["shown"].get(column, "")
            if customer is not None and read_column(customer, column=column) == shown:
                show(customer, column=column, text=before)
    Customer.objects.bulk_update(
        customers.values(), ["full_name", "salutation", "email", "phone", "city", "birth_date"]
    )


def _ids(proposals: Sequence[CleaningProposal], kind: str) -> list[int]:
    return [number for one in proposals for number in one.written.get(kind, [])]
