"""Says in plain words what an undo of an import would do, or did: for the page that asks and for
the report that stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from idic.core import formatting
from idic.identify.models import Customer
from idic.identify.services.imports.undoing.staying import MERGED, OTHER_SOURCE, STAFF, Outlook

SHOWN_PEOPLE = 50

REASONS = {
    OTHER_SOURCE: gettext_lazy("another file or source knows them too"),
    STAFF: gettext_lazy("your team wrote about them"),
    MERGED: gettext_lazy("they were joined with somebody"),
    "message": gettext_lazy("they were written to"),
    "messageevent": gettext_lazy("they were written to"),
    "audiencemember": gettext_lazy("they are in a campaign"),
    "assignment": gettext_lazy("they are in a campaign"),
    "exposure": gettext_lazy("they are in a campaign"),
    "case": gettext_lazy("they have complained"),
    "calltask": gettext_lazy("somebody is to call them"),
    "task": gettext_lazy("there is a task about them"),
    "rejectedproduct": gettext_lazy("they refused a product"),
}


def say_what(*, customers: int, orders: int) -> str:
    """Say what goes: "2 customers and 3 orders"; nothing when nothing does."""
    people = _counted(ngettext("%(count)s customer", "%(count)s customers", customers), customers)
    bought = _counted(ngettext("%(count)s order", "%(count)s orders", orders), orders)
    if customers and orders:
        return _("%(customers)s and %(orders)s") % {"customers": people, "orders": bought}
    return people if customers else bought if orders else ""


def say_reason(*, reason: str) -> str:
    """Say why somebody stays."""
    return str(REASONS.get(reason, _("something else was noted about them")))


def list_reasons(*, reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    """Give each reason in words with the number of people, the most frequent first."""
    found: dict[str, int] = {}
    for reason, count in reasons.items():
        words = say_reason(reason=reason)
        found[words] = found.get(words, 0) + count
    return sorted(found.items(), key=lambda pair: -pair[1])


def say_outlook(*, outlook: Outlook) -> list[str]:
    """Say what else an undo would do, besides what goes."""
    return [
        *_orders(outlook.restored_orders, outlook.kept_orders, outlook.unrestorable_orders, 0),
        *_facts(outlook.facts),
        *_refusals(outlook.refusals),
    ]


def say_report(*, report: Mapping[str, Any]) -> list[str]:
    """Say what else an undo did."""
    return [
        *_orders(
            report.get("restored_orders", 0),
            report.get("kept_orders", 0),
            report.get("unrestorable_orders", 0),
            report.get("changed_orders", 0),
        ),
        *_refusals(report.get("refusals", 0)),
    ]


def list_people(*, report: Mapping[str, Any]) -> list[tuple[Customer, str]]:
    """Give the first of those who stayed, as they are now, and why."""
    kept = report.get("kept", [])[:SHOWN_PEOPLE]
    people = Customer.objects.filter(is_staged=False).in_bulk([key for key, _why in kept])
    return [(people[key], say_reason(reason=why)) for key, why in kept if key in people]


def _orders(given: int, kept: int, unknown: int, later: int) -> Iterator[str]:
    if given:
        yield _counted(
            ngettext(
                "%(count)s order that this file had changed is as it was before.",
                "%(count)s orders that this file had changed are as they were before.",
                given,
            ),
            given,
        )
    if kept + later:
        yield _counted(
            ngettext(
                "%(count)s order stays: another file or website has changed it since.",
                "%(count)s orders stay: another file or website has changed them since.",
                kept + later,
            ),
            kept + later,
        )
    if unknown:
        yield _counted(
            ngettext(
                "%(count)s order keeps what this file said: how it was before was not kept.",
                "%(count)s orders keep what this file said: how they were before was not kept.",
                unknown,
            ),
            unknown,
        )


def _facts(count: int) -> Iterator[str]:
    if count:
        yield _counted(
            ngettext(
                "%(count)s detail it gave about people known before goes.",
                "%(count)s details it gave about people known before go.",
                count,
            ),
            count,
        )


def _refusals(count: int) -> Iterator[str]:
    if count:
        yield _counted(
            ngettext(
                "%(count)s refusal of messages stays where the person stays: "
                "an undo allows nothing anew.",
                "%(count)s refusals of messages stay where the person stays: "
                "an undo allows nothing anew.",
                count,
            ),
            count,
        )


def _counted(words: str, count: int) -> str:
    return words % {"count": formatting.number(count, language=get_language() or "en")}
