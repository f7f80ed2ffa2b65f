"""What a rule may ask about a customer: each field's column, kind and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy, pgettext_lazy

from idic.differentiate.models import Reach, Tier
from idic.identify.models import LifecycleStage, StateKind

Kind = Literal["text", "number", "rate", "score", "days", "money", "date", "choice", "flag"]
Topic = Literal["who", "value", "orders", "rhythm", "future", "reach"]


@dataclass(frozen=True)
class Field:
    """One thing a condition can ask: the column it reads, what it holds, how it is said."""

    label: str | Promise
    kind: Kind
    column: str
    topic: Topic
    choices: type[TextChoices] | None = None
    # For flags: how "yes" and "no" read inside a sentence.
    yes: str | Promise = ""
    no: str | Promise = ""
    # For figures: the words around “at least 13”; for days: what happened on it.
    said: str | Promise = ""


TOPICS: Mapping[Topic, str | Promise] = {
    "who": _("Who they are"),
    "value": _("Value and needs"),
    "orders": _("What they bought"),
    "rhythm": _("When they come"),
    "future": _("What we expect"),
    "reach": _("How we may reach them"),
}

FIELDS: Mapping[str, Field] = {
    "name": Field(pgettext_lazy("person", "Name"), "text", "name_key", "who"),
    "city": Field(_("City"), "text", "city_key", "who"),
    "region": Field(_("Province or region"), "text", "region_key", "who"),
    "country": Field(_("Country"), "text", "country_key", "who"),
    "gender": Field(_("Gender"), "choice", "gender", "who"),
    "age": Field(
        _("Age in years"), "number", "birth_date", "who", said=_("an age of %(amount)s years")
    ),
    "birth_date": Field(_("Birth date"), "date", "birth_date", "who", said=_("birth date")),
    "lifecycle_stage": Field(
        _("Stage of the relationship"), "choice", "lifecycle_stage", "who", LifecycleStage
    ),
    "is_company": Field(
        _("Company"),
        "flag",
        "is_company",
        "who",
        yes=_("a company account"),
        no=_("a personal account"),
    ),
    "is_demo": Field(
        _("Demo customer"),
        "flag",
        "is_demo",
        "who",
        yes=_("a place in the sample shop"),
        no=_("no place in the sample shop"),
    ),
    "source_count": Field(
        _("Number of sources"),
        "number",
        "source_count",
        "who",
        said=ngettext_lazy("%(amount)s source", "%(amount)s sources", "count"),
    ),
    "depth_score": Field(
        _("How well we know them (0–100)"),
        "number",
        "depth_score",
        "who",
        said=_("%(amount)s of 100 points of what we know"),
    ),
    "tier": Field(_("Tier"), "choice", "tier", "value", Tier),
    "tier_since": Field(
        _("In this tier since"), "date", "tier_since", "value", said=_("move into this tier")
    ),
    "worth_amount": Field(
        _("Worth (last 12 months plus next 12)"),
        "money",
        "worth_amount",
        "value",
        said=_("a worth of %(amount)s (last 12 months plus next 12)"),
    ),
    "recency_score": Field(
        _("Recency score (1–5)"),
        "score",
        "recency_score",
        "value",
        said=_("a recency score of %(amount)s"),
    ),
    "frequency_score": Field(
        _("Frequency score (1–5)"),
        "score",
        "frequency_score",
        "value",
        said=_("a frequency score of %(amount)s"),
    ),
    "monetary_score": Field(
        _("Money score (1–5)"),
        "score",
        "monetary_score",
        "value",
        said=_("a money score of %(amount)s"),
    ),
    "rfm_cell": Field(_("RFM cell"), "choice", "rfm_cell", "value"),
    "need_confidence": Field(
        _("How clear the need is"),
        "rate",
        "need_confidence",
        "value",
        said=_("a need that is clear to %(amount)s"),
    ),
    "order_count": Field(
        _("Orders so far"),
        "number",
        "order_count",
        "orders",
        said=ngettext_lazy("%(amount)s order so far", "%(amount)s orders so far", "count"),
    ),
    "last_year_order_count": Field(
        _("Orders in 12 months"),
        "number",
        "last_year_order_count",
        "orders",
        said=ngettext_lazy(
            "%(amount)s order in 12 months", "%(amount)s orders in 12 months", "count"
        ),
    ),
    "net_amount": Field(
        _("Spent so far"), "money", "net_amount", "orders", said=_("%(amount)s spent so far")
    ),
    "last_year_amount": Field(
        _("Spent in 12 months"),
        "money",
        "last_year_amount",
        "orders",
        said=_("%(amount)s spent in 12 months"),
    ),
    "mean_order_amount": Field(
        _("Usual size of an order"),
        "money",
        "mean_order_amount",
        "orders",
        said=_("a usual order of %(amount)s"),
    ),
    "first_order_date": Field(
        _("First order"), "date", "first_order_date", "rhythm", said=_("first order")
    ),
    "last_order_date": Field(
        _("Last order"), "date", "last_order_date", "rhythm", said=_("last order")
    ),
    "usage_days": Field(
        _("Days of use in the last 30"),
        "number",
        "usage_days",
        "rhythm",
        said=ngettext_lazy(
            "%(amount)s day of use in the last 30",
            "%(amount)s days of use in the last 30",
            "count",
        ),
    ),
    "usual_gap_days": Field(
        _("Usual days between orders"),
        "days",
        "usual_gap_days",
        "rhythm",
        said=_("usually %(amount)s between orders"),
    ),
    "overdue_days": Field(
        _("Days overdue"), "days", "overdue_days", "rhythm", said=_("a delay of %(amount)s")
    ),
    "is_overdue": Field(
        _("Overdue"),
        "flag",
        "is_overdue",
        "rhythm",
        yes=_("an absence longer than usual"),
        no=_("no absence longer than usual"),
    ),
    "last_contact_at": Field(
        _("Last contact"), "date", "last_contact_at", "rhythm", said=_("last contact")
    ),
    "expected_amount": Field(
        _("Expected in the next 12 months"),
        "money",
        "expected_amount",
        "future",
        said=_("%(amount)s expected in the next 12 months"),
    ),
    "expected_low_amount": Field(
        _("Expected, low end"),
        "money",
        "expected_low_amount",
        "future",
        said=_("%(amount)s expected at the low end"),
    ),
    "expected_high_amount": Field(
        _("Expected, high end"),
        "money",
        "expected_high_amount",
        "future",
        said=_("%(amount)s expected at the high end"),
    ),
    "expected_order_count": Field(
        _("Orders expected in 12 months"),
        "number",
        "expected_order_count",
        "future",
        said=ngettext_lazy(
            "%(amount)s order expected in 12 months",
            "%(amount)s orders expected in 12 months",
            "count",
        ),
    ),
    "churn_risk": Field(
        _("Risk of leaving"),
        "rate",
        "churn_risk",
        "future",
        said=_("a risk of leaving of %(amount)s"),
    ),
    "stake_amount": Field(
        _("Amount at stake"), "money", "stake_amount", "future", said=_("%(amount)s at stake")
    ),
    "winback_amount": Field(
        _("What a contact may win back"),
        "money",
        "winback_amount",
        "future",
        said=_("%(amount)s that a contact may win back"),
    ),
    "email_reach": Field(_("E-mail"), "choice", "email_reach", "reach", Reach),
    "sms_reach": Field(_("SMS"), "choice", "sms_reach", "reach", Reach),
    "zalo_reach": Field(_("Zalo"), "choice", "zalo_reach", "reach", Reach),
    "has_open_case": Field(
        _("Open complaint"),
        "flag",
        "has_open_case",
        "reach",
        yes=_("an open complaint"),
        no=_("no open complaint"),
    ),
}

STATES = StateKind
CONSENT_CHANNELS: Mapping[str, str | Promise] = {
    "email": _("E-mail"),
    "sms": _("SMS"),
    "zalo": _("Zalo"),
}


def choices_of(field: str) -> list[tuple[str, str | Promise]]:
    """Give the codes and words of a field with a closed list; an empty list for an open one."""
    choices = FIELDS[field].choices
    if choices is None:
        return []
    listed: list[tuple[str, str | Promise]] = list(choices.choices)
    return [*listed, ("", _("none yet"))] if field == "tier" else listed
