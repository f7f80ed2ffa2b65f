"""Reads what the fields of a message are filled with, for a batch of customers: plain text, all of
it. The fields themselves are in `catalogue`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from idic.core import formatting
from idic.core.models import Business
from idic.customize.models import Offer, Product
from idic.identify.models import Customer, Order, OrderLine
from idic.identify.own_addresses import list_own_addresses

from .address import speak_to
from .personal import TARGETS
from .proposals import list_sendable

_SPOKEN_TO = ("full_name", "salutation", "gender", "is_company")
_RHYTHM = ("summary__usual_gap_days", "summary__overdue_days", "summary__last_order_date")


def list_values(
    *,
    customer_ids: Sequence[int],
    used: Collection[str],
    business: Business,
    offer: Offer | None,
    language: str,
    before: datetime,
    channel: str = "email",
) -> dict[int, dict[str, str]]:
    """Read the values of a batch of customers; only what the message uses costs a query.

    `before` bounds the orders looked at: the day looked at may lie in the past.
    """
    wanted = set(used)
    found = _read_people(customer_ids, language, before if "last_product" in wanted else None)
    shared = _shared(business, offer)
    for values in found.values():
        values.update(shared)
    if wanted & {"product", "buy_again", "new_product"}:
        _add_products(found)
    if wanted & TARGETS.keys():
        _add_links(found, business, channel, language)
    return found


def _read_people(
    customer_ids: Sequence[int], language: str, before: datetime | None
) -> dict[int, dict[str, str]]:
    """Read how to speak to each, their rhythm and, of the days before a moment, what they bought
    last: one query.
    """
    bought: Value | Subquery = Value("")
    if before is not None:
        bought = Subquery(_last_products(before).values("product_name")[:1])
    rows = (
        Customer.objects.filter(id__in=customer_ids)
        .annotate(last_product=bought)
        .values(*_SPOKEN_TO, *_RHYTHM, "id", "last_product")
    )
    found = {}
    with override(language):
        for row in rows:
            spoken = speak_to(**{key: row[key] for key in _SPOKEN_TO}, language=language)
            values = {"greeting": spoken.greeting, "name": spoken.name, "you": spoken.you}
            values.update(_rhythm(*(row[key] for key in _RHYTHM), language=language))
            if row["last_product"]:
                values["last_product"] = tidy(row["last_product"])
            found[row["id"]] = values
    return found


def _shared(business: Business, offer: Offer | None) -> dict[str, str]:
    return {
        "shop": business.name,
        "shop_address": business.postal_address,
        "offer": offer.name if offer else "",
        "offer_terms": offer.terms if offer else "",
    }


def _rhythm(
    gap: float | None, overdue: int | None, last: date | None, *, language: str
) -> Iterator[tuple[str, str]]:
    """Give what is known of when somebody buys, in words."""
    if gap is not None:
        yield "usual_gap", say_days(round(gap))
    if overdue is not None and overdue > 0:
        yield "overdue", say_days(overdue)
    if last is not None:
        yield "last_order", formatting.day(last, language=language)


def say_days(days: int) -> str:
    """Say a span as people do: days up to a fortnight, then weeks, then months."""
    if days < 14:
        return ngettext("%(count)d day", "%(count)d days", days) % {"count": max(days, 1)}
    if days < 60:
        weeks = round(days / 7)
        return ngettext("%(count)d week", "%(count)d weeks", weeks) % {"count": weeks}
    months = round(days / 30.4)
    return ngettext("%(count)d month", "%(count)d months", months) % {"count": months}


def _add_products(found: dict[int, dict[str, str]]) -> None:
    rows = (
        list_sendable()
        .filter(customer_id__in=list(found))
        .order_by("customer_id", "kind", "rank")
        .values_list("customer_id", "kind", "product__name", "product__code")
    )
    for customer_id, kind, name, code in rows:
        values, shown = found[customer_id], tidy(name or code)
        values.setdefault("product", shown)
        values.setdefault("buy_again" if kind == "buy_again" else "new_product", shown)


def _add_links(
    found: dict[int, dict[str, str]], business: Business, channel: str, language: str
) -> None:
    """Give the labels of links that are a person's own, to those whose address surely is theirs: a
    link that opens somebody's page goes to nobody else.
    """
    kind = "email" if channel == "email" else "phone"
    people = Customer.objects.filter(id__in=list(found)).exclude(**{kind: ""})
    own = list_own_addresses(customer_ids=list(found), kind=kind)
    with override(language):
        labels = {
            "own_page": _("Your page at %(shop)s") % {"shop": business.name},
            "confirm_details": _("Confirm your details"),
        }
    for number, address in people.values_list("id", kind):
        if address in own.get(number, set()):
            found[number].update(labels)


def _last_products(before: datetime) -> QuerySet[OrderLine]:
    """Give the goods of the last order before a moment, of the customer in the query around; what
    was paid most for stands first. What is sold but is no product (a bag, a fee) is left out.
    """
    orders = Order.objects.filter(
        record__customer=OuterRef(OuterRef("pk")), is_return=False, ordered_at__lt=before
    ).order_by("-ordered_at", "-id")
    not_goods = Product.objects.filter(code=OuterRef("product_code"), is_sellable=False)
    return (
        OrderLine.objects.filter(~Exists(not_goods), order_id=Subquery(orders.values("id")[:1]))
        .exclude(Q(product_name="") | Q(net_amount__lte=0))
        .order_by("-net_amount", "line_number")
    )


def tidy(name: str) -> str:
    """Write a product's name as one reads it: tills shout in capitals."""
    plain = " ".join(name.split())
    return plain.capitalize() if len(plain) > 3 and plain.isupper() else plain
