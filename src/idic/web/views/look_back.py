"""A look back at what other systems sent: who got a message at the wrong moment, each number with
its people.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from idic.core import formatting
from idic.core.access import may, staff_of
from idic.core.templatetags import ui
from idic.identify.models import Customer
from idic.identify.names import list_names
from idic.identify.services.sources import shown_source
from idic.web.people import public_id
from idic.web.selectors.look_back import PAGE_SIZE, Row, Wrong, find_look_back, list_rows
from idic.web.views.customers import business_of


@require_GET
def look_back(request: HttpRequest) -> HttpResponse:
    """Say how many messages came at the wrong moment, and why."""
    found = find_look_back()
    context = {
        "station": 1,
        "look": found,
        "systems": [shown_source(name) for name in found.systems] if found else [],
        "findings": [
            {
                "sentence": _say_people(one.why, one.people),
                "url": reverse("web:look_back_people", args=[one.why.value]),
            }
            for one in (found.findings if found else [])
        ],
        "may_import": may(staff_of(request), "imports.run"),
        "currency": business_of(request).currency,
    }
    return render(request, "web/look_back.html", context)


@require_GET
def look_back_people(request: HttpRequest, why: str) -> HttpResponse:
    """Show who got which message at one sort of wrong moment."""
    if why not in set(Wrong):
        raise Http404
    offset = _offset(request.GET.get("from", ""))
    rows, total = list_rows(why=Wrong(why), offset=offset)
    context = {
        "station": 1,
        "total": total,
        "sentence": _say_messages(Wrong(why), total),
        "rows": _drawn(rows, currency=business_of(request).currency),
        "next_url": f"?from={offset + PAGE_SIZE}" if offset + PAGE_SIZE < total else "",
        "previous_url": f"?from={max(0, offset - PAGE_SIZE)}" if offset else "",
    }
    return render(request, "web/look_back_people.html", context)


def _offset(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


def _say_people(why: Wrong, people: int) -> str:
    words = {
        Wrong.BIG_ORDER: ngettext(
            "%(count)s person got an offer within a week after a big order.",
            "%(count)s people got an offer within a week after a big order.",
            people,
        ),
        Wrong.COMPLAINT: ngettext(
            "%(count)s person was written to while their complaint stood open.",
            "%(count)s people were written to while their complaint stood open.",
            people,
        ),
        Wrong.REFUSED: ngettext(
            "%(count)s person was written to after they had refused.",
            "%(count)s people were written to after they had refused.",
            people,
        ),
        Wrong.MANY: ngettext(
            "%(count)s person got four or more messages within a week.",
            "%(count)s people got four or more messages within a week.",
            people,
        ),
    }
    return words[why] % {"count": formatting.number(people, language=get_language() or "en")}


def _say_messages(why: Wrong, count: int) -> str:
    words = {
        Wrong.BIG_ORDER: ngettext(
            "%(count)s offer came within a week after a big order",
            "%(count)s offers came within a week after a big order",
            count,
        ),
        Wrong.COMPLAINT: ngettext(
            "%(count)s message came while a complaint stood open",
            "%(count)s messages came while a complaint stood open",
            count,
        ),
        Wrong.REFUSED: ngettext(
            "%(count)s message came after a refusal",
            "%(count)s messages came after a refusal",
            count,
        ),
        Wrong.MANY: ngettext(
            "%(count)s message was the fourth or a later one within a week",
            "%(count)s messages were the fourth or a later one within a week",
            count,
        ),
    }
    return words[why] % {"count": formatting.number(count, language=get_language() or "en")}


def _drawn(rows: list[Row], *, currency: str) -> list[dict[str, Any]]:
    people = Customer.objects.in_bulk({row.customer_id for row in rows})
    names = list_names(
        {key: one.full_name for key, one in people.items()},
        salutations={key: one.salutation for key, one in people.items()},
    )
    return [
        {
            "id": public_id(row.customer_id),
            "name": names.get(row.customer_id, ""),
            "at": row.at,
            "subject": row.subject,
            "before": _say_before(row, currency),
        }
        for row in rows
        if row.customer_id in people
    ]


def _say_before(row: Row, currency: str) -> str:
    if row.amount is not None and row.before_at is not None:
        return _("Order of %(amount)s on %(day)s") % {
            "amount": ui.money(row.amount, currency),
            "day": ui.day(row.before_at),
        }
    if row.count is not None:
        return _("Message number %(count)s within a week") % {"count": row.count}
    return _("Since %(day)s") % {"day": ui.day(row.before_at)} if row.before_at else ""
