"""What calls say of people and companies, against what their records say already: only what is new
is planned. Reads only; `loading` writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from idic.identify.ingest.traits import Told
from idic.identify.models import IdentifierType, Trait

from .parties import Party


class Said(NamedTuple):
    """One telling: of whom, what, when."""

    party: Party
    told: Told
    at: datetime


class News(NamedTuple):
    """What is new, as rows."""

    traits: list[tuple[int, str, str, datetime]]  # record, name, value, when
    identifiers: list[tuple[int, str, str, str, bool]]  # record, type, value, as given, nobody's
    names: dict[int, str]  # record → how it is called
    customer_ids: set[int]


def find_news(*, said: Sequence[Said]) -> News:
    """Give what was not known, in the order it was said."""
    known = _known_values({one.party.id for one in said if not one.party.is_new})
    news = News([], [], {}, set())
    for party, told, at in said:
        has_news = party.is_new
        for name, value in told.traits.items():
            before = known.get((party.id, name))
            if before is not None and (before[0] == value or before[1] > at):
                continue
            known[party.id, name] = (value, at)
            news.traits.append((party.id, name, value, at))
            has_news = True
        news.identifiers.extend(
            (party.id, kind, contact.value, told.as_given[kind], contact.is_placeholder)
            for kind, contact in told.addresses.items()
        )
        if shown := told.traits.get("name", "") or told.traits.get("company", ""):
            news.names[party.id] = shown[:200]
        if has_news and party.customer_id is not None:
            news.customer_ids.add(party.customer_id)
    return news


def number_of(*, party: Party, user_id: str) -> tuple[int, str, str, str, bool]:
    """Give the row that makes a user id a number its customer can be found by."""
    return (party.id, IdentifierType.CUSTOMER_NUMBER, user_id, user_id, False)


def _known_values(record_ids: set[int]) -> dict[tuple[int, str], tuple[str, datetime]]:
    if not record_ids:
        return {}
    rows = Trait.objects.filter(record_id__in=sorted(record_ids)).order_by("observed_at", "id")
    return {
        (record_id, name): (value, at)
        for record_id, name, value, at in rows.values_list(
            "record_id", "name", "value", "observed_at"
        )
    }
