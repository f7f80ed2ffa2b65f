"""The columns a customer list may show and sort by."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Sort:
    """An order of the list: the summary's column, and the way it falls by itself."""

    column: str
    falling: bool
    can_be_null: bool = False
    # Those its index holds, when it does not hold everybody.
    among: Q = field(default_factory=Q)


SORTS: dict[str, Sort] = {
    "name": Sort("sort_name", falling=False),
    "expected": Sort("expected_amount", falling=True, can_be_null=True),
    "last_year": Sort("last_year_amount", falling=True),
    "last_order": Sort("last_order_date", falling=True, can_be_null=True),
    "orders": Sort("order_count", falling=True),
    "overdue": Sort("overdue_days", falling=True, can_be_null=True),
    "stake": Sort("stake_amount", falling=True, among=Q(is_overdue=True)),
}
DEFAULT_SORT = "expected"


@dataclass(frozen=True)
class Column:
    """A column: its heading, how its cells are drawn (the template knows), what it sorts by."""

    key: str
    label: str | Promise
    sort: str = ""
    is_figure: bool = False


COLUMNS: dict[str, Column] = {
    column.key: column
    for column in [
        Column("tier", _("Tier")),
        Column("need", _("Needs")),
        Column("worth", _("Last plus next 12 months"), is_figure=True),
        Column("expected", _("Expected, next 12 months"), "expected", is_figure=True),
        Column("last_year", _("Last 12 months"), "last_year", is_figure=True),
        Column("orders", _("Orders"), "orders", is_figure=True),
        Column("last_order", _("Last order"), "last_order", is_figure=True),
        Column("overdue", _("Overdue"), "overdue", is_figure=True),
        Column("stake", _("At stake"), "stake", is_figure=True),
        Column("churn", _("May leave"), is_figure=True),
        Column("reach", _("May be written to")),
        Column("city", _("City")),
        Column("contact", _("Last contact"), is_figure=True),
        Column("depth", _("How well we know them"), is_figure=True),
    ]
}
DEFAULT_COLUMNS = ("tier", "need", "expected", "last_year", "last_order", "overdue")
