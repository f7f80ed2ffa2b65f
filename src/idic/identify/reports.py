"""Says the counts of an import in plain words and in one small table, for the command line and the
page alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from idic.core import formatting
from idic.core.selectors import get_business
from idic.identify import kind_words, rule_words
from idic.identify.importing.columns import Kind
from idic.identify.importing.reading import Decisions
from idic.identify.importing.values.dates import DateOrder


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of the orders, or of the people, of a file. `matched` is None for orders."""

    label: str
    new: int
    matched: int | None
    updated: int
    unchanged: int


def list_fates(*, kind: str, counts: Mapping[str, Any]) -> list[Fate]:
    """Give the small table: how many are new, changed, as before."""
    people = Fate(
        _("Companies") if kind == Kind.COMPANIES else _("Customers"),
        counts["new_customers"],
        counts["matched_customers"],
        counts["updated_customers"],
        counts["unchanged_customers"],
    )
    if kind in {Kind.CONSENTS, Kind.EVENTS, Kind.SENDS}:
        return [_about(counts)]
    if kind == Kind.ACCOUNTS:
        return [_balances(counts), people]
    if kind != "orders":
        return [people]
    orders = Fate(
        _("Orders"),
        counts["new_orders"],
        None,
        counts["updated_orders"],
        counts["unchanged_orders"],
    )
    return [orders, people]


def _balances(counts: Mapping[str, Any]) -> Fate:
    changed, same = counts["updated_balances"], counts["unchanged_balances"]
    return Fate(_("Balances"), counts["new_balances"], None, changed, same)


def _about(counts: Mapping[str, Any]) -> Fate:
    """Say of a file about people who are known whether its rows are news."""
    new = counts.get("new_happenings", sum(counts.get("consents", {}).values()))
    told = counts.get("happenings", counts.get("told", 0))
    return Fate(pgettext("import", "Statements"), new, None, 0, told - new)


@dataclass(frozen=True, slots=True)
class FateTable:
    """The fates as a table: only what happens to anybody has a column."""

    heads: list[str]
    rows: list[tuple[str, list[tuple[str, int | None]]]]


def draw_fates(*, kind: str, counts: Mapping[str, Any]) -> FateTable:
    """Give the table the pages show."""
    fates = list_fates(kind=kind, counts=counts)
    columns: dict[str, list[int | None]] = {
        pgettext("import", "New"): [fate.new for fate in fates],
        _("Recognised from elsewhere"): [fate.matched for fate in fates],
        _("With news"): [fate.updated for fate in fates],
        _("As before"): [fate.unchanged for fate in fates],
    }
    heads = [head for head, cells in columns.items() if any(cells)] or list(columns)[:1]
    return FateTable(
        heads,
        [
            (fate.label, [(head, columns[head][place]) for head in heads])
            for place, fate in enumerate(fates)
        ],
    )


def list_sentences(
    *, kind: str, counts: Mapping[str, Any], decisions: Decisions | None = None
) -> list[str]:
    """Give what else there is to say, the most telling first."""
    sentences = [*_orders(counts)] if kind == "orders" else []
    sentences += kind_words.list_sentences(kind=kind, counts=counts)
    rules = rule_words.list_sentences(counts=counts)
    people = [*_people(counts), *_refusals(counts), *rules]
    return [*sentences, *people, *_left_out(counts), *_decided(decisions)]


def list_all(
    *, kind: str, counts: Mapping[str, Any], decisions: Decisions | None = None
) -> list[str]:
    """Give everything as sentences, the table too: for where there are no tables."""
    fates = [_fate(fate) for fate in list_fates(kind=kind, counts=counts)]
    said = list_sentences(kind=kind, counts=counts, decisions=decisions)
    return [f"{kind_words.say_rows(kind=kind, counts=counts)}.", *fates, *said]


def _fate(fate: Fate) -> str:
    parts = {
        _("new"): fate.new,
        _("recognised from elsewhere"): fate.matched or 0,
        _("with news"): fate.updated,
        _("as before"): fate.unchanged,
    }
    shown = [f"{_number(count)} {word}" for word, count in parts.items() if count]
    counts = formatting.listed(shown, language=_language()) or "0"
    return _("%(what)s: %(counts)s.") % {"what": fate.label, "counts": counts}


def _language() -> str:
    return get_language() or "en"


def _number(count: int) -> str:
    return formatting.number(count, language=_language())


def _counted(words: str, count: int) -> str:
    return words % {"count": _number(count)}


def _orders(counts: Mapping[str, Any]) -> Iterator[str]:
    if counts["orders"]:
        yield _("%(amount)s in %(lines)s lines, from %(first)s to %(last)s.") % {
            "amount": " + ".join(_amounts(counts)),
            "lines": _number(counts["lines"]),
            "first": _day(counts, "first_at"),
            "last": _day(counts, "last_at"),
        }
    if counts["unlinked_lines"]:
        yield _(
            "%(lines)s lines in %(orders)s orders name no customer: they belong to nobody yet."
        ) % {
            "lines": _number(counts["unlinked_lines"]),
            "orders": _number(counts["unlinked_orders"]),
        }
    if counts["returns"]:
        yield _counted(
            ngettext(
                "%(count)s return or cancellation counts against sales.",
                "%(count)s returns or cancellations count against sales.",
                counts["returns"],
            ),
            counts["returns"],
        )
    if counts["cancelled"]:
        yield _counted(
            ngettext(
                "%(count)s order was cancelled before it counted: kept with no amount.",
                "%(count)s orders were cancelled before they counted: kept with no amount.",
                counts["cancelled"],
            ),
            counts["cancelled"],
        )
    if counts["shared_numbers"]:
        yield _counted(
            ngettext(
                "%(count)s order number is used by two customers: each "
                "keeps an order of their own.",
                "%(count)s order numbers are used by two customers: each "
                "keeps an order of their own.",
                counts["shared_numbers"],
            ),
            counts["shared_numbers"],
        )


def _amounts(counts: Mapping[str, Any]) -> list[str]:
    language = get_language() or "en"
    return [
        formatting.amount(minor, currency=currency, language=language)
        for currency, minor in counts["amounts"].items()
    ]


def _day(counts: Mapping[str, Any], name: str) -> str:
    """Write the day of a UTC moment as the calendar has it by which the file was read."""
    zone = ZoneInfo(counts.get("time_zone") or get_business().time_zone)
    local = datetime.fromisoformat(f"{counts[name]}+00:00").astimezone(zone)
    return formatting.day(local.date(), language=get_language() or "en")


def _people(counts: Mapping[str, Any]) -> Iterator[str]:
    if counts["with_email"] and counts["with_phone"]:
        yield _("%(emails)s people have an e-mail address, %(phones)s a phone.") % {
            "emails": _number(counts["with_email"]),
            "phones": _number(counts["with_phone"]),
        }
    elif counts["with_phone"]:
        yield _counted(
            ngettext(
                "%(count)s person has a phone number.",
                "%(count)s people have a phone number.",
                counts["with_phone"],
            ),
            counts["with_phone"],
        )
    elif counts["with_email"]:
        yield _counted(
            ngettext(
                "%(count)s person has an e-mail address.",
                "%(count)s people have an e-mail address.",
                counts["with_email"],
            ),
            counts["with_email"],
        )


def _refusals(counts: Mapping[str, Any]) -> Iterator[str]:
    told = counts.get("consents", {})
    refused = sum(count for what, count in told.items() if what.endswith(":denied"))
    if refused:
        yield _counted(
            ngettext(
                "%(count)s address gets no offers: its owner refused.",
                "%(count)s addresses get no offers: their owners refused.",
                refused,
            ),
            refused,
        )


def _left_out(counts: Mapping[str, Any]) -> Iterator[str]:
    labels = {"email": _("e-mail addresses"), "phone": _("phones"), "birth_date": _("birth dates")}
    for field, count in counts.get("unreadable", {}).items():
        yield _("%(count)s %(what)s could not be read and were left out.") % {
            "count": _number(count),
            "what": labels[field],
        }


def _decided(decisions: Decisions | None) -> Iterator[str]:
    if decisions is None or (decisions.is_date_order_certain and not decisions.is_date_order_mixed):
        return
    is_day_first = decisions.date_order == DateOrder.DAY_FIRST
    example = _("3/4 is read as 3 April") if is_day_first else _("3/4 is read as 4 March")
    if decisions.is_date_order_mixed:
        yield _("Dates are written in two ways: %(example)s; check the refused rows.") % {
            "example": example
        }
    else:
        yield _("The dates do not show whether day or month comes first: %(example)s.") % {
            "example": example
        }
