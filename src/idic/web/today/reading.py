"""What waits for somebody today, in two statements: what was promised, complained of, planned and
settled, and who works here; and, from the summaries, whom we would like to reach ourselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from idic.web.selectors.timeline import moment_of
from idic.web.today.planning import Done, Reason, Waiting

# Whom we reached is left in peace for so long.
REST_DAYS = 14
# Birthdays are told of so many days ahead, today included.
BIRTHDAY_DAYS = 7
_MOST = 60  # of each sort: three times what a day holds
_BEST = 2_000  # among so many of the most valuable somebody new or with a birthday is looked for


@dataclass(frozen=True, slots=True)
class Settled:
    """What was settled today: of whom, how, and by whom."""

    reason: Reason
    customer_id: int | None
    text: str
    outcome: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Desktop:
    """Everything that waits, and what is settled today."""

    waiting: list[Waiting] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    complaining: frozenset[int] = frozenset()
    colleagues: list[tuple[int, str]] = field(default_factory=list)

    def done(self, reasons: frozenset[Reason]) -> Done:
        """Count what is settled for one desk."""
        mine = [s for s in self.settled if s.reason in reasons]
        counts: dict[Reason, int] = {}
        for settled in mine:
            counts[settled.reason] = counts.get(settled.reason, 0) + 1
        # A person somebody settled at another desk is not called twice either.
        people = frozenset(s.customer_id for s in self.settled if s.customer_id)
        return Done(people, counts)


@dataclass(frozen=True, slots=True)
class Frame:
    """The day that is planned: the moment, where its bounds lie, the day figures are as of."""

    now: datetime
    today: date
    began_at: datetime
    ends_at: datetime
    as_of: date
    staff_id: int
    is_lead: bool


# Each part gives: what, id, customer, kind, text, due, since, by, tries, tried, staff, outcome.
_MINE = "(%(lead)s = 1 OR x.{0} IS NULL OR x.{0} = %(staff)s)"
_NOTED = f"""
SELECT * FROM (SELECT 'task' AS what, x.id, x.customer_id, x.kind, x.text, x.due_at AS due,
    x.created_at AS since, COALESCE(s.display_name, '') AS who, 0 AS tries,
    x.done_at AS tried, x.assignee_id AS staff, '' AS outcome
    FROM interact_task x LEFT JOIN core_staff s ON s.id = x.created_by_id
    WHERE x.done_at IS NULL AND x.due_at < %(ends)s AND {_MINE.format("assignee_id")}
    ORDER BY x.due_at, x.id LIMIT %(most)s) a
UNION ALL SELECT * FROM (SELECT 'kept', x.id, x.customer_id, x.kind, x.text, x.due_at,
    x.created_at, COALESCE(s.display_name, ''), 0, x.done_at, x.assignee_id, x.outcome
    FROM interact_task x LEFT JOIN core_staff s ON s.id = x.assignee_id
    WHERE x.done_at >= %(began)s AND {_MINE.format("assignee_id")}
    ORDER BY x.done_at DESC, x.id LIMIT %(most)s) b
UNION ALL SELECT * FROM (SELECT 'case', x.id, x.customer_id, x.kind, x.text, x.due_at,
    x.opened_at, COALESCE(s.display_name, ''), 0, x.closed_at, x.owner_id, ''
    FROM interact_case x LEFT JOIN core_staff s ON s.id = x.owner_id
    WHERE x.closed_at IS NULL ORDER BY x.due_at, x.opened_at, x.id LIMIT %(most)s) c
UNION ALL SELECT * FROM (SELECT 'call', x.id, x.customer_id, CAST(x.due_date AS text),
    CAST(x.reason AS text), x.tried_at, x.created_at, COALESCE(s.display_name, ''), x.tries,
    x.tried_at, x.staff_id, ''
    FROM interact_calltask x LEFT JOIN core_staff s ON s.id = x.staff_id
    WHERE x.outcome = '' AND x.due_date <= %(today)s AND {_MINE.format("staff_id")}
    ORDER BY x.due_date, x.id LIMIT %(most)s) d
UNION ALL SELECT * FROM (SELECT 'ended', x.id, x.customer_id, '', CAST(x.reason AS text),
    x.outcome_at, x.outcome_at, COALESCE(s.display_name, ''), x.tries, x.outcome_at, x.staff_id,
    x.outcome
    FROM interact_calltask x LEFT JOIN core_staff s ON s.id = x.staff_id
    WHERE x.outcome_at >= %(began)s ORDER BY x.outcome_at DESC, x.id LIMIT %(most)s) e
UNION ALL SELECT 'colleague', x.id, NULL, '', x.display_name, NULL, NULL, '', 0, NULL, x.id, ''
    FROM core_staff x WHERE x.is_active
"""  # noqa: S608

# Nobody who complains, asked for silence, has a call planned or was reached lately.
_FREE = """
    AND EXISTS (SELECT 1 FROM identify_customer p WHERE p.id = s.customer_id
        AND (p.phone <> '' OR p.email <> '') AND p.merged_into_id IS NULL AND NOT p.is_staged)
    AND NOT EXISTS (SELECT 1 FROM identify_customerstate t WHERE t.customer_id = s.customer_id
        AND t.kind IN ('open_case', 'do_not_contact') AND t.since <= %(now)s
        AND (t.until IS NULL OR t.until > %(now)s))
    AND NOT EXISTS (SELECT 1 FROM interact_calltask k WHERE k.customer_id IN
        (SELECT f.id FROM identify_customer f
            WHERE f.id = s.customer_id OR f.merged_into_id = s.customer_id)
        AND (k.outcome = '' OR (k.outcome = 'done' AND k.outcome_at >= %(rest)s)))"""
_SUMMARY = "differentiate_customersummary"
_DAY_OF_YEAR = {
    "sqlite": "strftime('%%m-%%d', b.birth_date)",
    "postgresql": "to_char(b.birth_date, 'MM-DD')",
}
# Whom we may wish something: who never refused to hear from us.
_WILLING = "email_reach <> 'denied' AND sms_reach <> 'denied' AND zalo_reach <> 'denied'"
_OF_TIER = f"""SELECT * FROM (SELECT customer_id, expected_amount, birth_date FROM {_SUMMARY}
    WHERE tier = '{{}}' AND {_WILLING} ORDER BY expected_amount DESC, customer_id LIMIT {_BEST})"""  # noqa: S608
_DAYS_UNTIL = " ".join(f"WHEN %(birth_{days})s THEN {days}" for days in range(BIRTHDAY_DAYS))
_WISHED = f"""
SELECT * FROM (SELECT 'silent' AS reason, s.customer_id, s.winback_amount AS amount,
    0 AS days FROM {_SUMMARY} s
    WHERE s.tier = 'at_risk' AND s.is_overdue {_FREE}
    ORDER BY s.winback_amount DESC, s.customer_id LIMIT 20) a
UNION ALL SELECT * FROM (SELECT 'first', s.customer_id, s.expected_amount, 0 FROM
    (SELECT customer_id, expected_amount, first_order_date, order_count FROM {_SUMMARY}
    WHERE tier = 'new' AND expected_amount IS NOT NULL
    ORDER BY expected_amount DESC, customer_id LIMIT {_BEST}) s
    WHERE s.order_count = 1 AND s.first_order_date BETWEEN %(new_from)s AND %(new_to)s {_FREE}
    ORDER BY s.expected_amount DESC, s.customer_id LIMIT 10) b
UNION ALL SELECT * FROM (SELECT 'birthday', s.customer_id, s.expected_amount, s.days FROM
    (SELECT b.customer_id, b.expected_amount,
        CASE {{day_of_year}} {_DAYS_UNTIL} WHEN %(leap)s THEN %(leap_days)s END AS days
        FROM ({_OF_TIER.format("vvip")} w UNION ALL {_OF_TIER.format("vip")} v
            UNION ALL {_OF_TIER.format("loyal")} l) b
        WHERE b.birth_date IS NOT NULL) s
    WHERE s.days IS NOT NULL {_FREE}
    ORDER BY s.days, s.expected_amount DESC, s.customer_id LIMIT 10) c
UNION ALL SELECT * FROM (SELECT 'upsell', s.customer_id, s.usage_days, 0 FROM
    (SELECT customer_id, COALESCE(usage_days, 0) AS usage_days FROM differentiate_upsellalert) s
    WHERE 1 = 1 {_FREE}
    ORDER BY s.usage_days DESC, s.customer_id LIMIT 10) d
"""  # noqa: S608


def read_desktop(frame: Frame, *, with_wishes: bool) -> Desktop:
    """Read everything that waits; `with_wishes` adds whom the summaries propose."""
    rows = _ask(_NOTED, _noted_values(frame))
    waiting = [row for raw in rows if (row := _waiting(raw))]
    complaining = frozenset(raw[2] for raw in rows if raw[0] == "case" and raw[3] == "complaint")
    if with_wishes:
        statement = _WISHED.format(day_of_year=_DAY_OF_YEAR[connection.vendor])
        waiting += [
            Waiting(Reason(reason), customer_id, _place(days, amount, customer_id), code=reason)
            for reason, customer_id, amount, days in _ask(statement, _wished_values(frame))
        ]
    colleagues = sorted(((raw[1], raw[4]) for raw in rows if raw[0] == "colleague"), key=_named)
    return Desktop(waiting, list(_settled(rows)), complaining, colleagues)


def _named(colleague: tuple[int, str]) -> tuple[str, int]:
    number, name = colleague
    return name, number


def _place(days: int, amount: int | None, customer_id: int) -> tuple[float, int]:
    """Order by the day, then by what somebody is worth; no sum reaches a day's step."""
    return days * 1e14 - float(amount or 0), customer_id


def _ask(statement: str, values: dict[str, Any]) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _noted_values(frame: Frame) -> dict[str, Any]:
    moment = connection.ops.adapt_datetimefield_value
    return {
        "began": moment(frame.began_at),
        "ends": moment(frame.ends_at),
        "today": connection.ops.adapt_datefield_value(frame.today),
        "staff": frame.staff_id,
        "lead": int(frame.is_lead),
        "most": _MOST,
    }


def _wished_values(frame: Frame) -> dict[str, Any]:
    moment, day = connection.ops.adapt_datetimefield_value, connection.ops.adapt_datefield_value
    return {
        "now": moment(frame.now),
        "rest": moment(frame.began_at - timedelta(days=REST_DAYS)),
        "new_from": day(frame.as_of - timedelta(days=10)),
        "new_to": day(frame.as_of - timedelta(days=2)),
        **_birthdays(frame.today),
    }


def _birthdays(today: date) -> dict[str, str | int]:
    """Give the days of this week as MM-DD; who is born on 29 February has it on 1 March in years
    without that day.
    """
    days = [f"{today + timedelta(days=ahead):%m-%d}" for ahead in range(BIRTHDAY_DAYS)]
    has_leap = "03-01" in days and "02-29" not in days
    return {
        **{f"birth_{ahead}": day for ahead, day in enumerate(days)},
        "leap": "02-29" if has_leap else "",
        "leap_days": days.index("03-01") if has_leap else 0,
    }


def _waiting(raw: tuple[Any, ...]) -> Waiting | None:
    what, number, customer_id, kind, text, due, since, by, tries, tried, staff, _outcome = raw
    if what == "task":
        due_at = moment_of(due)
        reason = Reason.PROMISE if kind == "promise" else Reason.TASK
        return Waiting(
            reason=reason,
            customer_id=customer_id,
            place=(due_at.timestamp(), number),
            task_id=number,
            text=text,
            due_at=due_at,
            since=moment_of(since),
            by=by,
            code=kind,
            staff_id=staff,
        )
    if what == "case":
        opened = moment_of(since)
        until = moment_of(due) if due else None
        return Waiting(
            reason=Reason.COMPLAINT if kind == "complaint" else Reason.REQUEST,
            customer_id=customer_id,
            place=((until or opened).timestamp(), number),
            case_id=number,
            text=text,
            due_at=until,
            since=opened,
            by=by,
            code=kind,
            staff_id=staff,
        )
    if what == "call":
        return Waiting(
            reason=Reason.AGAIN,
            customer_id=customer_id,
            place=(float(date.fromisoformat(kind).toordinal()), number),
            since=moment_of(since),
            by=by,
            code=_code(text),
            tries=tries,
            tried_at=moment_of(tried) if tried else None,
            staff_id=staff,
        )
    return None


def _settled(rows: Sequence[tuple[Any, ...]]) -> Iterator[Settled]:
    """Give each thing settled today once: a promise kept by a call is one thing, not two."""
    told = set()
    for what, _id, customer_id, _kind, reason, _due, _since, by, _tries, at, _staff, how in rows:
        if what == "ended":
            code = _code(reason)
            told.add(customer_id)
            known = Reason(code) if code in set(Reason) else Reason.AGAIN
            yield Settled(known, customer_id, "", how, moment_of(at), by)
    for what, _id, customer_id, kind, text, _due, _since, by, _tries, at, _staff, _how in rows:
        if what == "kept" and (customer_id is None or customer_id not in told):
            reason = Reason.PROMISE if kind == "promise" else Reason.TASK
            yield Settled(reason, customer_id, text, "done", moment_of(at), by)


def _code(reason: str) -> str:
    read = json.loads(reason) if reason else {}
    return str(read.get("code", "")) if isinstance(read, dict) else ""
