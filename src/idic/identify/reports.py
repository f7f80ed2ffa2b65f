"""Says the counts of an import in plain words, for the command line and the page alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from idic.core import formatting
from idic.identify.importing.reading import Decisions
from idic.identify.importing.values.dates import DateOrder


def list_sentences(
    *, kind: str, counts: Mapping[str, Any], decisions: Decisions | None = None
) -> list[str]:
    """Give what came of a file, the most telling sentence first."""
    sentences = [*_rows(counts)]
    if kind == "orders":
        sentences += [*_orders(counts)]
    sentences += [*_people(counts), *_left_out(counts), *_decided(decisions)]
    return sentences


def _number(count: int) -> str:
    return formatting.number(count, language=get_language() or "en")


def _say(one: str, many: str, count: int, **more: str) -> str:
    return ngettext(one, many, count) % {"count": _number(count), **more}


def _rows(counts: Mapping[str, Any]) -> Iterator[str]:
    rows, people = counts.get("rows", 0), counts.get("customers", 0)
    yield _("%(rows)s rows are %(people)s people.") % {
        "rows": _number(rows),
        "people": _number(people),
    }


def _orders(counts: Mapping[str, Any]) -> Iterator[str]:
    yield _(
        "%(orders)s orders with %(lines)s lines: "
        "%(new)s new, %(updated)s changed, %(same)s as before."
    ) % {
        "orders": _number(counts["orders"]),
        "lines": _number(counts["lines"]),
        "new": _number(counts["new_orders"]),
        "updated": _number(counts["updated_orders"]),
        "same": _number(counts["unchanged_orders"]),
    }
    if counts["returns"]:
        yield _say(
            "%(count)s order is a return or a cancellation and counts against sales.",
            "%(count)s orders are returns or cancellations and count against sales.",
            counts["returns"],
        )
    if counts["cancelled"]:
        yield _say(
            "%(count)s order was cancelled before it counted; it is kept with no amount.",
            "%(count)s orders were cancelled before they counted; they are kept with no amount.",
            counts["cancelled"],
        )
    if counts["unlinked_lines"]:
        yield _(
            "%(lines)s lines without a customer stay in %(orders)s orders "
            "that belong to nobody yet."
        ) % {
            "lines": _number(counts["unlinked_lines"]),
            "orders": _number(counts["unlinked_orders"]),
        }
    if counts["shared_numbers"]:
        yield _say(
            "%(count)s order number is used by two customers: each keeps an order of their own.",
            "%(count)s order numbers are used by two customers: each keeps an order of their own.",
            counts["shared_numbers"],
        )


def _people(counts: Mapping[str, Any]) -> Iterator[str]:
    yield _(
        "Customers: %(new)s new, %(matched)s recognised from elsewhere, "
        "%(updated)s with news, %(same)s as before."
    ) % {
        "new": _number(counts["new_customers"]),
        "matched": _number(counts["matched_customers"]),
        "updated": _number(counts["updated_customers"]),
        "same": _number(counts["unchanged_customers"]),
    }
    if counts["with_email"] or counts["with_phone"]:
        yield _("%(emails)s people have an e-mail address, %(phones)s a phone.") % {
            "emails": _number(counts["with_email"]),
            "phones": _number(counts["with_phone"]),
        }


def _left_out(counts: Mapping[str, Any]) -> Iterator[str]:
    labels = {"email": _("e-mail addresses"), "phone": _("phones"), "birth_date": _("birth dates")}
    for field, count in counts.get("unreadable", {}).items():
        yield _("%(count)s %(what)s could not be read and were left out.") % {
            "count": _number(count),
            "what": labels[field],
        }
    if counts["rejected"]:
        yield _say("%(count)s row was refused.", "%(count)s rows were refused.", counts["rejected"])


def _decided(decisions: Decisions | None) -> Iterator[str]:
    if decisions is None or (decisions.is_date_order_certain and not decisions.is_date_order_mixed):
        return
    example = (
        _("3/4 is read as 3 April")
        if decisions.date_order is DateOrder.DAY_FIRST
        else _("3/4 is read as 4 March")
    )
    if decisions.is_date_order_mixed:
        yield _("Dates are written in two ways: %(example)s; check the refused rows.") % {
            "example": example
        }
    else:
        yield _("The dates do not show whether day or month comes first: %(example)s.") % {
            "example": example
        }
