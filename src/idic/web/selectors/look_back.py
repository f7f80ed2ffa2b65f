"""Reads the messages other systems sent, as their logs tell, against what was known when they went:
which came just after a big order, during a complaint, after a refusal, or one upon another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from idic.engine.table import Table
from idic.identify.facts import open_facts
from idic.identify.importing.happenings import OFFER_SENT, SENT
from idic.identify.models import Consent, ConsentStatus, Event, Purpose, Source
from idic.interact.models import Case, CaseKind
from idic.lake.reader import Reader

# A big order is one of the largest tenth; an offer within a week of it was not needed.
_SHARE, _MOST_SHARE, _DAYS = 0.1, 0.25, 7
_IN_A_WEEK = 4
PAGE_SIZE = 50


class Wrong(StrEnum):
    """Why a message came at the wrong moment."""

    BIG_ORDER = "after-a-big-order"
    COMPLAINT = "during-a-complaint"
    REFUSED = "after-a-refusal"
    MANY = "one-upon-another"


@dataclass(frozen=True, slots=True)
class Finding:
    """How many messages came at one sort of wrong moment, to how many people."""

    why: Wrong
    messages: int
    people: int


@dataclass(frozen=True, slots=True)
class LookBack:
    """What the logs hold, and what was wrong with it."""

    messages: int
    people: int
    first: datetime
    last: datetime
    systems: list[str]
    big_amount: int
    findings: list[Finding]
    wrong_messages: int


@dataclass(frozen=True, slots=True)
class Row:
    """One message that came at a wrong moment: to whom, when, what, and what had been before."""

    event_id: int
    customer_id: int
    at: datetime
    subject: str
    before_at: datetime | None
    amount: int | None
    count: int | None


def find_look_back() -> LookBack | None:
    """Read all logs; None when there are none yet."""
    with open_facts() as facts:
        if not _prepare(facts):
            return None
        head = _ask(
            facts,
            "SELECT count(*), count(DISTINCT customer_id), min(sent_at), max(sent_at) FROM sent",
        )[0]
        counted = _ask(
            facts,
            "SELECT why, count(DISTINCT event_id), count(DISTINCT customer_id) FROM wrong "
            "GROUP BY why",
        )
        wrong = _ask(facts, "SELECT count(DISTINCT event_id) FROM wrong")[0][0]
        sources = [row[0] for row in _ask(facts, "SELECT DISTINCT source_id FROM sent")]
        big = _ask(facts, "SELECT amount FROM big")[0][0]
    found = {why: Finding(Wrong(why), messages, people) for why, messages, people in counted}
    names = Source.objects.filter(id__in=sources).order_by("name").values_list("name", flat=True)
    return LookBack(
        messages=head[0],
        people=head[1],
        first=_aware(head[2]),
        last=_aware(head[3]),
        systems=list(names),
        big_amount=int(big or 0),
        findings=[found[why.value] for why in Wrong if why.value in found],
        wrong_messages=wrong,
    )


def list_rows(*, why: Wrong, offset: int) -> tuple[list[Row], int]:
    """Give a page of the messages of one sort, the latest first, and how many there are."""
    with open_facts() as facts:
        if not _prepare(facts):
            return [], 0
        total = _ask(
            facts, "SELECT count(DISTINCT event_id) FROM wrong WHERE why = ?", [why.value]
        )[0][0]
        rows = _ask(
            facts,
            "SELECT event_id, any_value(customer_id), any_value(sent_at), max(before_at), "
            "max(amount), max(number) FROM wrong WHERE why = ? GROUP BY event_id "
            "ORDER BY 3 DESC, 1 DESC LIMIT ? OFFSET ?",
            [why.value, PAGE_SIZE, offset],
        )
    told = Event.objects.filter(id__in=[row[0] for row in rows]).values_list("id", "detail")
    details = dict(told)
    return [
        Row(
            event_id=key,
            customer_id=customer_id,
            at=_aware(at),
            subject=_subject(details.get(key)),
            before_at=_aware(before) if before else None,
            amount=amount,
            count=number,
        )
        for key, customer_id, at, before, amount, number in rows
    ], int(total)


def _ask(facts: Reader, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
    return list(facts.query(sql, parameters).rows())


def _subject(detail: dict[str, Any] | None) -> str:
    told = detail or {}
    return str(told.get("subject") or told.get("campaign") or "")


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)


def _prepare(facts: Reader) -> bool:
    """Lay out what was sent and what was wrong with it; False when nothing was sent."""
    facts.define(name="sent", sql=_SENT, is_kept=True)
    people = {row[0] for row in _ask(facts, "SELECT DISTINCT customer_id FROM sent")}
    if not people:
        return False
    moments = {"customer_id": int, "from_at": datetime, "until_at": datetime}
    facts.add(name="complaint", table=Table.from_rows(list(_complaints(people)), columns=moments))
    refused = {"event_id": int, "refused_at": datetime}
    facts.add(name="refused", table=Table.from_rows(list(_refused(people)), columns=refused))
    facts.define(name="big", sql=_BIG, is_kept=True)
    facts.define(name="wrong", sql=_WRONG, is_kept=True)
    return True


_SENT = f"""
    SELECT e.event_id, m.customer_id, e.occurred_at AS sent_at, e.source_id,
        e.kind = '{OFFER_SENT}' AS is_offer
    FROM event e JOIN record_customer_map m USING (record_id)
    WHERE e.kind IN ('{SENT}', '{OFFER_SENT}')
"""  # noqa: S608 - our own words
# As many orders as a tenth of all stand at or above this amount, not more; where several share the
# highest amount, a quarter.
_BIG = f"""
    SELECT min(net_amount) AS amount FROM (
        SELECT net_amount, sum(orders) OVER (ORDER BY net_amount DESC) AS above,
            sum(orders) OVER () AS orders, row_number() OVER (ORDER BY net_amount DESC) AS place
        FROM (SELECT net_amount, count(*) AS orders FROM customer_orders
              WHERE net_amount > 0 AND customer_id IS NOT NULL GROUP BY net_amount))
    WHERE above <= {_SHARE} * orders OR (place = 1 AND above <= {_MOST_SHARE} * orders)
"""  # noqa: S608 - our own number
_WRONG = f"""
    SELECT '{Wrong.BIG_ORDER.value}' AS why, s.event_id, s.customer_id, s.sent_at,
        o.ordered_at AS before_at, o.net_amount AS amount, CAST(NULL AS BIGINT) AS number
    FROM sent s JOIN customer_orders o ON o.customer_id = s.customer_id
        AND o.ordered_at <= s.sent_at AND o.ordered_at > s.sent_at - INTERVAL {_DAYS} DAY
    WHERE s.is_offer AND o.net_amount >= (SELECT amount FROM big)
    UNION ALL
    SELECT '{Wrong.COMPLAINT.value}', s.event_id, s.customer_id, s.sent_at, c.from_at, NULL, NULL
    FROM sent s JOIN complaint c ON c.customer_id = s.customer_id
        AND c.from_at <= s.sent_at AND c.until_at > s.sent_at
    UNION ALL
    SELECT '{Wrong.REFUSED.value}', s.event_id, s.customer_id, s.sent_at, r.refused_at, NULL, NULL
    FROM sent s JOIN refused r USING (event_id)
    UNION ALL
    SELECT * FROM (
        SELECT '{Wrong.MANY.value}', event_id, customer_id, sent_at, NULL, NULL,
            count(*) OVER (PARTITION BY customer_id ORDER BY sent_at
                RANGE BETWEEN INTERVAL {_DAYS} DAY PRECEDING AND CURRENT ROW) AS number
        FROM sent)
    WHERE number >= {_IN_A_WEEK}
"""  # noqa: S608 - our own words and numbers
_NEVER = datetime(2999, 1, 1)  # noqa: DTZ001 - the lake's moments bear no zone


def _complaints(people: set[int]) -> Iterator[tuple[int, datetime, datetime]]:
    """Give since when and until when each complaint stood open."""
    rows = Case.objects.filter(kind=CaseKind.COMPLAINT).values_list(
        "customer_id", "opened_at", "closed_at"
    )
    for customer_id, opened, closed in rows.iterator(chunk_size=5_000):
        if customer_id in people:
            yield customer_id, _naive(opened), _naive(closed) if closed else _NEVER


Words = dict[str, list[tuple[datetime, str]]]


def _refused(people: set[int]) -> Iterator[tuple[int, datetime]]:
    """Give the messages that went to somebody who had refused that channel, and since when."""
    said = {key: words for key, words in _words(people).items() if _has_refusal(words)}
    who = list(said)
    for start in range(0, len(who), 500):
        sent = Event.objects.filter(
            kind__in=[SENT, OFFER_SENT], record__customer_id__in=who[start : start + 500]
        ).values_list("id", "record__customer_id", "occurred_at", "detail")
        for key, customer_id, at, detail in sent:
            if customer_id is None:
                continue
            before = [w for w in said[customer_id].get(detail.get("channel", ""), []) if w[0] <= at]
            if before and before[-1][1] == ConsentStatus.DENIED:
                yield key, _naive(before[-1][0])


def _words(people: set[int]) -> dict[int, Words]:
    """Give what each person said of each channel, in the order of the days."""
    said: dict[int, Words] = defaultdict(lambda: defaultdict(list))
    rows = Consent.objects.filter(purpose=Purpose.MARKETING, record__customer__isnull=False)
    rows = rows.order_by("given_at", "recorded_at", "id")
    for customer_id, channel, at, status in rows.values_list(
        "record__customer_id", "channel", "given_at", "status"
    ).iterator(chunk_size=5_000):
        if customer_id in people and customer_id is not None:
            said[customer_id][channel].append((at, status))
    return said


def _has_refusal(words: Words) -> bool:
    return any(status == ConsentStatus.DENIED for told in words.values() for _at, status in told)


def _naive(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(tzinfo=None)
