"""Loads calls from the accept log: records, customers, events, traits, the ledger and the mark, all
in one short transaction. The same calls again change nothing but the count of duplicates.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from idic.core import bulk, ids
from idic.core.jobs import publish
from idic.core.models import Business
from idic.identify.events import CustomersChanged, EventsStored, PeopleIdentified
from idic.identify.ingest.calls import Arrival, Call, Refusal
from idic.identify.ingest.orders import currency_in, read_order
from idic.identify.ingest.properties import clean_properties, clean_text
from idic.identify.models import (
    Customer,
    Event,
    Identifier,
    IdentifierType,
    IngestMark,
    IngestProblem,
    IngestProblemState,
    LifecycleStage,
    Relation,
    Source,
    SourceRecord,
    Trait,
)
from idic.identify.services import golden
from idic.identify.services.identity import record_matches

from .erased import leave_out_erased
from .ledger import Tally
from .orders import Orders, Told, plan_orders, write_orders
from .parties import Parties, Plan, new_members
from .refunds import Refund, Refunds
from .telling import News, Said, find_news, number_of

_EVENT_COLUMNS = ["id", "source_id", "message_id", "record_id", "kind", "occurred_at"]
_EVENT_COLUMNS += ["received_at", "detail"]
_KEPT_TEXT = 520_000  # a whole webhook: only what is whole can be tried again
_LONGEST_KEY = 100
_KEPT_REJECTIONS = 100  # of one reason in one portion


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in the accept log: before it everything is loaded."""

    segment: str
    offset: int
    call: int


@dataclass(slots=True)
class _Work:
    """What one source's calls come to."""

    plan: Plan
    events: list[tuple[Any, ...]]
    news: News
    days: list[datetime]  # of each event, when it was received
    orders: Orders
    members: list[tuple[int, int]] = field(default_factory=list)


def load(
    *,
    arrivals: Sequence[Arrival],
    refusals: Sequence[IngestProblem] = (),
    tally: Tally | None = None,
    mark: Mark | None,
    business: Business,
    now: datetime,
) -> float:
    """Store calls, count in `tally` what became of them and move the mark; give the seconds the
    database's lock was held. Beside itself it must not run.
    """
    tally = tally or Tally()
    sources = Source.objects.in_bulk({one.source_id for one in arrivals})
    problems = list(refusals)
    good_calls: list[tuple[Source, list[Call]]] = []
    for source_id, those in _by_source(arrivals).items():
        source = sources.get(source_id)
        good = _sort_out(those, source, tally, problems)
        if source is not None:
            good = leave_out_erased(good, source=source, business=business, tally=tally)
        if source is not None and good:
            good_calls.append((source, good))
    good_calls.sort(key=lambda one: -len(one[1]))
    first = _plan(*good_calls[0], business, tally) if good_calls else None
    with transaction.atomic():
        began = time.perf_counter()  # the lock is ours; how long we waited for it says nothing
        changed: set[int] = set()
        told: list[tuple[Any, ...]] = []
        for place, one in enumerate(good_calls):
            # The person or order that another source has just told of must be known by now.
            work = first if first is not None and not place else _plan(*one, business, tally)
            changed |= _write(work, tally, now)
            told += work.events
        _write_problems(problems)
        if mark is not None:
            _move(mark, now)
        tally.write()
        if changed:
            numbers = tuple(sorted(changed))
            publish(event=PeopleIdentified(customer_ids=numbers))
            publish(event=CustomersChanged(customer_ids=numbers))
        if told:
            publish(event=_stored(told))
    return time.perf_counter() - began


def _stored(told: Sequence[tuple[Any, ...]]) -> EventsStored:
    """Name each record and each kind once."""
    columns = (_EVENT_COLUMNS.index("record_id"), _EVENT_COLUMNS.index("kind"))
    records, kinds = ({row[place] for row in told} - {None} for place in columns)
    return EventsStored(record_ids=tuple(sorted(records)), kinds=tuple(sorted(kinds)))


def _by_source(arrivals: Sequence[Arrival]) -> dict[int, list[Arrival]]:
    found: dict[int, list[Arrival]] = defaultdict(list)
    for arrival in arrivals:
        found[arrival.source_id].append(arrival)
    return found


def _sort_out(
    arrivals: Sequence[Arrival],
    source: Source | None,
    tally: Tally,
    problems: list[IngestProblem],
) -> list[Call]:
    """Give the calls that can be stored, each once; count and keep the others."""
    wanted = [a.meaning.message_id for a in arrivals if isinstance(a.meaning, Call)]
    seen = set(
        Event.everything.filter(source=source, message_id__in=wanted).values_list(
            "message_id", flat=True
        )
    )
    source_id = source.id if source else None
    good = []
    for arrival in arrivals:
        day, meaning = arrival.received_at.date(), arrival.meaning
        if source is None:
            meaning = Refusal("no_source", str(arrival.source_id))
        if isinstance(meaning, Refusal):
            problems.append(problem_of(arrival, refusal=meaning, source_id=source_id))
            column = "quarantined" if meaning.is_quarantined else "rejected"
            tally.add(source_id=source_id, day=day, column=column)
        elif meaning.message_id in seen:
            tally.add(source_id=source_id, day=day, column="duplicate")
        else:
            seen.add(meaning.message_id)
            good.append(meaning)
    return good


def problem_of(arrival: Arrival, *, refusal: Refusal, source_id: int | None) -> IngestProblem:
    """Make the row of a call that is not stored."""
    is_quarantined = refusal.is_quarantined
    state = IngestProblemState.QUARANTINED if is_quarantined else IngestProblemState.REJECTED
    problem = IngestProblem(
        source_id=source_id,
        state=state,
        reason=refusal.reason,
        detail=refusal.detail,
        message_id=refusal.message_id,
        endpoint=arrival.endpoint,
        sent_at=arrival.sent_at[:60],
        body=arrival.body.decode("utf-8", "replace").replace("\x00", "�")[:_KEPT_TEXT],
        received_at=arrival.received_at,
    )
    problem.record_id = _record_about(refusal, source_id)
    return problem


def _record_about(refusal: Refusal, source_id: int | None) -> int | None:
    """Find the record a refused call is about, so that it goes when its person is erased."""
    device = f"anon:{refusal.anonymous_id}" if refusal.anonymous_id else ""
    keys = [key for key in (refusal.user_id, device) if key]
    if source_id is None or not keys:
        return None
    records = SourceRecord.objects.filter(source_id=source_id, source_key__in=keys)
    return records.values_list("id", flat=True).first()


def _plan(source: Source, calls: list[Call], business: Business, tally: Tally) -> _Work:
    parties = Parties(
        source=source, calls=calls, country=business.country, language=business.language
    )
    said: list[Said] = []
    told_orders: list[Told] = []
    refunds: list[Refund] = []
    events: list[tuple[Any, ...]] = []
    numbers = []
    for call, event_id in zip(calls, ids.new_ids(len(calls)), strict=True):
        party = parties.attach(call)
        told = parties.told(call)
        if told is not None:
            about = parties.company(call) if call.type == "group" else party
            said.append(Said(about, told, call.occurred_at))
        if call.order_number:
            currency = currency_in(call.order, usual=business.currency)
            bought = read_order(
                call.order_number, call.order, currency=currency, turn=call.order_turn
            )
            store = clean_text(call.order.get("store"))[:120]
            at = call.ordered_at or call.occurred_at
            key = clean_text(call.order.get("order_key"))[:_LONGEST_KEY]
            counted = _texts(call.order.get("refund_keys"))
            told_orders.append(Told(party, bought, at, call.occurred_at, store, key, counted))
        elif refund := _refund_of(call):
            refunds.append(refund)
        if party.is_new and call.user_id:
            numbers.append(number_of(party=party, user_id=call.user_id))
        events.append(
            (
                event_id,
                source.id,
                call.message_id,
                party.id,
                call.kind,
                call.occurred_at,
                call.received_at,
                call.detail,
            )
        )
    news = find_news(said=said)
    news.identifiers.extend(numbers)
    for party in parties.plan.records:
        party.name = news.names.pop(party.id, "")
    days = [call.received_at for call in calls]
    keys = [one.key for one in told_orders]
    heard = Refunds(source=source, keys=keys, told=refunds)
    orders = plan_orders(source=source, told=told_orders, refunds=heard)
    members = new_members(members=parties.plan.members)
    return _Work(parties.plan, events, news, days, orders, members)


def _refund_of(call: Call) -> Refund | None:
    key = clean_text(call.order.get("refund_key"))[:_LONGEST_KEY]
    if not call.refund_of or not key:
        return None
    return Refund(call.refund_of, key, clean_properties(call.order))


def _texts(value: Any) -> tuple[str, ...]:
    given = value if isinstance(value, list) else []
    return tuple(text for one in given if (text := clean_text(one)[:_LONGEST_KEY]))


def _write(work: _Work, tally: Tally, now: datetime) -> set[int]:
    """Write one source's rows and give the customers about whom something new is known."""
    plan, news = work.plan, work.news
    _follow_merges(plan)
    changed = {*plan.customers, *(link.customer_id for link in plan.links), *news.customer_ids}
    _write_people(plan, now)
    if news.identifiers or plan.devices:
        devices = [(n, IdentifierType.DEVICE, key, key, False) for n, key in plan.devices]
        rows = [(*row, now) for row in [*devices, *news.identifiers]]
        columns = ["record_id", "type", "value", "as_given", "is_placeholder", "created_at"]
        bulk.insert_rows(Identifier, columns, rows, ignore_conflicts=True)
    if news.traits:
        bulk.insert_rows(Trait, ["record_id", "name", "value", "observed_at"], news.traits)
    if news.names:
        bulk.update_rows(SourceRecord, ["id", "display_name"], list(news.names.items()))
    if work.members:
        bulk.insert_rows(
            Relation,
            ["subject_id", "object_id", "role"],
            [(*one, "member") for one in work.members],
        )
    stored = bulk.insert_rows(Event, _EVENT_COLUMNS, work.events, ignore_conflicts=True)
    source_id = work.events[0][1]
    for number, received_at in enumerate(work.days):
        # Nobody else writes a source's calls; should it be so, they are duplicates.
        column = "stored" if number < stored else "duplicate"
        tally.add(source_id=source_id, day=received_at.date(), column=column)
    if changed:
        _show(sorted(changed))
    return changed | write_orders(plan=work.orders)


def _follow_merges(plan: Plan) -> None:
    """Whom the plan took for somebody may have been joined to another since it was made: the other
    counts. Held until the rows stand, so that no merge comes in between.
    """
    known = {link.customer_id for link in plan.links}
    known |= {record.customer_id for record in plan.records if record.customer_id is not None}
    moved: dict[int, int] = {}
    waiting = known - set(plan.customers)
    while waiting:
        rows = Customer.objects.select_for_update().filter(id__in=waiting).order_by("id")
        found = {a: b for a, b in rows.values_list("id", "merged_into_id") if b is not None}
        moved |= found
        waiting = set(found.values()) - set(moved)
    if not moved:
        return

    def survivor(number: int) -> int:
        while number in moved:
            number = moved[number]
        return number

    for record in plan.records:
        if record.customer_id is not None:
            record.customer_id = survivor(record.customer_id)
    plan.links = [replace(link, customer_id=survivor(link.customer_id)) for link in plan.links]


def _write_people(plan: Plan, now: datetime) -> None:
    if plan.customers:
        rows = [(number, LifecycleStage.PROSPECT, now) for number in plan.customers]
        bulk.insert_rows(Customer, ["id", "lifecycle_stage", "created_at"], rows)
    if plan.records:
        columns = ["id", "source_id", "source_key", "kind", "customer_id", "display_name"]
        bulk.insert_rows(
            SourceRecord,
            [*columns, "created_at"],
            [
                (one.id, plan.source_id, one.key, one.kind, one.customer_id, one.name, now)
                for one in plan.records
            ],
        )
    found = [(one.record_id, one.customer_id) for one in plan.links if not one.is_new_record]
    if found:
        bulk.update_rows(SourceRecord, ["id", "customer_id"], found)
    record_matches(
        matches=[(one.record_id, one.customer_id, one.rule) for one in plan.links], now=now
    )


def _show(customer_ids: list[int]) -> None:
    names = ["is_company", *golden.COLUMNS]
    rows = [
        (number, *(columns[name] for name in names))
        for number, columns in golden.find_changes(customer_ids=customer_ids)
    ]
    bulk.update_rows(Customer, ["id", *names], rows)


def _write_problems(problems: Sequence[IngestProblem]) -> None:
    """Keep every call that is held back, and of those that are refused enough to see why."""
    kept: Counter[tuple[int | None, str]] = Counter()
    rows = []
    for problem in problems:
        kept[problem.source_id, problem.reason] += 1
        is_held = problem.state == IngestProblemState.QUARANTINED
        if is_held or kept[problem.source_id, problem.reason] <= _KEPT_REJECTIONS:
            rows.append(problem)
    IngestProblem.objects.bulk_create(rows, batch_size=200)


def _move(mark: Mark, now: datetime) -> None:
    values = {"offset": mark.offset, "call": mark.call, "updated_at": now}
    if not IngestMark.objects.filter(segment=mark.segment).update(**values):
        IngestMark.objects.create(segment=mark.segment, **values)


def find_mark(*, segment: str) -> Mark:
    """Give how far a segment is loaded: its beginning when nothing is."""
    row = IngestMark.objects.filter(segment=segment).first()
    return Mark(segment, row.offset, row.call) if row else Mark(segment, 0, 0)


def secure(*, mark: Mark, now: datetime) -> None:
    """Put everything written so far onto the disk, so that the segment may go. SQLite's commits
    wait for the disk at a checkpoint only; one full commit carries all before it along.
    """
    is_lazy = connection.vendor == "sqlite" and not connection.in_atomic_block
    if is_lazy:
        _set_synchronous("FULL")
    try:
        with transaction.atomic():
            _move(mark, now)
    finally:
        if is_lazy:
            _set_synchronous("NORMAL")


def forget_marks(*, keep: Sequence[str]) -> None:
    """Delete the marks of segments that are gone."""
    if IngestMark.objects.exclude(segment__in=keep).exists():
        with transaction.atomic():
            IngestMark.objects.exclude(segment__in=keep).delete()


def _set_synchronous(level: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={level}")
