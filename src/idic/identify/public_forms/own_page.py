"""What somebody's own page shows: what we know in plain words and where it is from, what they
allow, what they asked for. Only reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from idic.core.templatetags import ui
from idic.identify.models import (
    AskedOf,
    ConsentStatus,
    Customer,
    ImportState,
    PendingConsent,
    PrivacyRequest,
    Purpose,
    Question,
    SourceKind,
    SourceRecord,
    StateKind,
)
from idic.identify.permissions import (
    Holding,
    list_addresses,
    list_asked,
    list_holdings,
    list_said,
)
from idic.identify.questions.memory import Known, find_known, list_questions
from idic.identify.questions.wording import list_choices, say_label
from idic.identify.services.customers import EDITABLE
from idic.identify.services.golden import read_column
from idic.identify.services.own_words import FIELDS
from idic.identify.services.sources import shown_source
from idic.identify.services.states import states_at
from idic.identify.wordings import read_texts

from .showing import say_channel

_INPUTS = {"phone": "tel", "email": "email"}
_NEW_QUESTIONS = 3
_ZALO_LAND = "VN"


@dataclass(frozen=True, slots=True)
class Value:
    """One thing we know or would like to know, with where it is from."""

    name: str
    label: str
    kind: str
    input_type: str
    value: str
    choices: list[tuple[str, str]]
    origin: str
    is_verified: bool
    question: Question | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether offers may come by a channel."""

    channel: str
    label: str
    status: str
    since: datetime | None
    text: str = ""  # what they agreed to, as they read it
    asked_at: datetime | None = None  # ticked on a form, and the mail not answered yet


@dataclass(frozen=True, slots=True)
class OwnPage:
    """The page."""

    name: str
    values: list[Value]
    permissions: list[Permission]
    is_profiled: bool
    requests: list[PrivacyRequest]
    sources: str
    orders: int
    since: datetime | None


def read_own_page(
    *, customer: Customer, country: str, now: datetime, given: Mapping[str, str] | None = None
) -> OwnPage:
    """Read the page; `given` is what was typed and could not be taken."""
    unfit = AskedOf.PERSON if customer.is_company else AskedOf.COMPANY
    questions = list(list_questions().exclude(asked_of=unfit))
    known = find_known(customer=customer, questions=questions)
    names, bought, since = _where_from(customer)
    states = states_at(now).filter(customer=customer, kind=StateKind.DO_NOT_PROFILE)
    asked = PrivacyRequest.objects.filter(customer=customer, done_at=None)
    return OwnPage(
        name=customer.full_name,
        values=[
            *_fields(customer, known, given or {}),
            *_questions(questions, known, given or {}),
        ],
        permissions=_permissions(customer, country, now),
        is_profiled=not states.exists(),
        requests=list(asked.order_by("asked_at")),
        sources=ui.listed(names),
        orders=bought,
        since=since,
    )


def _where_from(customer: Customer) -> tuple[list[str], int, datetime | None]:
    """Give the sources that know somebody, their orders, and since when; one query."""
    counts = Q(orders__import_run=None) | Q(orders__import_run__state=ImportState.PUBLISHED)
    records = SourceRecord.objects.filter(customer=customer).exclude(source__kind=SourceKind.CRM)
    records = records.order_by()
    rows = (
        records.values("source__name")
        .annotate(
            bought=Count("orders", filter=counts), since=Min("orders__ordered_at", filter=counts)
        )
        .values_list("source__name", "bought", "since")
    )
    names = sorted({shown_source(name) for name, _bought, _since in rows})
    firsts = [since for _name, _bought, since in rows if since]
    return names, sum(bought for _name, bought, _since in rows), min(firsts, default=None)


def _fields(
    customer: Customer, known: Mapping[str, Known], given: Mapping[str, str]
) -> list[Value]:
    labels = {
        "full_name": pgettext("person", "Name"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "city": _("City"),
        "birth_date": _("Birth date"),
    }
    return [
        Value(
            name=field,
            label=labels[field],
            kind="date" if field == "birth_date" else "text",
            input_type=_INPUTS.get(field, "text"),
            value=given.get(field, read_column(customer, column=field)),
            choices=[],
            origin=_origin(known.get(EDITABLE[field])),
            is_verified=_is_verified(
                known.get(EDITABLE[field]), read_column(customer, column=field)
            ),
        )
        for field in FIELDS
        if not (customer.is_company and field == "birth_date")
    ]


def _questions(
    questions: Iterable[Question], known: Mapping[str, Known], given: Mapping[str, str]
) -> list[Value]:
    """Give the answers we have, and a few questions that are open."""
    own = [one for one in questions if one.trait not in EDITABLE.values()]
    answered = [one for one in own if one.trait in known]
    fresh = [one for one in own if one.trait not in known][:_NEW_QUESTIONS]
    return [_question(one, known.get(one.trait), given) for one in [*answered, *fresh]]


def _question(one: Question, known: Known | None, given: Mapping[str, str]) -> Value:
    language = get_language() or "en"
    return Value(
        name=f"q{one.id}",
        label=say_label(one, language=language),
        kind=one.kind,
        input_type=_INPUTS.get(one.kind, "text"),
        value=given.get(f"q{one.id}", known.value if known else ""),
        choices=list_choices(one, language=language),
        origin=_origin(known),
        is_verified=bool(known and known.is_verified),
        question=one,
    )


def _origin(known: Known | None) -> str:
    if known is None:
        return ""
    source = known.source if known.source != "IDIC" else _("noted by our staff")
    if known.is_verified:
        source = _("confirmed by you")
    return ui.clauses([part for part in (source, ui.day(known.since)) if part])


def _is_verified(known: Known | None, shown: str) -> bool:
    return bool(known and known.is_verified and known.value == shown)


def _permissions(customer: Customer, country: str, now: datetime) -> list[Permission]:
    addresses = list_addresses(customer)
    holdings = list_holdings(list_said(customer, addresses), addresses)
    is_open = any(
        (one.channel, one.purpose) == ("email", Purpose.MARKETING)
        and one.status != ConsentStatus.GRANTED
        for one in holdings
    )
    asked = list_asked(addresses, now=now) if is_open else {}
    granted = [one.said for one in holdings if one.said and one.status == ConsentStatus.GRANTED]
    texts = read_texts(said=granted)
    return [
        _permission(one, texts, asked.get((one.channel, one.purpose)))
        for one in holdings
        if one.purpose == Purpose.MARKETING
        and addresses.get(one.channel)
        and (one.channel != "zalo" or country == _ZALO_LAND or one.status != ConsentStatus.UNKNOWN)
    ]


def _permission(
    one: Holding, texts: Mapping[int, str], pending: PendingConsent | None
) -> Permission:
    is_open = pending is not None and one.status != ConsentStatus.GRANTED
    return Permission(
        one.channel,
        say_channel(one.channel),
        one.status,
        one.said.given_at if one.said else None,
        texts.get(one.said.id, "") if one.said else "",
        pending.asked_at if pending and is_open else None,
    )
