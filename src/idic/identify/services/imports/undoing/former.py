"""What a run changes in place: kept when it is published, given back when it is undone. Whoever
changed the same thing later keeps the last word, and inherits what was before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from idic.core import bulk, ids
from idic.core.selectors import get_business
from idic.core.services.business import change_business
from idic.identify.models import (
    ExchangeRate,
    FormerValue,
    ImportRun,
    ImportState,
    LifecycleStage,
    Order,
    OrderLine,
    SourceRecord,
)
from idic.identify.services.identity.log import record_moves
from idic.identify.services.imports.slices import slices

ORDER, CUSTOMER, RECORD, BUSINESS = "order", "customer", "record", "business"
OWN, MADE = "own", "made"  # an order undo gave back; a customer inherited from an undone run

_ORDER_VALUES = ("ordered_at", "currency", "net_amount", "line_count", "is_return", "store")
_LINE_VALUES = (
    *("line_number", "product_code", "product_name", "category"),
    *("quantity", "unit_price", "net_amount"),
)
_RATE = "rate:"
# Orders with their lines in the first transaction, then as many as the time says.
_PORTION, _MOST = 8, 100
_PLACE = {"currency", "country", "time_zone"}
_COLUMNS = ["run_id", "subject", "subject_id", "before", "after"]

Pairs = Iterable[tuple[int, dict[str, Any], dict[str, Any]]]


def keep_former(*, run: ImportRun, subject: str, changes: Pairs) -> None:
    """Remember how things are, before the run changes them: (id, before, after)."""
    rows = ((run.id, subject, key, before, after) for key, before, after in changes)
    bulk.insert_rows(FormerValue, _COLUMNS, rows, ignore_conflicts=True)


def pass_on(*, heirs: Iterable[tuple[int, FormerValue]]) -> None:
    """Let other runs inherit what was before this one; who has a word of their own keeps it."""
    rows = [(run_id, one.subject, one.subject_id, one.before, one.after) for run_id, one in heirs]
    bulk.insert_rows(FormerValue, _COLUMNS, rows, ignore_conflicts=True)


def read_orders(*, digests: Mapping[int, str]) -> Pairs:
    """Give orders as they are, each with the digest it is about to get."""
    for chunk in slices(digests, size=200):
        lines: dict[int, list[list[Any]]] = {}
        rows = OrderLine.objects.filter(order_id__in=chunk).order_by("order_id", "line_number")
        for order_id, *line in rows.values_list("order_id", *_LINE_VALUES):
            lines.setdefault(order_id, []).append([*line[:4], str(line[4]), str(line[5]), line[6]])
        for order in Order.everything.filter(id__in=chunk):
            before = {name: getattr(order, name) for name in _ORDER_VALUES}
            before |= {
                "ordered_at": order.ordered_at.isoformat(),
                "fingerprint": order.fingerprint,
                "has_owner": order.record_id is not None,
                "lines": lines.get(order.id, []),
            }
            yield order.id, before, {"fingerprint": digests[order.id]}


def read_stages(*, customer_ids: Mapping[int, str]) -> Pairs:
    """Give the stages of people who are about to become customers."""
    for key, stage in customer_ids.items():
        yield key, {"lifecycle_stage": stage}, {"lifecycle_stage": LifecycleStage.CUSTOMER.value}


def read_business(*, changes: Mapping[str, Any], rates: Mapping[str, Decimal], day: date) -> Pairs:
    """Give the settings that a run is about to set, and the rates."""
    business = get_business()
    before = {name: _plain(getattr(business, name)) for name in changes}
    after = {name: _plain(value) for name, value in changes.items()}
    known = dict(ExchangeRate.objects.filter(from_date=day).values_list("currency", "rate"))
    for code, rate in rates.items():
        held = known.get(code)
        before[_RATE + code] = None if held is None else str(held)
        after[_RATE + code] = str(rate)
    if after:
        yield 1, before, after


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def give_back_records(*, run: ImportRun, actor: str, now: datetime) -> None:
    """Let records that were nobody's before the run be nobody's again."""
    pacer = _pacer()
    for chunk in _portions(run, RECORD, pacer):
        with bulk.hold(pacer=pacer, rows=len(chunk)):
            moves: list[tuple[int, int | None, int | None]] = []
            for former in chunk:
                owner: int = former.after["customer_id"]
                if SourceRecord.everything.filter(id=former.subject_id, customer_id=owner).update(
                    customer=None
                ):
                    moves.append((former.subject_id, owner, None))
            record_moves(moves=moves, by=f"undo:{run.id}", actor=actor, now=now)
            _drop(chunk)


def give_back_orders(*, run: ImportRun) -> tuple[int, int]:
    """Write orders as they were before the run changed them; give how many, and how many stay as
    they are because somebody changed them later.
    """
    given = kept = 0
    pacer = _pacer()
    for chunk in _portions(run, ORDER, pacer):
        keys = [former.subject_id for former in chunk]
        later = _later(run, ORDER, keys)
        last = [former for former in chunk if former.subject_id not in later]
        with bulk.hold(pacer=pacer, rows=len(chunk)):
            for former in chunk:
                if heir := later.get(former.subject_id):
                    heir.before = former.before
                    heir.save(update_fields=["before"])
            done = _write_orders(run, last)
            _drop(chunk)
        given += done
        kept += len(chunk) - done
    return given, kept


def _write_orders(run: ImportRun, formers: Sequence[FormerValue]) -> int:
    orders = Order.everything.in_bulk([former.subject_id for former in formers])
    done = 0
    for former in formers:
        order = orders.get(former.subject_id)
        if order is None or order.fingerprint != former.after["fingerprint"]:
            continue
        before = dict(former.before)
        lines, has_owner = before.pop("lines"), before.pop("has_owner")
        moment = datetime.fromisoformat(before.pop("ordered_at"))
        for name, value in before.items():
            setattr(order, name, value)
        order.ordered_at, order.revision = moment, ids.new_id()
        # An owner that came with a file goes with it; whoever else gave one keeps it.
        if not has_owner and _is_of(order.record_id, run):
            order.record_id = None
        order.save()
        OrderLine.objects.filter(order=order)._raw_delete(connection.alias)
        bulk.insert_rows(
            OrderLine, ["order_id", *_LINE_VALUES], [(order.id, *line) for line in lines]
        )
        _note_own(order)
        done += 1
    return done


def _is_of(record_id: int | None, run: ImportRun) -> bool:
    if record_id is None or run.source_id is None:
        return False
    return SourceRecord.everything.filter(id=record_id, source_id=run.source_id).exists()


def _note_own(order: Order) -> None:
    """Note that the order's new revision is the word of the run that brought it."""
    if order.import_run_id is not None:
        FormerValue.objects.update_or_create(
            run_id=order.import_run_id,
            subject=OWN,
            subject_id=order.id,
            defaults={"before": {"revision": order.revision}},
        )


def list_own(*, run: ImportRun) -> dict[int, int]:
    """Give the run's orders that an undo wrote anew, with the revision it gave them."""
    rows = FormerValue.objects.filter(run=run, subject=OWN)
    return {key: before["revision"] for key, before in rows.values_list("subject_id", "before")}


def hand_over_orders(*, run: ImportRun, order_ids: Sequence[int]) -> None:
    """Give orders that others changed later to the first of those, or to nobody in particular."""
    waiting, pacer = list(order_ids)[::-1], _pacer()
    while waiting:
        chunk = [waiting.pop() for _ in range(min(pacer.rows, _MOST, len(waiting)))]
        heirs = _later(run, ORDER, chunk)
        with bulk.hold(pacer=pacer, rows=len(chunk)):
            for order in Order.everything.filter(id__in=chunk):
                heir = heirs.get(order.id)
                order.import_run_id = heir.run_id if heir else None
                order.save(update_fields=["import_run"])
                if heir is None:
                    continue
                if order.fingerprint == heir.after["fingerprint"]:
                    _note_own(order)
                heir.delete()
            FormerValue.objects.filter(run=run, subject=OWN, subject_id__in=chunk).delete()


def has_other_orders(*, run: ImportRun) -> bool:
    """Tell whether the shop keeps orders of its own without a run's."""
    own = Order.objects.filter(source__is_demo=False)
    return own.filter(Q(import_run=None) | ~Q(import_run=run)).exists()


def give_back_business(*, run: ImportRun, has_orders: bool, actor: str, now: datetime) -> None:
    """Set what the run had set on the business as it was, in the caller's transaction. Currency
    and place stay while there are orders: they were taken in with them.
    """
    former = FormerValue.objects.filter(run=run, subject=BUSINESS).first()
    if former is None:
        return
    back: dict[str, Any] = {}
    later = list(_of_later_runs(run, BUSINESS).filter(id__gt=former.id))
    for name, before in former.before.items():
        heir = next((one for one in later if name in one.before), None)
        if heir is not None:
            heir.before[name] = before
            heir.save(update_fields=["before"])
        elif name.startswith(_RATE):
            _give_back_rate(name.removeprefix(_RATE), before, former.after[name])
        elif _plain(getattr(get_business(), name)) == former.after[name]:
            back[name] = date.fromisoformat(before) if name == "as_of_date" and before else before
    if has_orders:
        back = {name: value for name, value in back.items() if name not in _PLACE}
    change_business(changes=back, actor=actor, now=now)
    former.delete()


def _give_back_rate(code: str, before: str | None, after: str) -> None:
    # Orders in that currency still count by it.
    rates = ExchangeRate.objects.filter(currency=code, rate=Decimal(after))
    if before is not None:
        rates.update(rate=Decimal(before))
    elif not Order.objects.filter(currency=code).exists():
        rates.delete()


def _pacer() -> bulk.Pacer:
    return bulk.Pacer(rows=_PORTION, least=1)


def _portions(run: ImportRun, subject: str, pacer: bulk.Pacer) -> Iterable[list[FormerValue]]:
    rows = FormerValue.objects.filter(run=run, subject=subject).order_by("id")
    while chunk := list(rows[: min(pacer.rows, _MOST)]):
        yield chunk


def _drop(chunk: Sequence[FormerValue]) -> None:
    FormerValue.objects.filter(id__in=[former.id for former in chunk]).delete()


def _of_later_runs(run: ImportRun, subject: str) -> QuerySet[FormerValue]:
    """Give what other imports changed, the earliest first: ids grow with time, and rows are kept
    just before a run is published.
    """
    rows = FormerValue.objects.filter(subject=subject, run__state=ImportState.PUBLISHED)
    return rows.exclude(run=run).order_by("id")


def _later(run: ImportRun, subject: str, keys: Sequence[int]) -> dict[int, FormerValue]:
    """Find, for each, the first run that changed it after this one."""
    own = dict(
        FormerValue.objects.filter(run=run, subject=subject, subject_id__in=keys).values_list(
            "subject_id", "id"
        )
    )
    found: dict[int, FormerValue] = {}
    for former in _of_later_runs(run, subject).filter(subject_id__in=keys):
        if former.id > own.get(former.subject_id, 0):
            found.setdefault(former.subject_id, former)
    return found
