"""Puts down what happened between the sample shop and its people besides buying: events in bulk,
complaints through the same services as in daily work. Run again, it changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from idic.core.selectors import get_business
from idic.identify.models import Source, SourceRecord
from idic.identify.services.events import Told, record_events
from idic.interact.models import Case
from idic.interact.services.cases import close_case, open_case
from idic.interact.services.tasks import adopt_promises
from idic.web.demo.happenings import Happening
from idic.web.demo.making import Making

_ACTOR = "system:demo"


def put_down_happenings(*, making: Making, now: datetime) -> None:
    """Write every event onto the record of the source it came through."""
    told = making.diary.happenings(making.sides(making.shop.base))
    by_source = sorted(told, key=_source_of)
    zone = _zone()
    for source, events in groupby(by_source, key=_source_of):
        found = Source.objects.get(is_demo=True, name=making.trade.sources[source])
        record_events(source=found, events=_told(events, zone), now=now)


def put_down_care(*, making: Making) -> None:
    """Open complaints and settle most of them; put what was promised on the list of tasks."""
    owners = _owners(making)
    known = set(Case.objects.values_list("customer_id", "opened_at"))
    zone = _zone()
    for care in making.diary.complaints():
        customer_id, opened_at = owners.get(care.person), care.opened_at.replace(tzinfo=zone)
        if customer_id is None or (customer_id, opened_at) in known:
            continue
        case = open_case(customer_id=customer_id, text=care.text, now=opened_at, actor=_ACTOR)
        if care.closed_at is not None:
            close_case(
                case=case,
                outcome=care.outcome,
                now=care.closed_at.replace(tzinfo=zone),
                actor=_ACTOR,
            )
    sources = Source.objects.filter(is_demo=True).values_list("id", flat=True)
    adopt_promises(source_ids=list(sources), time_zone=get_business().time_zone)


def _owners(making: Making) -> dict[int, int]:
    """Give the customer each person is known as, by their card or account."""
    source = making.diary.known
    numbers = {key: number for number, key in making.keys[source].items()}
    records = SourceRecord.objects.filter(
        source__name=making.trade.sources[source], source__is_demo=True, customer__isnull=False
    )
    return {
        numbers[key]: customer_id
        for key, customer_id in records.values_list("source_key", "customer_id")
        if key in numbers and customer_id is not None
    }


def _told(events: Iterable[Happening], zone: ZoneInfo) -> Iterable[Told]:
    return (
        Told(one.message_id, one.key, one.kind, one.at.replace(tzinfo=zone), one.detail)
        for one in events
    )


def _zone() -> ZoneInfo:
    return ZoneInfo(get_business().time_zone)


def _source_of(one: Happening) -> str:
    return one.source
