"""Views everybody has from the first day."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class BuiltInView:
    """A view that comes with the product: a name over a query, as a saved view is."""

    key: str
    label: str | Promise
    query: str


BUILT_IN = (
    BuiltInView("all", _("All"), ""),
    BuiltInView(
        "slipping",
        _("Slipping away"),
        "tier=at_risk&overdue=1&sort=stake&columns=tier,need,stake,last_year,last_order,overdue",
    ),
    BuiltInView(
        "vip_no_address",
        _("VIP without address"),
        "tier=vip&reach=none&columns=tier,expected,last_year,last_order,reach,city",
    ),
    BuiltInView("new", _("New this month"), "new=30&sort=last_order"),
)
