"""One timeline of everything about a customer: orders, messages, calls, notes, complaints, moves.
One statement reads a page, the lines of its orders, and how many there are of each kind.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from idic.identify.ingest.calls import QUIET_KINDS

PAGE_SIZE = 30

# The groups people filter by, and the parts of the statement each is made of.
GROUPS: dict[str, tuple[str, ...]] = {
    "purchases": ("order",),
    "talks": ("message", "talk", "task"),
    "notes": ("note",),
    "cases": ("case",),
    "visits": ("visit",),
    "profile": ("tier", "identity", "consent"),
}


@dataclass(frozen=True)
class Happening:
    """One line of the timeline. `what` is its part of the statement, `kind` its name there."""

    what: str
    id: int
    at: datetime
    kind: str
    text: str
    amount: int | None
    unit: str
    detail: dict[str, Any]
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Timeline:
    """A page of the timeline, newest first; `older` is where the next page begins."""

    happenings: list[Happening]
    counts: dict[str, int]
    older: str
    since: datetime | None

    @property
    def total(self) -> int:
        """Count everything that ever happened."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class _Part:
    """One sort of happening: where it stands and which of its columns say what."""

    source: str
    at: str = "x.occurred_at"
    kind: str = "x.kind"
    text: str = "''"
    amount: str = "CAST(NULL AS bigint)"
    unit: str = "''"
    detail: str = "''"


_RECORDS = "(SELECT id FROM identify_sourcerecord WHERE customer_id = %(customer)s)"
# Whoever was joined to a customer keeps, under the number of then, what was done with them.
_FAMILY = (
    "(SELECT id FROM identify_customer WHERE id = %(customer)s OR merged_into_id = %(customer)s)"
)
_CONCERNING = "(SELECT entry_id FROM identify_identityredirect WHERE customer_id = %(customer)s)"
_PUBLISHED = (
    "(x.import_run_id IS NULL OR EXISTS (SELECT 1 FROM identify_importrun r "
    "WHERE r.id = x.import_run_id AND r.state = 'published'))"
)
_TALK = "x.kind IN ('call', 'message', 'chat', 'email', 'message_sent', 'offer_sent')"
_NOTE = "x.kind IN ('note', 'promise', 'promise_kept')"
# Calls that tell who somebody is: what they said shows elsewhere on the page.
_QUIET = f"x.kind IN ({', '.join(repr(kind) for kind in QUIET_KINDS)})"
_EVENTS = f"identify_event x WHERE x.record_id IN {_RECORDS} AND {_PUBLISHED} AND "
_DETAIL = "CAST(x.detail AS text)"
_PARTS: dict[str, _Part] = {
    "order": _Part(
        f"identify_order x WHERE x.record_id IN {_RECORDS} AND {_PUBLISHED}",
        at="x.ordered_at",
        kind="CASE WHEN x.is_return THEN 'return' ELSE 'order' END",
        text="x.store",
        amount="x.net_amount",
        unit="x.currency",
        detail="x.order_number",
    ),
    "note": _Part(_EVENTS + _NOTE, detail=_DETAIL),
    "talk": _Part(_EVENTS + _TALK, detail=_DETAIL),
    "visit": _Part(f"{_EVENTS} NOT ({_NOTE}) AND NOT ({_TALK}) AND NOT ({_QUIET})", detail=_DETAIL),
    "message": _Part(
        "interact_message x LEFT JOIN interact_campaign c ON c.id = x.campaign_id "
        f"WHERE x.customer_id IN {_FAMILY}",
        at="x.created_at",
        kind="x.channel",
        text="x.subject",
        amount="(SELECT COUNT(*) FROM interact_messageevent e WHERE e.message_id = x.id "
        "AND e.actor = 'human' AND e.kind IN ('click', 'reply'))",
        unit="x.state",
        detail="COALESCE(c.name, '')",
    ),
    "task": _Part(
        f"interact_task x WHERE x.customer_id IN {_FAMILY} AND x.kind <> 'promise' "
        "AND x.done_at IS NOT NULL",
        at="x.done_at",
        text="x.text",
        detail="x.outcome",
    ),
    "case": _Part(
        f"interact_case x WHERE x.customer_id IN {_FAMILY}",
        at="x.opened_at",
        text="x.text",
        amount="CASE WHEN x.closed_at IS NULL THEN 0 ELSE 1 END",
        detail="x.outcome",
    ),
    "tier": _Part(
        f"differentiate_tierchange x WHERE x.customer_id IN {_FAMILY}",
        at="{day}",
        kind="x.to_tier",
        text="x.from_tier",
        detail="CAST(x.reason AS text)",
    ),
    "identity": _Part(
        f"identify_identitylogentry x WHERE (x.customer_id IN {_FAMILY} OR x.id IN {_CONCERNING})",
        at="x.at",
        kind="x.act",
        text="CASE WHEN x.by = 'person' THEN x.actor ELSE x.by END",
        detail="CAST(x.evidence AS text)",
    ),
    "consent": _Part(
        f"identify_consent x WHERE x.record_id IN {_RECORDS} AND {_PUBLISHED}",
        at="x.given_at",
        kind="x.status",
        text="x.channel",
        unit="x.purpose",
        detail="x.proof",
    ),
}
# A day as a moment.
_DAY = {
    "sqlite": "x.on_date || ' 00:00:00'",
    "postgresql": "CAST(x.on_date AS timestamp) AT TIME ZONE 'UTC'",
}


def get_timeline(
    customer_id: int, *, group: str = "", before: str = "", limit: int = PAGE_SIZE
) -> Timeline:
    """Read one page of a customer's timeline, of everything or of one group."""
    place = _read_place(before)
    wanted = [part for name, parts in GROUPS.items() for part in parts if group in ("", name)]
    values: dict[str, Any] = {"customer": customer_id, "limit": limit + 1}
    if place is not None:
        at = connection.ops.adapt_datetimefield_value(place[0])
        values |= {"at": at, "id": place[1]}
    with connection.cursor() as cursor:
        cursor.execute(_statement(wanted, has_place=place is not None), values)
        return _timeline(cursor.fetchall(), limit)


def _statement(wanted: Sequence[str], *, has_place: bool) -> str:
    heads = " UNION ALL ".join(_head(part, has_place=has_place) for part in wanted)
    counts = " UNION ALL ".join(
        _count(group, part) for group, parts in GROUPS.items() for part in parts
    )
    return (
        f"WITH page AS (SELECT * FROM ({heads}) h "  # noqa: S608
        "ORDER BY at DESC, id DESC LIMIT %(limit)s) "
        "SELECT what, id, at, kind, text, amount, unit, detail FROM page "
        "UNION ALL SELECT 'line', l.order_id, NULL, '', CASE WHEN l.product_name = '' "
        "THEN l.product_code ELSE l.product_name END, l.line_number, '', '' "
        "FROM identify_orderline l "
        "WHERE l.order_id IN (SELECT id FROM page WHERE what = 'order') "
        f"UNION ALL SELECT 'count', c.number, c.at, c.name, '', NULL, '', '' FROM ({counts}) c"
    )


def _head(part: str, *, has_place: bool) -> str:
    """Give the newest of one part. Each is cut by itself, so that none carries its whole past."""
    p, at = _PARTS[part], _at(part)
    older = f" AND ({at} < %(at)s OR ({at} = %(at)s AND x.id < %(id)s))" if has_place else ""
    return (
        f"SELECT * FROM (SELECT '{part}' AS what, x.id AS id, {at} AS at, {p.kind} AS kind, "  # noqa: S608
        f"{p.text} AS text, {p.amount} AS amount, {p.unit} AS unit, {p.detail} AS detail "
        f"FROM {p.source}{older} ORDER BY {at} DESC, x.id DESC LIMIT %(limit)s) {part}_head"
    )


def _count(group: str, part: str) -> str:
    at = _at(part)
    return (
        f"SELECT '{group}' AS name, COUNT(*) AS number, MIN({at}) AS at "  # noqa: S608
        f"FROM {_PARTS[part].source}"
    )


def _at(part: str) -> str:
    return _PARTS[part].at.replace("{day}", _DAY[connection.vendor])


def _timeline(rows: Sequence[tuple[Any, ...]], limit: int) -> Timeline:
    counts = dict.fromkeys(GROUPS, 0)
    lines: dict[int, list[tuple[int, str]]] = {}
    firsts, found = [], []
    for row in rows:
        what, number, at, kind, text, amount, unit, detail = row
        if what == "count":
            counts[kind] += number
            firsts += [moment_of(at)] if at else []
        elif what == "line":
            lines.setdefault(number, []).append((amount, text))
        else:
            found.append((what, number, moment_of(at), kind, text, amount, unit, _detail(detail)))
    found.sort(key=lambda row: (row[2], row[1]), reverse=True)
    page = [
        Happening(*row, lines=[name for _place, name in sorted(lines.get(row[1], []))])
        for row in found[:limit]
    ]
    older = f"{page[-1].at.isoformat()}~{page[-1].id}" if len(found) > limit else ""
    return Timeline(page, counts, older, min(firsts, default=None))


def _detail(text: str) -> dict[str, Any]:
    if not text.startswith("{"):
        return {"text": text}
    try:
        read = json.loads(text)
    except ValueError:
        return {"text": text}
    return read if isinstance(read, dict) else {"text": text}


def moment_of(at: str | date | datetime) -> datetime:
    """Read a moment as the database gives it: SQLite keeps text in UTC."""
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    if not isinstance(at, datetime):
        at = datetime(at.year, at.month, at.day, tzinfo=UTC)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _read_place(text: str) -> tuple[datetime, int] | None:
    at, _, number = text.partition("~")
    if not number.isdecimal() or len(number) > 19:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)), int(number)
