"""Who somebody is, what they need, what they want: short lines, each with where it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _

from idic.core.models import Business
from idic.core.templatetags import ui
from idic.customize.sayings import say_proposal
from idic.customize.selectors import Proposal
from idic.differentiate.models import CustomerSummary, NeedGroup
from idic.identify.models import Customer
from idic.identify.names import shown_name
from idic.identify.questions.wording import say_answer, say_label
from idic.web.portrait.card import CARD_TRAITS
from idic.web.portrait.need_trace import trace_need
from idic.web.quality.words import say_lunar_day
from idic.web.selectors.customer import Fact, Facts
from idic.web.selectors.habits import Purchase

_SHOWN = ("name", "company", "salutation", "email", "phone", "city", "country", "birth_date")
_TRAITS = {
    "address": gettext_lazy("Address"),
    "tags": gettext_lazy("Tags or group"),
    "notes": gettext_lazy("Notes"),
    "given_name": gettext_lazy("Given name"),
    "family_name": gettext_lazy("Family name"),
    "job_title": gettext_lazy("Position there"),
    "industry": gettext_lazy("Industry"),
    "company_size": gettext_lazy("Size"),
    "website": gettext_lazy("Website"),
    "tax_number": gettext_lazy("Tax number"),
}
# What a line rests on, on the same page: the orders themselves.
_ORDERS = "?show=purchases#timeline"
_LANGUAGES = {"vi": "Tiếng Việt", "zh-hans": "中文", "en": "English"}


@dataclass(frozen=True)
class Line:
    """One thing known, and its source in a quiet line below."""

    text: str
    source: str = ""
    url: str = ""


def draw_who(
    customer: Customer, summary: CustomerSummary | None, facts: Facts, as_of: date
) -> list[Line]:
    """Say who somebody is."""
    lines = []
    if customer.salutation and customer.full_name:
        name = shown_name(full_name=customer.full_name, salutation=customer.salutation)
        said = pgettext("way of address", "Called “%(name)s”") % {"name": name}
        lines.append(Line(said, source_of(facts, "salutation", customer.salutation)))
    if customer.birth_date:
        age = _years(customer.birth_date, as_of)
        said = ngettext("%(age)s year old", "%(age)s years old", age) % {"age": age}
        born = _("born %(day)s") % {"day": ui.day(customer.birth_date)}
        source = source_of(facts, "birth_date", customer.birth_date.isoformat())
        lines.append(Line(ui.clauses((said, born)), source))
    place = ui.clauses((customer.city, customer.country))
    if place:
        lines.append(Line(place, source_of(facts, "city", customer.city)))
    if customer.is_company:
        lines.append(Line(_("A company"), source_of(facts, "company", customer.full_name)))
    if customer.language:
        said = _("Speaks %(language)s") % {
            "language": _LANGUAGES.get(customer.language, customer.language)
        }
        lines.append(Line(said, source_of(facts, "language", customer.language)))
    if summary and summary.first_order_date:
        said = _("Customer since %(month)s") % {"month": ui.month_inside(summary.first_order_date)}
        lines.append(Line(said, _("from the first order"), _ORDERS))
    return [*lines, *_other_traits(facts)]


def _other_traits(facts: Facts) -> list[Line]:
    """Say what else was answered, the latest answer to each question."""
    lines: dict[str, Line] = {}
    language, questions = get_language() or "en", {one.trait: one for one in facts.questions}
    for fact in facts.traits:
        if fact.name in (*_SHOWN, "language", "gender", "province") or not fact.value:
            continue
        if fact.name in CARD_TRAITS:  # the card has a place of its own
            continue
        if fact.name.startswith("unread_"):  # what a file held there and nobody could read
            continue
        if fact.name == "lunar_birthday":
            said = ui.labelled(_("Birthday"), say_lunar_day(value=fact.value))
            lines.setdefault(fact.name, Line(said, _said(fact)))
            continue
        name, value = str(_TRAITS.get(fact.name) or ""), fact.value
        question = questions.get(fact.name)
        if question is not None:
            name = name or say_label(question, language=language)
            value = say_answer(question, value, language=language)
        name = name or fact.name.replace("_", " ").capitalize()
        lines.setdefault(fact.name, Line(ui.labelled(name, value), _said(fact)))
    return list(lines.values())[:6]


def draw_needs(
    summary: CustomerSummary | None, business: Business, purchases: Sequence[Purchase] = ()
) -> list[Line]:
    """Say what somebody needs, how sure that is, where it was seen and what it brought."""
    if summary is None:
        return []
    lines = []
    if summary.need_group:
        sure = ""
        if summary.need_confidence is not None:
            sure = ngettext(
                "%(rate)s sure, from %(count)s order",
                "%(rate)s sure, from %(count)s orders",
                summary.order_count,
            ) % {"rate": ui.percent(summary.need_confidence), "count": summary.order_count}
        lines.append(Line(summary.need_group.name, sure, _ORDERS))
        lines += _draw_trace(summary.need_group, business, purchases)
    if summary.usual_gap_days and summary.order_count > 1:
        days = round(summary.usual_gap_days)
        said = ngettext("Comes about every %(days)s day", "Comes about every %(days)s days", days)
        source = ngettext("from %(count)s order", "from %(count)s orders", summary.order_count) % {
            "count": summary.order_count
        }
        lines.append(Line(said % {"days": days}, source, _ORDERS))
    if summary.mean_order_amount:
        amount = ui.money_short(summary.mean_order_amount, business.currency)
        lines.append(Line(_("Spends about %(amount)s a visit") % {"amount": amount}))
    if summary.need_group and summary.need_group.plan:
        lines.append(Line(summary.need_group.plan, _("our plan for this need")))
    return lines


def _draw_trace(group: NeedGroup, business: Business, purchases: Sequence[Purchase]) -> list[Line]:
    """Say which purchases show the need and what those came to, of all that are known."""
    found = trace_need(purchases, stands_out=group.stands_out, currency=business.currency)
    if found is None:
        return []
    said = ngettext(
        "Seen in %(seen)s of %(count)s purchase: %(things)s",
        "Seen in %(seen)s of %(count)s purchases: %(things)s",
        found.all_count,
    ) % {
        "seen": ui.number(found.seen_count),
        "count": ui.number(found.all_count),
        "things": ui.listed(found.things),
    }
    brought = _("these brought %(part)s of %(whole)s") % {
        "part": ui.money_short(found.seen_amount, business.currency),
        "whole": ui.money_short(found.all_amount, business.currency),
    }
    return [Line(said, brought, _ORDERS)]


def draw_wants(proposals: Sequence[Proposal]) -> list[Line]:
    """Say what somebody is likely to want next, and why."""
    return [Line(proposal.product.name, say_proposal(proposal), _ORDERS) for proposal in proposals]


def source_of(facts: Facts, name: str, value: str) -> str:
    """Say where a shown value comes from; the fact that won is the first that says the same."""
    fact = next((f for f in facts.traits if f.name == name and f.value == value), None)
    return _said(fact) if fact else ""


def _said(fact: Fact) -> str:
    where = _("corrected here") if fact.is_pinned else fact.source.shown
    if fact.verified_at is not None:
        return ui.clauses((_("confirmed by themselves"), ui.day(fact.verified_at)))
    return ui.clauses((where, ui.day(fact.at)))


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
