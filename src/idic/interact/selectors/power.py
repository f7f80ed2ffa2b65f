"""What a campaign could show: how often these people buy anyway, and the smallest rise each size
of control group would prove.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Avg, Count, ExpressionWrapper, F, FloatField, Q, Value
from django.db.models.functions import Exp

from idic.engine.effects import detectable_effect
from idic.interact.models import Campaign
from idic.interact.selectors.asking import Asking
from idic.interact.services.campaigns import CONTROL_RATES

# A message that makes half as many people again buy is a very good one: more is not to be expected.
_PLAUSIBLE_RISE = 0.5
_LEAST_IN_AN_ARM = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """One size of control group. `rise` None: not even a rise to everybody would show."""

    rate: Decimal
    held: int
    rise: float | None
    is_plausible: bool


@dataclass(frozen=True, slots=True)
class Power:
    """What the campaign could show. `base_rate` None: nothing is known of how often they buy.
    `proposed` None: not measurable, whatever the control group.
    """

    base_rate: float | None
    choices: tuple[Choice, ...]
    proposed: Decimal | None

    def rise_at(self, rate: Decimal) -> float | None:
        """Give the smallest rise a size of control group would prove."""
        return next((choice.rise for choice in self.choices if choice.rate == rate), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of a segment: what share of it would buy within the measuring days if left
    alone, how many are in it, how many of them are overdue.
    """

    base_rate: float | None
    chosen: int
    overdue: int


def read_segment(*, campaign: Campaign, as_of: date, asking: Asking) -> Reading:
    """Read the segment of a campaign; one query. Who would buy is told by the forecast of each
    customer, or else by how many bought in as many days before.
    """
    share = campaign.measure_days / 365
    chance = ExpressionWrapper(
        Value(1.0) - Exp(Value(-share) * F("expected_order_count")), output_field=FloatField()
    )
    since = as_of - timedelta(days=campaign.measure_days)
    read = asking.members.order_by().aggregate(
        forecast=Avg(chance, filter=Q(expected_order_count__isnull=False)),
        known=Count("customer", filter=Q(expected_order_count__isnull=False)),
        recent=Count("customer", filter=Q(last_order_date__gt=since)),
        overdue=Count("customer", filter=Q(is_overdue=True)),
        all=Count("customer"),
    )
    rate = read["recent"] / read["all"] if read["all"] and read["recent"] else None
    if read["known"] and read["forecast"] is not None:
        rate = float(read["forecast"])
    return Reading(None if rate is None else min(rate, 0.99), read["all"], read["overdue"])


def weigh_control_groups(*, reachable: int, base_rate: float | None) -> Power:
    """Give for each size of control group the smallest rise it would prove, and propose one."""
    choices = tuple(_choice(rate, reachable, base_rate) for rate in CONTROL_RATES)
    plausible = [choice.rate for choice in choices if choice.is_plausible]
    smallest, half = CONTROL_RATES[0], CONTROL_RATES[-1]
    proposed = smallest if smallest in plausible else half if half in plausible else None
    return Power(base_rate=base_rate, choices=choices, proposed=proposed)


def _choice(rate: Decimal, reachable: int, base_rate: float | None) -> Choice:
    held = round(reachable * float(rate))
    rise = None
    if base_rate is not None and min(held, reachable - held) >= _LEAST_IN_AN_ARM:
        rise = detectable_effect(base_rate=base_rate, treated=reachable - held, control=held)
    most = (base_rate or 0) * _PLAUSIBLE_RISE
    return Choice(rate=rate, held=held, rise=rise, is_plausible=rise is not None and rise <= most)
