"""Writes a customer list as CSV, and the trail that it left the house."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from idic.core import ids, money
from idic.core.services import audit
from idic.differentiate.models import CustomerSummary, NeedGroup, Reach, Tier
from idic.differentiate.segments import Frame
from idic.identify.models import Customer
from idic.web.listing import ListQuery
from idic.web.selectors.customers import list_everyone

_SLICE = 500
# A cell that begins so would be run as a formula by a spreadsheet.
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def export_customers(
    *,
    query: ListQuery,
    frame: Frame,
    language: str,
    actor: str,
    now: datetime,
    chosen: Collection[int] | None = None,
) -> Iterator[bytes]:
    """Give a list, or those chosen of it, as CSV, slice by slice; the trail says who took it and
    how it was filtered.
    """
    audit.record(
        at=now,
        actor=actor,
        action="customers.exported",
        detail={"filters": sorted({part.name for part in query.parts}), "sort": query.sort},
    )
    return _lines(query, frame, language, chosen)


def _lines(
    query: ListQuery, frame: Frame, language: str, chosen: Collection[int] | None
) -> Iterator[bytes]:
    # Spreadsheets take a file without this mark for one in the encoding of the country.
    yield "\ufeff".encode()
    with override(language):
        head = [str(name) for name in _head(frame.currency)]
        tiers = {code: str(label) for code, label in Tier.choices}
        reaches = {code: str(label) for code, label in Reach.choices}
    yield _csv([head])
    needs = dict(NeedGroup.objects.values_list("id", "name"))
    slice_: list[CustomerSummary] = []
    for summary in list_everyone(query, frame=frame, slice_size=_SLICE, among=chosen):
        slice_.append(summary)
        if len(slice_) == _SLICE:
            yield _csv(_rows(slice_, tiers, reaches, needs, frame.currency))
            slice_ = []
    yield _csv(_rows(slice_, tiers, reaches, needs, frame.currency))


def _head(currency: str) -> list[str]:
    return [
        _("Customer id"),
        pgettext("person", "Name"),
        _("Phone"),
        _("E-mail"),
        _("City"),
        _("Country"),
        _("Tier"),
        _("Needs"),
        _("Orders"),
        _("First order"),
        _("Last order"),
        _("Last 12 months (%(currency)s)") % {"currency": currency},
        _("Expected, next 12 months (%(currency)s)") % {"currency": currency},
        _("Days overdue"),
        _("E-mail allowed"),
    ]


def _rows(
    summaries: list[CustomerSummary],
    tiers: dict[str, str],
    reaches: dict[str, str],
    needs: dict[int, str],
    currency: str,
) -> list[list[Any]]:
    people = Customer.objects.in_bulk([s.customer_id for s in summaries])
    return [
        [
            ids.encode("customer", s.customer_id),
            s.full_name,
            people[s.customer_id].phone,
            people[s.customer_id].email,
            s.city,
            s.country,
            tiers.get(s.tier, ""),
            needs.get(s.need_group_id, "") if s.need_group_id else "",
            s.order_count,
            s.first_order_date,
            s.last_order_date,
            money.to_decimal(s.last_year_amount, currency=currency),
            _amount(s.expected_amount, currency),
            s.overdue_days if s.is_overdue else None,
            reaches.get(s.email_reach, ""),
        ]
        for s in summaries
        if s.customer_id in people
    ]


def _amount(minor: int | None, currency: str) -> Any:
    return None if minor is None else money.to_decimal(minor, currency=currency)


def _csv(rows: list[list[Any]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows([[harmless(value) for value in row] for row in rows])
    return file.getvalue().encode()


def harmless(value: Any) -> str:
    """Write a cell so that no spreadsheet takes text for a formula; numbers and days stay as they
    are.
    """
    if value is None:
        return ""
    text = str(value)
    if isinstance(value, (int, float, date)) or type(value).__name__ == "Decimal":
        return text
    return f"'{text}" if text.startswith(_DANGEROUS) else text
