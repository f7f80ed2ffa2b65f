"""What the rules look at: the facts of one customer, and where each comes from. Gathered for a few
customers by `people`, for a whole audience by `audience`; the two must agree, and a test holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db.models import Case, CharField, Count, F, Func, Q, QuerySet, Value, When, Window
from django.db.models.functions import Coalesce, FirstValue, RowNumber

from idic.experiments.models import Assignment
from idic.experiments.selectors import list_taken_customer_ids
from idic.identify.models import (
    Consent,
    ConsentBasis,
    ConsentStatus,
    CustomerState,
    Identifier,
    Order,
    StateKind,
)
from idic.interact.content.proposals import list_sendable
from idic.interact.models import Campaign, Message, MessageState, UnusableAddress

from .parameters import ADDRESS_TYPES, PolicyParameters

# A family may share an address; what more customers than these have is nobody's own.
SHARED_BY_FAMILY = 3
# Which state makes which fact.
STATES = {
    StateKind.DO_NOT_CONTACT: "is_do_not_contact",
    StateKind.OPEN_CASE: "has_open_case",
    StateKind.DO_NOT_OFFER: "is_do_not_offer",
    StateKind.EXPERIMENT_ONLY: "is_in_experiment",
}
_ON_THEIR_WAY = (MessageState.SENT, MessageState.IN_DOUBT, MessageState.SENDING)
# Needs met by a recommendation of these kinds; the others are met by the summary.
PRODUCT_NEEDS: dict[str, tuple[str, ...]] = {
    "product": ("buy_again", "discover", "popular"),
    "buy_again": ("buy_again",),
    "new_product": ("discover", "popular"),
}
# Needs met by the summary row, as a condition on it.
SUMMARY_NEEDS = {
    "last_order": Q(last_order_date__isnull=False),
    "usual_gap": Q(usual_gap_days__isnull=False),
    "overdue": Q(overdue_days__gt=0),
}

Rows: TypeAlias = QuerySet[Any, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true of one customer for one channel at one moment."""

    address: str = ""
    is_gone: bool = False
    is_demo_on_live: bool = False
    is_do_not_contact: bool = False
    is_address_unusable: bool = False
    is_address_shared: bool = False
    consent: str = "unknown"
    has_open_case: bool = False
    is_do_not_offer: bool = False
    is_in_experiment: bool = False
    message_count: int = 0
    has_large_order: bool = False
    lacks_content: bool = False


def is_shaped(address: str, *, channel: str) -> bool:
    """Tell whether an address can be one at all."""
    return channel != "email" or ("@" in address and " " not in address)


def list_states(parameters: PolicyParameters) -> QuerySet[CustomerState]:
    """Give the states in force that the rules heed."""
    return CustomerState.objects.filter(
        Q(until=None) | Q(until__gt=parameters.now), kind__in=STATES, since__lte=parameters.now
    )


def list_unusable(parameters: PolicyParameters) -> QuerySet[UnusableAddress]:
    """Give the addresses nothing may be sent to."""
    return UnusableAddress.objects.filter(channel=parameters.channel)


def list_consents(parameters: PolicyParameters) -> QuerySet[Consent]:
    """Give the ledger's rows about messages of this purpose on this channel."""
    return Consent.objects.filter(channel=parameters.channel, purpose=parameters.purpose)


def list_told(consents: QuerySet[Consent]) -> Rows:
    """Give the latest word of each address, as `value` and `told`. Consent without a known basis
    is no consent.
    """
    told = Case(
        When(
            status=ConsentStatus.GRANTED,
            basis=ConsentBasis.UNKNOWN,
            then=Value(ConsentStatus.UNKNOWN.value),
        ),
        default=F("status"),
        output_field=CharField(),
    )
    ranked = consents.annotate(told=told, place=_over(RowNumber(), "address"))
    return ranked.filter(place=1).values("told", value=F("address"))


def list_objecting(consents: QuerySet[Consent]) -> Rows:
    """Give who refused last by one of their records, on any address of it, as `who`: that wins,
    also for an address they no longer have. By record, so that joining two people never lets the
    word of one take back the refusal of the other.
    """
    last = _over(FirstValue("status"), "record_id", "address")
    told = consents.annotate(who=F("record__customer_id"), last=last)
    # A condition on the status itself would drop the rows that took a refusal back.
    return told.filter(last=ConsentStatus.DENIED).values("who").distinct()


def _over(function: Func, *keys: str) -> Window:
    return Window(
        function,
        partition_by=[F(key) for key in keys],
        order_by=[F("given_at").desc(), F("recorded_at").desc(), F("id").desc()],
    )


def list_holders(parameters: PolicyParameters) -> QuerySet[Identifier]:
    """Give the addresses as living customers' records hold them."""
    return Identifier.objects.filter(
        type=ADDRESS_TYPES[parameters.channel],
        record__customer__merged_into=None,
        record__customer__is_staged=False,
    )


def list_taken(parameters: PolicyParameters) -> QuerySet[Assignment, int]:
    """Give the customers of other experiments that run now. What was only practised holds nobody
    back from a message that really goes out.
    """
    taken = list_taken_customer_ids(
        kind="campaign", now=parameters.now, except_experiment_id=parameters.experiment_id
    )
    if not parameters.is_live:
        return taken
    practised = Campaign.objects.filter(is_live=False, experiment__isnull=False)
    return taken.exclude(experiment__in=practised.values("experiment"))


def count_messages(parameters: PolicyParameters, *, of: Sequence[int] | None = None) -> Rows:
    """Count the messages that count towards the limit of each customer (None: of all), as `who`
    and `message_count`. What went out under a number that leads to them now counts too.
    """
    states = [*_ON_THEIR_WAY] if parameters.is_live else [*_ON_THEIR_WAY, MessageState.PRACTICE]
    in_window = Q(sent_at__gt=parameters.messages_since) | Q(sent_at__isnull=True)
    counted = Q(state__in=states) & in_window
    if parameters.counts_waiting:
        counted |= Q(state=MessageState.QUEUED)
    messages = Message.objects.filter(counted, purpose=parameters.purpose)
    if parameters.campaign_id is not None:
        messages = messages.exclude(campaign_id=parameters.campaign_id)
    if of is not None:
        messages = messages.filter(Q(customer__in=of) | Q(customer__merged_into__in=of))
    who = Coalesce("customer__merged_into_id", "customer_id")
    return messages.order_by().values(who=who).annotate(message_count=Count("id"))


def list_large_orders(parameters: PolicyParameters) -> QuerySet[Order]:
    """Give the recent orders that ask for rest; none when the business has no such rule."""
    if parameters.large_order_amount is None:
        return Order.objects.none()
    return Order.objects.filter(
        ordered_at__gte=parameters.orders_since,
        ordered_at__lt=parameters.orders_before,
        net_amount__gte=parameters.large_order_amount,
        currency=parameters.currency,
    )


def list_proposed(need: str) -> Rows:
    """Give the recommendations that meet a need."""
    return list_sendable().filter(kind__in=PRODUCT_NEEDS[need])
