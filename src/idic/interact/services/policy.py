"""Changes the contact rules, and keeps what a large order is in this shop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from idic.core.services import audit
from idic.identify.models import Order
from idic.interact.models import ContactPolicy
from idic.interact.selectors.policy import get_policy

_FEWEST_ORDERS = 20
_FRESH = timedelta(days=1)


class WrongPolicy(ValueError):
    """A rule that cannot be; `field` names it."""

    is_for_people = True

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True, slots=True)
class PolicyForm:
    """The rules as a person filled them in."""

    max_messages: int
    max_messages_days: int
    quiet_from_hour: int
    quiet_to_hour: int
    after_large_order_days: int
    large_order_amount: int | None
    block_open_case: bool
    advertising_label: str | None


def update_policy(*, form: PolicyForm, actor: str, now: datetime) -> ContactPolicy:
    """Store the rules. Raises WrongPolicy for one that cannot be."""
    _validate(form)
    values = {name: getattr(form, name) for name in PolicyForm.__slots__}
    with transaction.atomic():
        policy, _is_new = ContactPolicy.objects.update_or_create(id=1, defaults=values)
        audit.record(at=now, actor=actor, action="policy.changed", detail=values)
    return policy


def _validate(form: PolicyForm) -> None:
    if not 1 <= form.max_messages <= 100:
        raise WrongPolicy("max_messages", _("Allow between 1 and 100 messages."))
    for field in ("max_messages_days", "after_large_order_days"):
        if not 0 <= getattr(form, field) <= 365:
            raise WrongPolicy(field, _("Enter between 0 and 365 days."))
    for field in ("quiet_from_hour", "quiet_to_hour"):
        if not 0 <= getattr(form, field) <= 23:
            raise WrongPolicy(field, _("Enter an hour between 0 and 23."))
    if form.large_order_amount is not None and form.large_order_amount <= 0:
        raise WrongPolicy("large_order_amount", _("Enter an amount above zero, or nothing."))


def refresh_top_tenth(
    *, currency: str, now: datetime, policy: ContactPolicy | None = None
) -> ContactPolicy:
    """Compute from what amount an order belongs to the shop's largest tenth, at most once a day;
    give the rules with it.
    """
    policy = policy or get_policy()
    if policy.top_tenth_at is not None and now - policy.top_tenth_at < _FRESH:
        return policy
    policy.top_tenth_amount, policy.top_tenth_at = _top_tenth(currency), now
    ContactPolicy.objects.update_or_create(
        id=1, defaults={"top_tenth_amount": policy.top_tenth_amount, "top_tenth_at": now}
    )
    return policy


def _top_tenth(currency: str) -> int | None:
    orders = Order.objects.filter(currency=currency, is_return=False, net_amount__gt=0)
    count = orders.count()
    if count < _FEWEST_ORDERS:
        return None
    amounts = orders.order_by("-net_amount", "id").values_list("net_amount", flat=True)
    return int(amounts[count // 10])
