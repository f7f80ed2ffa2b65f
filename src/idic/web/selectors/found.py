"""What the search finds: people first, then orders by their number, segments, campaigns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection
from django.urls import NoReverseMatch, reverse

from idic.core import ids, text
from idic.differentiate.models import Segment
from idic.identify.models import Customer
from idic.identify.names import list_names
from idic.identify.search import find
from idic.interact.models import Campaign
from idic.web.people import tail_of

_LEAST_LETTERS = 2


@dataclass(frozen=True)
class FoundPerson:
    """A customer found."""

    id: int
    name: str
    tier: str
    phone_tail: str
    city: str


@dataclass(frozen=True)
class FoundOrder:
    """An order found by its number, and whose it is."""

    number: str
    customer_id: int | None
    name: str
    amount: int
    currency: str


@dataclass(frozen=True)
class FoundThing:
    """A segment or campaign found by its name."""

    name: str
    url: str


def find_people(query: str, *, limit: int) -> list[FoundPerson]:
    """Find customers, best first."""
    return list_people([hit.customer_id for hit in find(query=query, limit=limit)])


def list_people(found: Sequence[int]) -> list[FoundPerson]:
    """Give these customers as the search shows them, in the order given."""
    if not found:
        return []
    rows = Customer.objects.filter(id__in=found, merged_into=None, is_staged=False)
    people = {person.id: person for person in rows.select_related("summary")}
    names = list_names(
        {i: person.full_name for i, person in people.items()},
        salutations={i: person.salutation for i, person in people.items()},
    )
    return [
        FoundPerson(
            i,
            names[i],
            people[i].summary.tier if hasattr(people[i], "summary") else "",
            tail_of(people[i].phone),
            people[i].city,
        )
        for i in found
        if i in people
    ]


# Merchants by steps along the index of order numbers, then the numbers that begin as typed.
_ORDERS = """
WITH RECURSIVE known(name) AS (SELECT MIN(merchant) FROM identify_order UNION ALL
    SELECT (SELECT MIN(o.merchant) FROM identify_order o WHERE o.merchant > known.name)
    FROM known WHERE known.name IS NOT NULL)
SELECT x.order_number, c.id, c.full_name, x.net_amount, x.currency
FROM identify_order x
LEFT JOIN identify_sourcerecord r ON r.id = x.record_id
LEFT JOIN identify_customer c ON c.id = r.customer_id
WHERE x.merchant IN (SELECT name FROM known)
    AND x.order_number >= %s AND x.order_number < %s
    AND (x.import_run_id IS NULL OR EXISTS (SELECT 1 FROM identify_importrun p
        WHERE p.id = x.import_run_id AND p.state = 'published'))
ORDER BY x.order_number LIMIT %s
"""


def find_orders(query: str, *, limit: int = 5) -> list[FoundOrder]:
    """Find orders whose number is, or begins with, what was typed."""
    number = query.strip().lstrip("#")
    if len(number) < 3 or not any(c.isdecimal() for c in number):
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, [number, f"{number}\uffff", limit])
        rows = [row for row in cursor.fetchall() if row[0].startswith(number)]
    names = list_names({row[1]: row[2] for row in rows if row[1] is not None})
    return [FoundOrder(row[0], row[1], names.get(row[1], ""), *row[3:]) for row in rows]


def find_segments(query: str, *, limit: int = 5) -> list[FoundThing]:
    """Find segments whose name holds every word typed."""
    rows = Segment.objects.filter(archived_at=None).values_list("id", "name")
    return _named(rows, query, "differentiate:segment_detail", "segment", limit)


def find_campaigns(query: str, *, limit: int = 5) -> list[FoundThing]:
    """Find campaigns whose name holds every word typed."""
    rows = Campaign.objects.order_by("-created_at").values_list("id", "name")[:2_000]
    return _named(rows, query, "interact:campaign_detail", "campaign", limit)


def _named(
    rows: Iterable[tuple[int, str]], query: str, url_name: str, kind: str, limit: int
) -> list[FoundThing]:
    """Match names in Python: there are few of them, and the database folds no Vietnamese."""
    words = text.words(query)
    if len("".join(words)) < _LEAST_LETTERS:
        return []
    found = []
    for number, name in rows:
        known = text.fold(name)
        url = _address(url_name, kind, number) if all(w in known for w in words) else ""
        if url:
            found.append(FoundThing(name, url))
        if len(found) == limit:
            break
    return found


def _address(url_name: str, kind: str, number: int) -> str:
    for argument in (ids.encode(kind, number), number):
        try:
            return reverse(url_name, args=[argument])
        except NoReverseMatch:
            continue
    return ""
