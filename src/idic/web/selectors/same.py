"""Two customers side by side: what each brings, what will show when they are one, and that nothing
is lost. Reads only; joining them is `identify.services.identity`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from idic.core.templatetags.ui import day, money, number
from idic.differentiate.models import CustomerSummary, Reach
from idic.identify.history import Act, list_acts
from idic.identify.models import Customer, Identifier, IdentifierType, IdentityAct
from idic.identify.names import list_names
from idic.identify.services import golden
from idic.web.selectors.customer import summary_of

# A refusal of either holds; else what either allowed, of their own address.
_WORDS = (Reach.DENIED, Reach.ALLOWED, Reach.UNKNOWN, Reach.NO_ADDRESS)


@dataclass(frozen=True)
class Row:
    """One thing known of both: what each says, and what one customer will show."""

    label: str
    left: str
    right: str
    after: str


@dataclass(frozen=True)
class Joined:
    """A merge, or a word that two are not one, that still stands and can be taken back."""

    act: Act
    names: list[str]
    is_merge: bool


def compare(left: Customer, right: Customer, *, currency: str) -> list[Row]:
    """Give what each of two brings and what wins; rows that say nothing are left out."""
    joined = golden.find_joined(customer_ids=[left.id, right.id])
    oldest, other = sorted((left, right), key=lambda one: one.id)
    rows = []
    for name, label in _labels().items():
        after = joined[name] or getattr(oldest, name) or getattr(other, name)
        mine, theirs = getattr(left, name), getattr(right, name)
        rows.append(Row(label, _said(mine), _said(theirs), _said(after)))
    rows += _identifier_rows(left, right)
    rows += _summary_rows(left, right, currency)
    return [row for row in rows if row.left or row.right]


def _labels() -> dict[str, str]:
    return {
        "full_name": pgettext("person", "Name"),
        "salutation": _("Way of address"),
        "phone": _("Phone"),
        "email": _("E-mail"),
        "city": _("City"),
        "birth_date": _("Birth date"),
    }


def _said(value: Any) -> str:
    return day(value) if isinstance(value, date) else str(value or "")


def _identifier_rows(left: Customer, right: Customer) -> list[Row]:
    """Give all each is recognised by: every one of them stays."""
    rows = Identifier.objects.filter(
        record__customer__in=[left.id, right.id], is_placeholder=False
    ).exclude(type=IdentifierType.DEVICE)
    held: dict[tuple[str, int], list[str]] = {}
    for kind, value, owner in rows.order_by("id").values_list(
        "type", "value", "record__customer_id"
    ):
        if owner is not None and value not in held.setdefault((kind, owner), []):
            held[kind, owner].append(value)
    found = []
    for kind in IdentifierType:
        mine, theirs = held.get((kind, left.id), []), held.get((kind, right.id), [])
        together = list(dict.fromkeys([*mine, *theirs]))
        if len(together) > 1 or kind not in (IdentifierType.PHONE, IdentifierType.EMAIL):
            label = _("Recognised by: %(what)s") % {"what": kind.label}
            mine_said, theirs_said, all_said = (", ".join(x) for x in (mine, theirs, together))
            found.append(Row(label, mine_said, theirs_said, all_said))
    return found


def _summary_rows(left: Customer, right: Customer, currency: str) -> list[Row]:
    one, other = summary_of(left), summary_of(right)
    if one is None or other is None:
        return []
    count, amount = one.order_count + other.order_count, one.net_amount + other.net_amount
    rows = [
        Row(
            _("Orders"),
            _orders(one.order_count, one.net_amount, currency),
            _orders(other.order_count, other.net_amount, currency),
            _orders(count, amount, currency),
        )
    ]
    return rows + [Row(label, *_reaches(one, other, field)) for field, label in _channels().items()]


def _orders(count: int, amount: int, currency: str) -> str:
    words = ngettext("%(count)s order, %(sum)s", "%(count)s orders, %(sum)s", count)
    return words % {"count": number(count), "sum": money(amount, currency)}


def _channels() -> Mapping[str, str]:
    return {
        "email_reach": _("Advertising by e-mail"),
        "sms_reach": _("Advertising by SMS"),
        "zalo_reach": _("Advertising by Zalo"),
    }


def _reaches(one: CustomerSummary, other: CustomerSummary, field: str) -> tuple[str, str, str]:
    said = [Reach(getattr(each, field)) for each in (one, other)]
    after = min(said, key=_WORDS.index)
    return str(said[0].label), str(said[1].label), str(after.label)


def list_joined(customer_id: int) -> list[Joined]:
    """Give what was joined to a customer, or said to be somebody else, and still stands."""
    wanted = [IdentityAct.MERGE, IdentityAct.CANNOT_LINK]
    acts = [act for act in list_acts(customer_id=customer_id, acts=wanted) if act.can_be_undone]
    others = {number for act in acts for number in act.customer_ids if number != customer_id}
    known = Customer.objects.filter(id__in=others).values_list("id", "full_name")
    names = list_names(dict(known)) if others else {}
    return [
        Joined(
            act,
            [names[number] for number in act.customer_ids if number in names],
            act.act == IdentityAct.MERGE,
        )
        for act in acts
    ]
