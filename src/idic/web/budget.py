"""What a budget for winning people back would bring: the choices of a page read as numbers, put to
the curve of what is open, and drawn. Who may be won back is `differentiate.selectors.budget`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from idic.core import charts, formatting
from idic.core.money import to_minor
from idic.differentiate.selectors import budget as selectors
from idic.engine import budget
from idic.engine.budget import Curve, Lift, Outcome
from idic.identify.importing.values.numbers import parse_amount

# The slider's steps; each is a share of the points of the curve, which lie denser at its start.
STEPS = 100
# Without a price of a contact more always pays, and at too high a one none does: then so many
# people are shown first.
_FIRST_PEOPLE = 20
_ASSUMED_RATE = 0.05
_MOST_COST = Decimal(10**12)

CHANNELS: Mapping[str, str | Promise] = {
    "": gettext_lazy("Any way, a call too"),
    "email": gettext_lazy("E-mail"),
    "sms": gettext_lazy("SMS"),
    "zalo": gettext_lazy("Zalo"),
}
ASSUMED_RATES = (0.02, 0.05, 0.1)


@dataclass(frozen=True)
class Choices:
    """What somebody chose. `step` is None while nobody has moved the slider; `cost` is minor units
    a contact, `keep` the share of an amount that stays once the goods are paid.
    """

    channel: str
    cost: int
    keep: float
    rate: float | None  # how much a contact is assumed to help; None: as measured
    step: int | None


@dataclass(frozen=True)
class Plan:
    """One budget: how many people, what it costs and brings, and where it stops paying."""

    choices: Choices
    lift: Lift
    curve: Curve
    outcome: Outcome
    best_people: int
    step: int

    @property
    def people(self) -> int:
        """How many are contacted."""
        return self.outcome.people

    @property
    def cost(self) -> int:
        """What it takes, in minor units."""
        return round(self.outcome.cost)

    @property
    def gain(self) -> int:
        """What it is expected to bring once the goods are paid, in minor units."""
        return round(self.outcome.gain * self.choices.keep)

    @property
    def low(self) -> int:
        """Below this it stays once in ten times."""
        return round(self.outcome.low * self.choices.keep)

    @property
    def high(self) -> int:
        """Above this it comes once in ten times."""
        return round(self.outcome.high * self.choices.keep)


def read_choices(values: Mapping[str, str], *, mark: str, currency: str) -> Choices:
    """Read the page's controls; what cannot be read counts as not chosen."""
    channel = values.get("channel", "")
    cost = parse_amount(values.get("cost", ""), mark=mark)
    is_cost = cost is not None and 0 <= cost <= _MOST_COST
    keep = _whole(values.get("keep", ""), low=1, high=100)
    step = _whole(values.get("step", ""), low=0, high=STEPS)
    rate = _whole(values.get("helps", ""), low=1, high=40)
    return Choices(
        channel=channel if channel in CHANNELS else "",
        cost=to_minor(cost, currency=currency) if is_cost and cost is not None else 0,
        keep=(keep or 100) / 100,
        rate=rate / 100 if rate else None,
        step=step,
    )


def _whole(text: str, *, low: int, high: int) -> int | None:
    text = text.strip().removesuffix("%").strip()
    is_number = text.isascii() and text.isdecimal() and len(text) <= 6
    return int(text) if is_number and low <= int(text) <= high else None


def make_plan(choices: Choices, *, measured: Lift | None) -> Plan | None:
    """Work a budget out; None while nobody is overdue. One query."""
    curve = selectors.find_curve(choices.channel)
    if curve is None or not curve.most:
        return None
    lift = budget.assume(choices.rate or _ASSUMED_RATE)
    if choices.rate is None and measured is not None:
        lift = measured
    best = budget.best(curve, lift, cost=choices.cost, keep=choices.keep)
    step = choices.step
    if step is None:
        step = step_of(curve, best if choices.cost and best else min(curve.most, _FIRST_PEOPLE))
    people = curve.people[round(step / STEPS * (len(curve.people) - 1))]
    outcome = budget.predict(curve, lift, people=people, cost=choices.cost)
    return Plan(choices, lift, curve, outcome, best, step)


def step_of(curve: Curve, people: int) -> int:
    """Give the slider's step that comes nearest to so many people."""
    places = range(STEPS + 1)
    last = len(curve.people) - 1
    return min(places, key=lambda step: abs(curve.people[round(step / STEPS * last)] - people))


def draw(plan: Plan, *, currency: str) -> SafeString:
    """Draw what the first so many contacts bring and cost."""
    language = get_language() or "en"
    most = plan.curve.most
    shown = sorted({round(most * share / 20) for share in range(21)})
    outcomes = [
        budget.predict(plan.curve, plan.lift, people=people, cost=plan.choices.cost)
        for people in shown
    ]
    series = [charts.Line(_("Brings"), [one.gain * plan.choices.keep for one in outcomes])]
    if plan.choices.cost:
        series.append(charts.Line(_("Costs"), [one.cost for one in outcomes], kind="c"))
    return charts.lines(
        title=_title(plan, language=language),
        series=series,
        periods=[formatting.number(people, language=language) for people in shown],
        write=lambda value: formatting.amount_short(
            round(value), currency=currency, language=language
        ),
        name=_("People contacted"),
        is_broad=True,
    )


def _title(plan: Plan, *, language: str) -> str:
    most = formatting.number(plan.curve.most, language=language)
    if not plan.choices.cost:
        return _("What contacting the best so many of %(people)s brings") % {"people": most}
    if not plan.best_people:
        return _("At this price no contact pays")
    if plan.best_people == plan.curve.most:
        return _("It pays to contact all %(people)s") % {"people": most}
    words = {"best": formatting.number(plan.best_people, language=language), "people": most}
    return _("It pays up to %(best)s of %(people)s people") % words
