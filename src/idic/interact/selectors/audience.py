"""Reads about whom a campaign reaches: counts before the launch and after it, people behind a
reason, people to look at.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count

from idic.differentiate.models import CustomerSummary
from idic.identify.models import Customer
from idic.interact.models import AudienceMember, Campaign, Fate
from idic.interact.policy.audience import count_audience
from idic.interact.policy.evaluate import Verdict, count_reasons, judge
from idic.interact.policy.people import Person, read_people
from idic.interact.policy.rules import RULES
from idic.interact.selectors.asking import Asking, ask

_LOOKED_AT = 1_500


@dataclass(frozen=True, slots=True)
class Audience:
    """How many were chosen, how many can be written to, and how many each reason leaves out.
    `treated` and `control` are planned before the launch, counted after it.
    """

    selected: int
    treated: int
    control: int
    reasons: tuple[tuple[str, int], ...]

    @property
    def reachable(self) -> int:
        """Everybody no rule leaves out."""
        return self.treated + self.control

    @property
    def left_out(self) -> int:
        """Everybody some rule leaves out."""
        return self.selected - self.reachable


def preview_audience(
    *, campaign: Campaign, as_of: date, now: datetime, asking: Asking | None = None
) -> Audience:
    """Count whom the campaign would reach if it were launched now."""
    asking = asking or ask(campaign=campaign, as_of=as_of, now=now)
    count = count_audience if asking.are_many else count_reasons
    counts = count(asking.people, parameters=asking.parameters)
    reachable = counts.pop("", 0)
    control = round(reachable * float(campaign.control_rate))
    return Audience(
        selected=reachable + sum(counts.values()),
        treated=reachable - control,
        control=control,
        reasons=_ordered(counts),
    )


def count_frozen_audience(*, campaign: Campaign) -> Audience:
    """Count the audience as it was frozen at the launch."""
    rows = (
        AudienceMember.objects.filter(campaign=campaign)
        .order_by()
        .values_list("fate", "reason")
        .annotate(member_count=Count("id"))
    )
    fates = dict.fromkeys(Fate.values, 0)
    reasons: dict[str, int] = {}
    for fate, reason, count in rows:
        fates[fate] += count
        if fate == Fate.LEFT_OUT:
            reasons[reason] = count
    return Audience(
        selected=sum(fates.values()),
        treated=fates[Fate.TREATED],
        control=fates[Fate.CONTROL],
        reasons=_ordered(reasons),
    )


def _ordered(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """The largest first; the rules' own order where they are equal."""
    place = {rule.code: number for number, rule in enumerate(RULES)}
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], place.get(item[0], 99))))


def list_left_out(
    *, campaign: Campaign, reason: str, as_of: date, now: datetime, limit: int = 50
) -> list[CustomerSummary]:
    """Give people a reason leaves out: the frozen ones, or before the launch those found among
    the first of the segment.
    """
    if campaign.launched_at is not None:
        frozen = AudienceMember.objects.filter(
            campaign=campaign, fate=Fate.LEFT_OUT, reason=reason
        ).order_by("customer_id")
        chosen = list(frozen.values_list("customer_id", flat=True)[:limit])
    else:
        chosen = [
            verdict.customer_id
            for verdict in _first_verdicts(campaign, as_of=as_of, now=now)
            if verdict.reason == reason
        ][:limit]
    return _summaries(chosen)


def list_examples(*, asking: Asking, limit: int = 8) -> list[Person]:
    """Give a few people the campaign reaches, to look at their message; those worth most first."""
    people = asking.people
    if asking.are_many:
        best = asking.members.order_by("-worth_amount", "customer_id").values("customer_id")
        people = Customer.objects.filter(id__in=best[: limit * 25])
    ordered = people.order_by("-summary__worth_amount", "id")[: limit * 25]
    chosen = read_people(ordered, parameters=asking.parameters)
    verdicts = judge(chosen, parameters=asking.parameters)
    fine = {verdict.customer_id for verdict in verdicts if not verdict.reason}
    return [person for person in chosen if person.id in fine][:limit] or chosen[:limit]


def _first_verdicts(campaign: Campaign, *, as_of: date, now: datetime) -> list[Verdict]:
    asking = ask(campaign=campaign, as_of=as_of, now=now)
    first = read_people(asking.people.order_by("id")[:_LOOKED_AT], parameters=asking.parameters)
    return judge(first, parameters=asking.parameters)


def _summaries(customer_ids: list[int]) -> list[CustomerSummary]:
    found = CustomerSummary.objects.select_related("customer").in_bulk(customer_ids)
    return [found[number] for number in customer_ids if number in found]
