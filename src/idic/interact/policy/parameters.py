"""What the rules are asked with: the channel, the moment, the business's own numbers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from idic.core.models import Business
from idic.identify.models import IdentifierType
from idic.interact.models import ContactPolicy

ADDRESS_TYPES = {
    "email": IdentifierType.EMAIL,
    "sms": IdentifierType.PHONE,
    "zalo": IdentifierType.PHONE,
}
ADDRESS_FIELDS = {"email": "email", "sms": "phone", "zalo": "phone"}


@dataclass(frozen=True, slots=True)
class PolicyParameters:
    """Everything the rules need beside the customer. `large_order_amount` None: no such rule.
    `counts_waiting`: messages still waiting count towards the limit, as they do when an audience
    is chosen. `needed`: what the message needs to know of a person, one of each
    group (`content.rendering.list_needed`).
    """

    channel: str
    purpose: str
    now: dt.datetime
    orders_before: dt.datetime
    is_live: bool
    max_messages: int
    max_messages_days: int
    after_large_order_days: int
    large_order_amount: int | None
    block_open_case: bool
    currency: str
    campaign_id: int | None = None
    experiment_id: int | None = None
    counts_waiting: bool = True
    needed: tuple[tuple[str, ...], ...] = ()

    @property
    def asked_of_person(self) -> list[str]:
        """Give everything the message may need to know, each once."""
        return list(dict.fromkeys(need for group in self.needed for need in group))

    @property
    def messages_since(self) -> dt.datetime:
        """Give the moment from which messages count."""
        return self.now - dt.timedelta(days=self.max_messages_days)

    @property
    def orders_since(self) -> dt.datetime:
        """Give the moment from which an order is recent."""
        return self.orders_before - dt.timedelta(days=self.after_large_order_days + 1)


def build_parameters(
    *,
    policy: ContactPolicy,
    business: Business,
    channel: str,
    purpose: str,
    now: dt.datetime,
    as_of: dt.date,
    is_live: bool,
    campaign_id: int | None = None,
    experiment_id: int | None = None,
    counts_waiting: bool = True,
    needed: tuple[tuple[str, ...], ...] = (),
) -> PolicyParameters:
    """Put the business's rules, the day looked at and the campaign together."""
    return PolicyParameters(
        channel=channel,
        purpose=purpose,
        now=now,
        orders_before=start_of_next_day(as_of, time_zone=business.time_zone),
        is_live=is_live,
        max_messages=policy.max_messages,
        max_messages_days=policy.max_messages_days,
        after_large_order_days=policy.after_large_order_days,
        large_order_amount=policy.large_order_amount or policy.top_tenth_amount,
        block_open_case=policy.block_open_case,
        currency=business.currency,
        campaign_id=campaign_id,
        experiment_id=experiment_id,
        counts_waiting=counts_waiting,
        needed=needed,
    )


def start_of_next_day(day: dt.date, *, time_zone: str) -> dt.datetime:
    """Give the moment a day ends where the shop is."""
    morning = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), ZoneInfo(time_zone))
    return morning.astimezone(dt.UTC)
