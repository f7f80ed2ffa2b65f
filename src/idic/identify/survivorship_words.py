"""The words of what decides between values: criteria, orders, and why one value won."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from idic.core.templatetags import ui

from .survivorship import Criterion

CRITERIA: dict[Criterion, str | Promise] = {
    Criterion.VERIFIED: gettext_lazy("confirmed by the customer"),
    Criterion.SOURCE: gettext_lazy("the more trusted source"),
    Criterion.RECENCY: gettext_lazy("the newest"),
    Criterion.COMPLETENESS: gettext_lazy("the fullest"),
}
_DECIDED: dict[str, str | Promise] = {
    "pinned": gettext_lazy("written by staff"),
    "own": gettext_lazy("our own word goes before a provider's"),
    **{str(criterion): words for criterion, words in CRITERIA.items()},
}


def say_order(order: Sequence[str]) -> str:
    """Say an order in one line: "confirmed by the customer, then the newest, …"."""
    return _(", then ").join(str(CRITERIA[Criterion(one)]) for one in order)


def say_decided(why: str) -> str:
    """Say what decided between two values."""
    return str(_DECIDED.get(why, ""))


def say_where_from(*, source: str, provider: str, day: str, is_verified: bool) -> str:
    """Say where a value comes from: "from Till, 3 Mar, confirmed"."""
    from_where = _("from %(source)s") % {"source": source}
    if provider:
        from_where = _("bought from %(provider)s (%(source)s)") % {
            "provider": provider,
            "source": source,
        }
    return ui.clauses([from_where, day, *([_("confirmed")] if is_verified else [])])
