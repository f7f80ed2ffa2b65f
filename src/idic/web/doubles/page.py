"""A possible double as its page draws it: two customers side by side, what agrees and what differs,
how strongly each speaks, and what the one customer would show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from idic.core import ids
from idic.core.models import Business
from idic.core.templatetags import ui
from idic.differentiate.models import CustomerSummary
from idic.identify.matches import Pair
from idic.web.people import shown_phone, tail_of

from .reading import Both, Side, read_both
from .words import (
    MARKS,
    mark_of,
    say_field,
    say_holders,
    say_level,
    say_strength,
    say_verdict,
)

# Fields in the order people read them; what neither knows is left out.
_FIELDS = (
    *("name", "phone", "email", "birth_date", "address", "city", "postcode", "gender"),
    *("card", "customer_number", "zalo", "wechat"),
)
_SHOWN = {"name": "full_name", "phone": "phone", "email": "email", "city": "city"}
_MOST_VALUES = 4
# What is read along with the two customers.
RELATED = ("summary",)


@dataclass(frozen=True)
class Row:
    """One field of both. `mark` is same, near or different; empty: one says nothing."""

    label: str
    left: list[str]
    right: list[str]
    after: str
    mark: str = ""
    mark_word: str = ""
    icon: str = ""
    says: str = ""
    holders: str = ""
    strength: str = ""


@dataclass(frozen=True)
class Person:
    """One of the two, at the head of a column."""

    name: str
    public_id: str
    hint: str  # tells two of one name apart


@dataclass(frozen=True)
class PairPage:
    """All that is shown of one pair."""

    id: int
    state: str
    left: Person
    right: Person
    rows: list[Row]
    verdict: str
    value: int
    kept_id: str
    is_one_by_now: bool
    share: float
    cursor: str


def build_pair(*, pair: Pair, business: Business) -> PairPage:
    """Read and put together what is shown of a pair."""
    both = read_both(left=pair.left, right=pair.right)
    return PairPage(
        id=pair.row.id,
        state=pair.row.state,
        left=_person(both.left),
        right=_person(both.right),
        rows=[
            *_field_rows(both, pair.row.evidence, country=business.country),
            *_summary_rows(both, business.currency),
        ],
        verdict=say_verdict(probability=pair.row.probability),
        value=pair.row.value,
        kept_id=ids.encode("customer", min(pair.left.id, pair.right.id)),
        is_one_by_now=pair.left.id == pair.right.id,
        share=pair.row.probability,
        cursor=f"{pair.row.worth!r}:{pair.row.id}",
    )


def _person(side: Side) -> Person:
    tail = tail_of(side.customer.phone)
    hint = f"•• {tail}" if tail else next(iter(side.sources), "")
    return Person(side.name, ids.encode("customer", side.customer.id), hint)


def _field_rows(both: Both, evidence: Sequence[dict[str, Any]], *, country: str) -> list[Row]:
    found = {str(one.get("field")): one for one in evidence}
    rows = []
    for name in _FIELDS:
        left, right = both.left.values.get(name, []), both.right.values.get(name, [])
        if not left and not right:
            continue
        write = _writer(name, country)
        shown = (_most(left, write), _most(right, write), _after(both, name, write))
        rows.append(_row(name, shown, found.get(name), both.holders.get(name, 0)))
    return rows


def _row(
    name: str, shown: tuple[list[str], list[str], str], found: dict[str, Any] | None, holders: int
) -> Row:
    left, right, after = shown
    if name == "customer_number":
        return Row(_("Customer number"), left, right, after)
    if found is None or not left or not right:
        return Row(say_field(field=name), left, right, after)
    level, bits = str(found.get("level", "")), float(found.get("bits", 0))
    mark = mark_of(level=level)
    word, icon = MARKS[mark]
    return Row(
        label=say_field(field=name),
        left=left,
        right=right,
        after=after,
        mark=mark,
        mark_word=str(word),
        icon=icon,
        says=say_level(field=name, level=level),
        holders=say_holders(field=name, count=holders) if mark == "same" else "",
        strength=say_strength(bits=bits),
    )


def _writer(name: str, country: str) -> Callable[[str], str]:
    if name == "phone":
        return lambda value: shown_phone(value, country=country)
    if name == "birth_date":
        return _write_day
    return str


def _write_day(value: str) -> str:
    try:
        return ui.day(date.fromisoformat(value))
    except ValueError:
        return value


def _most(values: Sequence[str], write: Callable[[str], str]) -> list[str]:
    """Give the first few values as they are read; of more, how many there are."""
    shown = [write(value) for value in values[:_MOST_VALUES]]
    rest = len(values) - len(shown)
    if rest:
        shown.append(ngettext("%(count)s more", "%(count)s more", rest) % {"count": rest})
    return shown


def _after(both: Both, name: str, write: Callable[[str], str]) -> str:
    """Say what the one customer would show; of what is recognised by, all of it stays."""
    if name == "birth_date":
        known = both.joined.get("birth_date")
        return ui.day(known) if known else write((_all(both, name) or [""])[0])
    if name in _SHOWN:
        return write(str(both.joined.get(_SHOWN[name]) or (_all(both, name) or [""])[0]))
    return ui.listed(_most(_all(both, name), write))


def _all(both: Both, name: str) -> list[str]:
    sides = (both.left, both.right)
    return list(dict.fromkeys(value for side in sides for value in side.values.get(name, [])))


def _summary_rows(both: Both, currency: str) -> list[Row]:
    left, right = both.left, both.right
    sources = list(dict.fromkeys([*left.sources, *right.sources]))
    rows = [Row(_("Known from"), left.sources, right.sources, ui.listed(sources))]
    one, other = left.summary, right.summary
    if one is not None and other is not None:
        orders, net = one.order_count + other.order_count, one.net_amount + other.net_amount
        days = [day for day in (one.last_order_date, other.last_order_date) if day]
        rows += [
            Row(
                _("Orders"),
                [_orders(one, currency)],
                [_orders(other, currency)],
                _said_orders(orders, net, currency),
            ),
            Row(_("Last order"), _days(one), _days(other), ui.day(max(days)) if days else ""),
        ]
    return [row for row in rows if row.left or row.right]


def _orders(summary: CustomerSummary, currency: str) -> str:
    return _said_orders(summary.order_count, summary.net_amount, currency)


def _said_orders(count: int, amount: int, currency: str) -> str:
    words = ngettext("%(count)s order, %(sum)s", "%(count)s orders, %(sum)s", count)
    return words % {"count": ui.number(count), "sum": ui.money(amount, currency)}


def _days(summary: CustomerSummary) -> list[str]:
    return [ui.day(summary.last_order_date)] if summary.last_order_date else []
