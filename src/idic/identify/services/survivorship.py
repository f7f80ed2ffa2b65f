"""Changes which value survives: tries rules out first, publishes them as a version, goes
back to an earlier one, and writes what then shows in short transactions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from idic.core import bulk
from idic.core.jobs import publish
from idic.core.models import Staff
from idic.core.services import audit
from idic.identify.events import CustomersChanged
from idic.identify.models import Customer, Source, SourceKind, SurvivorshipVersion
from idic.identify.services import golden
from idic.identify.services.imports.slices import slices
from idic.identify.services.search_index import reindex
from idic.identify.survivorship import DEFAULT_ORDER, Criterion, Rules, read_orders

Progress = Callable[[int, int, str], None]
Orders = Mapping[str, Sequence[str]]

# A source that comes later stands behind those that were put in order.
_FIRST_RANK, _LATER_RANK = 1, 50
_LOOKED_AT = 5_000  # customers a preview looks at
_SAMPLES = 8
_SLICE = 200


class WrongRules(ValueError):
    """Raised when rules cannot be published; the text says why in plain words."""

    is_for_people = True


@dataclass(frozen=True, slots=True)
class Change:
    """One column of one customer that would show something else."""

    customer_id: int
    column: str
    before: str
    after: str


@dataclass(slots=True)
class Preview:
    """What rules would change: how many customers of those looked at, by column, and some."""

    looked_at: int = 0
    is_whole: bool = True
    customers: int = 0
    columns: dict[str, int] = field(default_factory=dict)
    samples: list[Change] = field(default_factory=list)


def list_ranked() -> list[Source]:
    """Give the sources in the order they are trusted; the CRM's own stands before all."""
    return list(Source.objects.exclude(kind=SourceKind.CRM).order_by("rank", "id"))


def find_current() -> SurvivorshipVersion | None:
    """Give the version that holds; None while nobody changed anything."""
    return SurvivorshipVersion.objects.order_by("-number").first()


def preview(*, orders: Orders, source_ids: Sequence[int]) -> Preview:
    """Try rules out: what would show then. Reads only, and at most some thousands of customers:
    those about whom sources disagree are looked at, the newest first.
    """
    rules = Rules(read_orders(orders), _ranks(source_ids))
    numbers = _list_disputed()
    found = Preview(looked_at=min(len(numbers), _LOOKED_AT), is_whole=len(numbers) <= _LOOKED_AT)
    for chunk in slices(numbers[:_LOOKED_AT]):
        then = dict(golden.find_changes(customer_ids=chunk, rules=rules))
        for customer_id, customer in Customer.objects.in_bulk(list(then)).items():
            columns = then[customer_id]
            changed = [
                Change(
                    customer_id,
                    name,
                    golden.read_column(customer, column=name),
                    _text(columns[name]),
                )
                for name in golden.COLUMNS
                if columns[name] != getattr(customer, name)
            ]
            _add(found, changed)
    return found


def _add(found: Preview, changed: Sequence[Change]) -> None:
    if not changed:
        return
    found.customers += 1
    for one in changed:
        found.columns[one.column] = found.columns.get(one.column, 0) + 1
    found.samples += changed[: max(0, _SAMPLES - len(found.samples))]


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _list_disputed() -> list[int]:
    """Give the customers whose records are of more than one, the newest first: elsewhere no order
    of sources decides anything; nor do two values of one record differ but by their moment.
    """
    wanted = [name for names in golden.COLUMNS.values() for name in names]
    rows = golden.list_in_force().filter(
        name__in=wanted, record__customer__is_staged=False, record__customer__merged_into=None
    )
    pairs = rows.values_list("record__customer_id", "name", "value").distinct()
    seen: set[tuple[int, str]] = set()
    disputed: set[int] = set()
    for customer_id, name, _value in pairs.iterator(chunk_size=5_000):
        if customer_id is None:
            continue
        if (customer_id, name) in seen:
            disputed.add(customer_id)
        seen.add((customer_id, name))
    return sorted(disputed, reverse=True)


def publish_rules(
    *, orders: Orders, source_ids: Sequence[int], staff: Staff, now: datetime
) -> SurvivorshipVersion:
    """Let rules hold from now on; what shows is written by `recompute`, in the background.

    Raises WrongRules when an order or the sources are not whole.
    """
    if sorted(source_ids) != sorted(source.id for source in list_ranked()):
        raise WrongRules(_("There is another source by now. Look once more."))
    ranks = _ranks(source_ids)
    return _publish(orders=orders, ranks=ranks, staff=staff, now=now, came_from=None)


def go_back(*, number: int, staff: Staff, now: datetime) -> SurvivorshipVersion:
    """Let an earlier version hold again, as a new one; 0 is how it was before all. Sources that
    came later keep standing behind.
    """
    earlier = SurvivorshipVersion.objects.filter(number=number).first()
    if earlier is None:
        raise WrongRules(_("There is no such version."))
    ranks = {int(source_id): int(rank) for source_id, rank in earlier.sources}
    return _publish(orders=earlier.orders, ranks=ranks, staff=staff, now=now, came_from=number)


def _publish(
    *,
    orders: Orders,
    ranks: Mapping[int, int],
    staff: Staff,
    now: datetime,
    came_from: int | None,
) -> SurvivorshipVersion:
    kept = {
        column: [str(one) for one in order]
        for column, order in _read(orders).items()
        if order != DEFAULT_ORDER
    }
    with transaction.atomic():
        last = SurvivorshipVersion.objects.select_for_update().order_by("-number").first()
        if last is None:  # how it was before all is a version too: one can go back to it
            SurvivorshipVersion.objects.create(number=0, sources=_standing(), published_at=now)
        for source_id, rank in ranks.items():
            Source.objects.filter(id=source_id).exclude(rank=rank).update(rank=rank)
        version = SurvivorshipVersion.objects.create(
            number=last.number + 1 if last else 1,
            orders=kept,
            sources=_standing(),
            came_from=came_from,
            published_by=staff,
            published_at=now,
        )
        audit.record(
            at=now,
            actor=staff.email,
            action="survivorship.published",
            subject_type="survivorship",
            subject_id=version.number,
            detail={"orders": kept, "sources": version.sources},
        )
    return version


def _read(orders: Orders) -> dict[str, tuple[Criterion, ...]]:
    try:
        return read_orders(orders)
    except ValueError as wrong:
        raise WrongRules(str(wrong)) from wrong


def _standing() -> list[tuple[int, int]]:
    return [(source.id, source.rank) for source in list_ranked()]


def _ranks(source_ids: Sequence[int]) -> dict[int, int]:
    """Give each source its rank: the first the smallest, all before those that come later. In the
    order they stand in they keep theirs: sources of one rank stay equals.
    """
    if list(source_ids) == [source.id for source in list_ranked()]:
        return {}
    return {
        source_id: min(_FIRST_RANK + place, _LATER_RANK)
        for place, source_id in enumerate(source_ids)
    }


def recompute(*, progress: Progress | None = None) -> int:
    """Let every customer show what the rules say now; give how many changed. Short transactions,
    and twice is once: run again after a crash, it ends the same.
    """
    numbers = list(
        Customer.objects.filter(is_staged=False, merged_into=None)
        .order_by("id")
        .values_list("id", flat=True)
    )
    names = ["is_company", *golden.COLUMNS]
    changed = done = 0
    for chunk in slices(numbers, size=_SLICE):
        changes = golden.find_changes(customer_ids=chunk)
        if changes:
            keys = [key for key, _columns in changes]
            rows = [(key, *(columns[name] for name in names)) for key, columns in changes]
            with bulk.hold():
                bulk.update_rows(Customer, ["id", *names], rows)
                reindex(customer_ids=keys)
                publish(event=CustomersChanged(customer_ids=tuple(keys)))
            changed += len(changes)
        done += len(chunk)
        if progress is not None:
            progress(done, len(numbers), "values")
    return changed
