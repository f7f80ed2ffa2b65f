"""What the rules look at, as columns beside a set of customers. The same expressions serve an
audience of a million and one person right before sending.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from idic.experiments.selectors import list_taken_customer_ids
from idic.identify.models import (
    Consent,
    ConsentBasis,
    ConsentStatus,
    Customer,
    CustomerState,
    Identifier,
    Order,
    SourceRecord,
    StateKind,
)
from idic.interact.content.proposals import list_sendable
from idic.interact.models import Message, MessageState, UnusableAddress

from .parameters import ADDRESS_FIELDS, ADDRESS_TYPES, PolicyParameters

# A family may share an address; what more customers than these have is nobody's own.
_SHARED_BY_FAMILY = 3
_UNKNOWN = ConsentStatus.UNKNOWN.value
_ON_THEIR_WAY = (MessageState.SENT, MessageState.IN_DOUBT, MessageState.SENDING)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of one customer for one channel at one moment."""

    customer_id: int
    address: str
    record_id: int | None
    is_gone: bool
    is_demo_on_live: bool
    is_do_not_contact: bool
    is_address_unusable: bool
    is_address_shared: bool
    consent: str
    has_open_case: bool
    is_do_not_offer: bool
    is_in_experiment: bool
    message_count: int
    has_large_order: bool
    lacks_content: bool


COLUMNS = tuple(name for name in Facts.__slots__ if name not in {"customer_id", "address"})


def with_facts(
    customers: QuerySet[Customer], *, parameters: PolicyParameters
) -> QuerySet[Customer]:
    """Add every fact as a column named `fact_…`, and the address as `fact_address`."""
    address = ADDRESS_FIELDS[parameters.channel]
    facts: dict[str, Combinable | Q] = {
        "address": F(address),
        "record_id": _record(parameters, address),
        "is_gone": Q(merged_into__isnull=False) | Q(is_staged=True),
        "is_demo_on_live": Q(is_demo=True) & Q(Value(parameters.is_live)),
        "is_do_not_contact": _has_state(StateKind.DO_NOT_CONTACT, parameters),
        "is_address_unusable": _is_unusable(parameters, address),
        "is_address_shared": _is_shared(parameters, address),
        "consent": _consent(parameters, address),
        "has_open_case": _has_state(StateKind.OPEN_CASE, parameters),
        "is_do_not_offer": _has_state(StateKind.DO_NOT_OFFER, parameters),
        "is_in_experiment": _is_in_experiment(parameters),
        "message_count": _message_count(parameters),
        "has_large_order": _has_large_order(parameters),
        "lacks_content": _lacks_content(parameters),
    }
    return customers.annotate(**{f"fact_{name}": fact for name, fact in facts.items()})


def list_facts(customers: QuerySet[Customer], *, parameters: PolicyParameters) -> list[Facts]:
    """Give the facts of each customer, by id."""
    columns = [f"fact_{name}" for name in ("address", *COLUMNS)]
    rows = with_facts(customers, parameters=parameters).order_by("id").values_list("id", *columns)
    return [Facts(*row) for row in rows]


def _record(parameters: PolicyParameters, address: str) -> Combinable:
    """The record the address came through: what happens with the message is noted there."""
    own = Identifier.objects.filter(
        record__customer=OuterRef("pk"),
        type=ADDRESS_TYPES[parameters.channel],
        value=OuterRef(address),
    ).order_by("record_id")
    any_record = SourceRecord.objects.filter(customer=OuterRef("pk")).order_by("id")
    return Coalesce(
        Subquery(own.values("record_id")[:1]),
        Subquery(any_record.values("id")[:1]),
        output_field=BigIntegerField(),
    )


def _has_state(kind: StateKind, parameters: PolicyParameters) -> Exists:
    return Exists(
        CustomerState.objects.filter(
            Q(until=None) | Q(until__gt=parameters.now),
            customer=OuterRef("pk"),
            kind=kind,
            since__lte=parameters.now,
        )
    )


def _is_unusable(parameters: PolicyParameters, address: str) -> Q:
    noted = Exists(
        UnusableAddress.objects.filter(channel=parameters.channel, address=OuterRef(address))
    )
    if parameters.channel != "email":
        return Q(noted)
    is_shaped = Q(**{f"{address}__contains": "@"}) & ~Q(**{f"{address}__contains": " "})
    return Q(noted) | ~is_shaped


def _is_shared(parameters: PolicyParameters, address: str) -> Q:
    """In a family the first one is written to; what many share is nobody's own address."""
    holders = Identifier.objects.filter(
        type=ADDRESS_TYPES[parameters.channel],
        value=OuterRef(address),
        record__customer__merged_into=None,
        record__customer__is_staged=False,
    )
    is_first_elsewhere = Exists(holders.filter(record__customer__lt=OuterRef("pk")))
    is_of_many = Exists(
        holders.order_by()
        .values("value")
        .annotate(holder_count=Count("record__customer", distinct=True))
        .filter(holder_count__gt=_SHARED_BY_FAMILY)
    )
    return ~Q(**{address: ""}) & (Q(is_first_elsewhere) | Q(is_of_many))


def _consent(parameters: PolicyParameters, address: str) -> Case:
    """The latest row of the address counts; a refusal on any record of the person wins. Consent
    without a known basis is no consent.
    """
    ledger = Consent.objects.filter(channel=parameters.channel, purpose=parameters.purpose)
    latest = ledger.filter(address=OuterRef(address)).order_by("-given_at", "-recorded_at", "-id")
    told = Case(
        When(status=ConsentStatus.GRANTED, basis=ConsentBasis.UNKNOWN, then=Value(_UNKNOWN)),
        default=F("status"),
        output_field=CharField(),
    )
    later = ledger.filter(
        Q(given_at__gt=OuterRef("given_at"))
        | Q(given_at=OuterRef("given_at"), recorded_at__gt=OuterRef("recorded_at"))
        | Q(
            given_at=OuterRef("given_at"),
            recorded_at=OuterRef("recorded_at"),
            id__gt=OuterRef("id"),
        ),
        address=OuterRef("address"),
        record__customer=OuterRef("record__customer"),
    )
    objections = ledger.filter(
        ~Exists(later), record__customer=OuterRef("pk"), status=ConsentStatus.DENIED
    )
    return Case(
        When(Exists(objections), then=Value(ConsentStatus.DENIED.value)),
        default=Coalesce(Subquery(latest.annotate(told=told).values("told")[:1]), Value(_UNKNOWN)),
        output_field=CharField(),
    )


def _is_in_experiment(parameters: PolicyParameters) -> Q:
    taken = list_taken_customer_ids(
        kind="campaign", now=parameters.now, except_experiment_id=parameters.experiment_id
    )
    return Q(Exists(taken.filter(customer_id=OuterRef("pk")))) | Q(
        _has_state(StateKind.EXPERIMENT_ONLY, parameters)
    )


def _message_count(parameters: PolicyParameters) -> Coalesce:
    states = [*_ON_THEIR_WAY]
    if not parameters.is_live:
        states.append(MessageState.PRACTICE)
    in_window = Q(sent_at__gt=parameters.messages_since) | Q(sent_at__isnull=True)
    counted = Q(state__in=states) & in_window
    if parameters.counts_waiting:
        counted |= Q(state=MessageState.QUEUED)
    messages = Message.objects.filter(counted, customer=OuterRef("pk"), purpose=parameters.purpose)
    if parameters.campaign_id is not None:
        messages = messages.exclude(campaign_id=parameters.campaign_id)
    return Coalesce(
        Subquery(
            messages.order_by().values("customer").annotate(n=Count("id")).values("n"),
            output_field=IntegerField(),
        ),
        0,
    )


def _has_large_order(parameters: PolicyParameters) -> Combinable | Q:
    if parameters.large_order_amount is None:
        return Value(False)
    return Exists(
        Order.objects.filter(
            record__customer=OuterRef("pk"),
            ordered_at__gte=parameters.orders_since,
            ordered_at__lt=parameters.orders_before,
            net_amount__gte=parameters.large_order_amount,
            currency=parameters.currency,
        )
    )


def _lacks_content(parameters: PolicyParameters) -> Combinable | Q:
    lacks = Q()
    for needed in parameters.needed:
        lacks |= _LACKS[needed]()
    return lacks if lacks else Value(False)


def _no_recommendation(*kinds: str) -> Q:
    found = list_sendable().filter(customer=OuterRef("pk"))
    return ~Q(Exists(found.filter(kind__in=kinds) if kinds else found))


_LACKS = {
    "product": lambda: _no_recommendation(),
    "buy_again": lambda: _no_recommendation("buy_again"),
    "new_product": lambda: _no_recommendation("discover", "popular"),
    "last_order": lambda: Q(summary__isnull=True) | Q(summary__last_order_date__isnull=True),
    "usual_gap": lambda: Q(summary__isnull=True) | Q(summary__usual_gap_days__isnull=True),
    "overdue": lambda: Q(summary__isnull=True) | ~Q(summary__overdue_days__gt=0),
}
NEEDS = frozenset(_LACKS)
