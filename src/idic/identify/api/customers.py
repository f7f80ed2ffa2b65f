"""Operations on customers: find, read, create, edit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from idic.core import clock, ids
from idic.core.rest import CustomerId, LongNumber, Problem, Schema, Text, key_of, needs
from idic.core.selectors import get_business
from idic.identify.finding import Wanted, find_customers
from idic.identify.golden_values import Known, Shown, Value, get_known
from idic.identify.importing.values.contacts import parse_email, parse_phone
from idic.identify.living import get_living_id
from idic.identify.models import Customer, IdentifierType
from idic.identify.services import customers as services

router = Router(tags=["Customers"])
MOST = 200


class CustomerOut(Schema):
    """A customer as lists show one: the values in force."""

    id: CustomerId
    full_name: str
    salutation: str
    phone: str
    email: str
    city: str
    country: str
    gender: str
    birth_date: date | None
    language: str
    is_company: bool
    lifecycle_stage: str
    is_demo: bool
    created_at: datetime


class CustomerPage(Schema):
    """Customers in the order they came in, the newest first; `next` leads to the following ones."""

    items: list[CustomerOut]
    next: str | None = Field(description="Send it as `after` for the next page; null: the last.")


class ValueOut(Schema):
    """A value somebody gave, with who and when."""

    value: str
    source: str
    record: LongNumber
    observed_at: datetime
    verified_at: datetime | None
    is_pinned: bool = Field(description="Written by staff or by a key; it wins over sources.")


class GoldenOut(Schema):
    """A shown value, who said so, and who said something else."""

    value: str
    winner: ValueOut | None
    losers: list[ValueOut]


class IdentifierOut(Schema):
    """Something a customer is recognised by."""

    type: str
    value: str


class RecordOut(Schema):
    """The customer as one source knows them."""

    id: LongNumber
    source: str
    source_key: str
    kind: str
    created_at: datetime
    identifiers: list[IdentifierOut]


class CustomerDetail(CustomerOut):
    """A customer with everything behind the values shown."""

    golden: dict[str, GoldenOut]
    records: list[RecordOut]
    merged_ids: list[CustomerId] = Field(description="Ids that lead here since a merge.")


class CustomerIn(Schema):
    """Values of a customer. A field left out stays; an empty text empties it."""

    full_name: Text | None = None
    salutation: Text | None = None
    phone: Text | None = None
    email: Text | None = None
    city: Text | None = None
    birth_date: Text | None = Field(None, description="Year-month-day, such as 1990-05-21.")


class CustomerNew(CustomerIn):
    """Values of a new customer."""

    came_back: Text = Field(
        "", description="Proof that somebody who was erased agreed to being stored since."
    )


class CustomerSearch(Schema):
    """How customers are looked for. Give `search`, or an identifier, or neither."""

    search: Text = Field("", description="As typed into the search box: a name, digits, a mail.")
    identifier: Text = Field("", description="A phone, an e-mail, a card … exactly.")
    type: IdentifierType | None = Field(None, description="What kind of identifier it is.")
    after: CustomerId | None = Field(None, description="`next` of the page before.")
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50


@router.get("/customers", response=CustomerPage, auth=needs("customers.read"))
def find(request: HttpRequest, asked: Query[CustomerSearch]) -> dict[str, Any]:
    """Find customers: by search, by an identifier, or all of them, page by page."""
    if asked.search and asked.identifier:
        raise Problem.wrong_field("search", _("Give a search or an identifier, not both."))
    wanted = Wanted(
        search=asked.search,
        identifier=_normalised(asked.identifier, asked.type),
        type=asked.type.value if asked.type else "",
        after=asked.after,
    )
    rows = find_customers(wanted=wanted, limit=asked.limit + 1)
    shown = rows[: asked.limit]
    has_more = len(rows) > asked.limit and not asked.search
    return {
        "items": [_plain(row) for row in shown],
        "next": ids.encode("customer", shown[-1].id) if has_more else None,
    }


def _normalised(identifier: str, kind: IdentifierType | None) -> str:
    """Write an identifier as it is stored: phones for dialling, e-mails in small letters."""
    if kind == IdentifierType.PHONE:
        phone = parse_phone(identifier, country=get_business().country)
        return phone.value if phone else identifier
    if kind == IdentifierType.EMAIL:
        email = parse_email(identifier)
        return email.value if email else identifier
    return identifier


@router.get("/customers/{customer}", response=CustomerDetail, auth=needs("customers.read"))
def read(request: HttpRequest, customer: CustomerId) -> dict[str, Any]:
    """Read one customer: each value with who said it and who said otherwise, the records behind it,
    the ids that lead to it. An id that was joined with another is answered with the one living on.
    """
    return _detail(customer)


@router.post("/customers", response={201: CustomerDetail}, auth=needs("customers.edit"))
def create(request: HttpRequest, values: CustomerNew, response: HttpResponse) -> Any:
    """Create a customer from at least a name, a phone or an e-mail address."""
    given = _given(values)
    came_back = given.pop("came_back", "") or ""
    made = services.create_customer(
        values={name: value or "" for name, value in given.items()},
        came_back=came_back,
        actor=key_of(request).actor,
        country=get_business().country,
        now=clock.now(),
    )
    response.headers["Location"] = f"/api/v1/customers/{ids.encode('customer', made.id)}"
    return 201, _detail(made.id)


@router.patch("/customers/{customer}", response=CustomerDetail, auth=needs("customers.edit"))
def edit(request: HttpRequest, customer: CustomerId, values: CustomerIn) -> dict[str, Any]:
    """Change values. They are pinned, as an edit on the customer's page: they win over sources."""
    living = get_living_id(customer_id=customer)
    if not Customer.objects.filter(id=living, is_staged=False).exists():
        raise Problem.not_found()
    services.edit_customer(
        customer_id=living,
        changes={name: value or "" for name, value in _given(values).items()},
        actor=key_of(request).actor,
        country=get_business().country,
        now=clock.now(),
    )
    return _detail(living)


def _given(values: CustomerIn) -> dict[str, str | None]:
    return values.dict(exclude_unset=True)


def _detail(customer_id: int) -> dict[str, Any]:
    known = get_known(customer_id=customer_id)
    if known is None:
        raise Problem.not_found()
    return _plain(known.customer) | {
        "golden": {shown.column: _golden(shown) for shown in known.columns},
        "records": _records(known),
        "merged_ids": list(known.led_here),
    }


def _plain(row: Customer) -> dict[str, Any]:
    return {name: getattr(row, name) for name in CustomerOut.model_fields}


def _golden(shown: Shown) -> dict[str, Any]:
    return {
        "value": shown.value,
        "winner": _value(shown.winner) if shown.winner else None,
        "losers": [_value(one) for one in shown.losers],
    }


def _value(one: Value) -> dict[str, Any]:
    return {
        "value": one.value,
        "source": one.source,
        "record": one.record_id,
        "observed_at": one.observed_at,
        "verified_at": one.verified_at,
        "is_pinned": one.is_pinned,
    }


def _records(known: Known) -> list[dict[str, Any]]:
    return [
        {
            "id": one.row.id,
            "source": one.row.source.name,
            "source_key": one.row.source_key,
            "kind": one.row.kind,
            "created_at": one.row.created_at,
            "identifiers": [{"type": kind, "value": value} for kind, value in one.identifiers],
        }
        for one in known.records
    ]
