"""Puts the parts of the portrait together."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from idic.core.models import Business
from idic.differentiate.models import CustomerSummary, TreatmentPlan
from idic.differentiate.selectors import find_next_tier, say_next, tier_reason
from idic.identify.models import Customer, IdentifierType
from idic.identify.names import is_number, number_of, shown_name
from idic.web.listing.cells import draw_tier
from idic.web.people import shown_phone, zalo_url
from idic.web.portrait.action import Action, draw_action
from idic.web.portrait.lines import Line, draw_needs, draw_wants, draw_who
from idic.web.portrait.permissions import ChannelLine, draw_permissions
from idic.web.portrait.upcoming import Upcoming, draw_upcoming
from idic.web.portrait.worth import Worth, draw_worth
from idic.web.selectors.customer import Advice, Facts
from idic.web.selectors.value_method import Method


@dataclass(frozen=True)
class Portrait:
    """Everything the page says about somebody but the timeline."""

    name: str
    plain_name: str
    phone: str
    tier: SafeString | str
    tier_reason: str
    next_tier: str
    plan: TreatmentPlan | None
    number: str
    action: Action | None
    who: list[Line]
    needs: list[Line]
    wants: list[Line]
    worth: Worth | None
    upcoming: Upcoming | None
    permissions: list[ChannelLine]
    identifiers: list[tuple[str, str, str]]
    facts: Facts
    zalo_url: str
    confirmed_on: datetime | None = None  # when they last said themselves that it is right
    known_from: list[str] = field(default_factory=list)  # every source that tells of them


def draw_portrait(
    *,
    customer: Customer,
    summary: CustomerSummary | None,
    facts: Facts,
    advice: Advice,
    method: Method | None,
    business: Business,
    as_of: date,
) -> Portrait:
    """Draw a customer from what was read."""
    number = _number(facts)
    return Portrait(
        name=shown_name(
            full_name=customer.full_name, salutation=customer.salutation, number=number
        ),
        plain_name=shown_name(full_name=customer.full_name, number=number),
        phone=shown_phone(customer.phone, country=business.country) if customer.phone else "",
        tier=_tier(summary),
        tier_reason=tier_reason(summary, currency=business.currency) if summary else "",
        next_tier=_say_next(summary, business.currency),
        plan=advice.plan,
        number=number,
        action=draw_action(advice.action, customer, summary, facts, business, as_of),
        who=draw_who(customer, summary, facts, as_of),
        needs=draw_needs(summary, business, facts.purchases),
        wants=draw_wants(advice.proposals),
        worth=draw_worth(summary, method, business),
        upcoming=draw_upcoming(summary, method, advice.proposals, business),
        permissions=draw_permissions(customer, summary, facts),
        identifiers=_identifiers(facts, business.country),
        facts=facts,
        zalo_url=zalo_url(customer.phone),
        confirmed_on=max((f.verified_at for f in facts.traits if f.verified_at), default=None),
        known_from=sorted({one.shown for one in facts.sources if one.kind != "crm"}),
    )


def _number(facts: Facts) -> str:
    """Give the number by which a source knows them: a till's, a card's."""
    given = (f.value for f in facts.identifiers if f.name == IdentifierType.CUSTOMER_NUMBER)
    keys = (
        number_of(s.key)
        for s in facts.sources
        if s.kind != "crm" and not s.key.startswith(("anon:", "company"))
    )
    return next(given, "") or next(keys, "")


def _tier(summary: CustomerSummary | None) -> SafeString | str:
    if summary is None or not summary.tier:
        return ""
    return draw_tier(summary.tier)


def _say_next(summary: CustomerSummary | None, currency: str) -> str:
    """Say which tier is near and what is missing; empty where none is."""
    near = find_next_tier(summary) if summary else None
    if summary is None or near is None:
        return ""
    missing = say_next(summary, currency=currency)
    return _("%(missing)s and it is %(tier)s") % {"tier": near.label, "missing": missing}


def _identifiers(facts: Facts, country: str) -> list[tuple[str, str, str]]:
    """Give (kind, value, source) of what somebody is recognised by, each value once."""
    words = dict(IdentifierType.choices)
    found: dict[tuple[str, str], tuple[str, str, str]] = {}
    for fact in facts.identifiers:
        label = str(words.get(fact.name, fact.name))
        is_phone = fact.name == IdentifierType.PHONE
        value = shown_phone(fact.value, country=country) if is_phone else fact.value
        found.setdefault((fact.name, fact.value), (label, value, fact.source.shown))
    known = {fact.value for fact in facts.identifiers}
    for source in facts.sources:
        # A key of the kind "phone:+84…" only says again what stands above.
        is_company = source.key.startswith("company")  # its number stands above without the mark
        is_ours = source.kind == "crm" or is_company
        if not is_ours and source.key not in known and is_number(source.key):
            kind = _("Number at %(source)s") % {"source": source.shown}
            found.setdefault(("key", source.key), (kind, source.key, source.shown))
    return list(found.values())
