"""What customers say in the columns of another system: its own numbers, the values that count, the
company they are with, what they refused.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from idic.identify.importing.companies import BY_KEY
from idic.identify.importing.parties import TRAITS
from idic.identify.models import (
    Consent,
    ConsentStatus,
    Customer,
    Purpose,
    Relation,
    Source,
    SourceKind,
    SourceRecord,
)
from idic.identify.services.golden import (
    SAID_COLUMNS,
    choose,
    list_in_force,
    read_rules,
    said_of,
)
from idic.identify.services.sources import find_source
from idic.identify.survivorship import Said

from .formats import Format

_SLICE = 500
_SHOWN = ("full_name", "salutation", "email", "phone", "city", "country", "gender", "language")
_ADDRESS_KEYS = ("phone:", "email:", "anon:", "company-")


@dataclass(slots=True)
class _Known:
    """What is read of a slice of customers."""

    keys: dict[int, str] = field(default_factory=dict)
    traits: dict[int, dict[str, str]] = field(default_factory=dict)
    companies: dict[int, tuple[str, str]] = field(default_factory=dict)
    refused: set[tuple[int, str]] = field(default_factory=set)


def read_rows(
    *, customer_ids: Iterable[int], form: Format, is_family_first: bool
) -> Iterator[list[str]]:
    """Give a row a customer, in the order given; a format of companies has no persons, and the
    other way round, but the plain one has both.
    """
    source = find_source(name=form.system) if form.system else None
    ids = iter(customer_ids)
    while chunk := list(islice(ids, _SLICE)):
        people = Customer.objects.filter(is_staged=False).in_bulk(chunk)
        known = _read(chunk, form, source)
        for number in chunk:
            customer = people.get(number)
            if customer is None or form.is_companies not in (None, customer.is_company):
                continue
            values = _values(customer, known, form, is_family_first)
            yield [values.get(name, "") for _heading, name in form.columns]


def _read(customer_ids: Sequence[int], form: Format, source: Source | None) -> _Known:
    known = _Known()
    known.keys = _keys(customer_ids, source, is_own=not form.system)
    known.traits = _traits(customer_ids)
    if {"company", "company_key"} & form.fields:
        known.companies = _companies(customer_ids, source)
    if {"refusal_email", "refusal_sms"} & form.fields:
        known.refused = _refusals(customer_ids)
    return known


def _keys(customer_ids: Sequence[int], source: Source | None, *, is_own: bool) -> dict[int, str]:
    """Give the number each has in the system; in the plain format the oldest one anywhere."""
    records = SourceRecord.objects.filter(customer_id__in=customer_ids)
    if not is_own:
        records = records.filter(source=source)
    records = records.exclude(source__kind__in=[SourceKind.CRM, SourceKind.SDK])
    found: dict[int, str] = {}
    for owner, key in records.order_by("id").values_list("customer_id", "source_key"):
        if owner is not None and not key.startswith(_ADDRESS_KEYS):
            found.setdefault(owner, key.removeprefix(BY_KEY))
    return found


def _traits(customer_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    said: dict[int, list[Said]] = defaultdict(list)
    rows = list_in_force().filter(record__customer_id__in=customer_ids)
    for owner, *told in rows.values_list("record__customer_id", *SAID_COLUMNS):
        if owner is not None:
            said[owner].append(said_of(told))
    rules = read_rules()
    return {owner: choose(told, rules=rules) for owner, told in said.items()}


def _companies(customer_ids: Sequence[int], source: Source | None) -> dict[int, tuple[str, str]]:
    """Give the company each is a contact of now, with its number there."""
    rows = Relation.objects.filter(subject__customer_id__in=customer_ids, role="contact")
    found: dict[int, tuple[str, str]] = {}
    for owner, name, key, source_id in rows.order_by("id").values_list(
        "subject__customer_id", "object__display_name", "object__source_key", "object__source_id"
    ):
        is_theirs = source is not None and source_id == source.id and key.startswith(BY_KEY)
        if owner is not None:
            found[owner] = (name, key.removeprefix(BY_KEY) if is_theirs else "")
    return found


def _refusals(customer_ids: Sequence[int]) -> set[tuple[int, str]]:
    """Give who refused a channel by any record, on whichever address: the latest word of each
    counts.
    """
    rows = Consent.objects.filter(
        record__customer_id__in=customer_ids, purpose=Purpose.MARKETING
    ).order_by("given_at", "recorded_at", "id")
    latest = {
        (owner, record, channel, address): status
        for owner, record, channel, address, status in rows.values_list(
            "record__customer_id", "record_id", "channel", "address", "status"
        )
        if owner is not None
    }
    return {
        (owner, channel)
        for (owner, _record, channel, _address), status in latest.items()
        if status == ConsentStatus.DENIED
    }


def _values(
    customer: Customer, known: _Known, form: Format, is_family_first: bool
) -> dict[str, str]:
    traits = known.traits.get(customer.id, {})
    values: dict[str, str] = {name: traits.get(TRAITS.get(name, name), "") for name in form.fields}
    values |= {name: str(getattr(customer, name) or "") for name in _SHOWN}
    born = customer.birth_date
    values["city"] = traits.get("city", "") if traits.get("province") else customer.city
    values["birth_date"] = born.isoformat() if born else ""
    values["customer_key"] = known.keys.get(customer.id, "")
    if customer.is_company:
        values["company"], values["full_name"] = customer.full_name, ""
    elif customer.id in known.companies:
        name, key = known.companies[customer.id]
        values["company"], values["company_key"] = traits.get("company") or name, key
    if not customer.is_company:
        values |= _name_parts(customer, traits, form, is_family_first)
    yes, no = form.refused
    for channel in ("email", "sms"):
        values[f"refusal_{channel}"] = yes if (customer.id, channel) in known.refused else no
    return values


def _name_parts(
    customer: Customer, traits: Mapping[str, str], form: Format, is_family_first: bool
) -> dict[str, str]:
    """Give the name in two parts where the system has no whole one: as it came, else divided."""
    if "full_name" in form.fields:
        return {}
    given, family = traits.get("given_name", ""), traits.get("family_name", "")
    name = customer.full_name
    if _joined(given, family) == _plain(name) or _joined(family, given) == _plain(name):
        return {"given_name": given, "family_name": family}
    words: list[Any] = name.split()
    if len(words) < 2:
        return {"given_name": "", "family_name": name}
    if is_family_first:
        return {"given_name": " ".join(words[1:]), "family_name": words[0]}
    return {"given_name": " ".join(words[:-1]), "family_name": words[-1]}


def _joined(*parts: str) -> str:
    return _plain("".join(parts))


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
