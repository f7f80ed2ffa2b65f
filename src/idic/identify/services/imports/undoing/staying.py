"""What an import brought, and what of it others have built on: read before anything is undone, for
the page that asks, and again by the undo itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Value

from idic.core.personal_data import PersonalTable, tables
from idic.identify.models import (
    AccountBalance,
    Consent,
    ConsentStatus,
    Customer,
    Event,
    FormerValue,
    Identifier,
    IdentityAct,
    IdentityRedirect,
    ImportRun,
    ImportState,
    IngestProblem,
    Order,
    Relation,
    SourceKind,
    SourceRecord,
    Trait,
)
from idic.identify.services.imports.slices import slices

from . import former

# Why a customer stays: codes; the page says them in words.
OTHER_SOURCE, STAFF, MERGED = "other_source", "staff", "merged"
_BUYER = 2  # the place of that reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What goes and what stays. `kept` gives each customer who stays, and why."""

    customers: int
    kept: dict[int, str]
    orders: int
    kept_orders: int
    restored_orders: int
    unrestorable_orders: int
    facts: int
    refusals: int
    repeats: list[ImportRun] = field(default_factory=list)

    @property
    def reasons(self) -> dict[str, int]:
        """Count those who stay by reason."""
        return dict(Counter(self.kept.values()).most_common())

    @property
    def going(self) -> int:
        """Count the customers who go."""
        return self.customers - len(self.kept)


def look_ahead(*, run: ImportRun) -> Outlook:
    """Say what an undo of a published run would do; nothing is changed."""
    kept_orders, made = list_kept_orders(run=run), _find_made(run)
    orders, changed, refusals, customers, *facts = _count_each(
        Order.everything.filter(import_run=run),
        FormerValue.objects.filter(run=run, subject=former.ORDER),
        Consent.objects.filter(import_run=run, status=ConsentStatus.DENIED),
        Customer.objects.filter(made.at("id")),
        *_facts(run),
    )
    return Outlook(
        customers=customers,
        kept=_find_kept(run, made, kept_orders),
        orders=orders - len(kept_orders),
        kept_orders=len(kept_orders),
        restored_orders=changed,
        unrestorable_orders=max(0, int(run.counts.get("updated_orders", 0)) - changed),
        facts=sum(facts),
        refusals=refusals,
        repeats=list_repeats(run=run),
    )


def _count_each(*found: QuerySet[Any]) -> list[int]:
    """Count the rows of each queryset, all in one question."""
    parts = [
        rows.order_by().annotate(place=Value(place)).values("place").annotate(rows=Count("pk"))
        for place, rows in enumerate(found)
    ]
    counted = (
        parts[0]
        .values_list("place", "rows")
        .union(*(part.values_list("place", "rows") for part in parts[1:]), all=True)
    )
    counts = dict(counted)
    return [counts.get(place, 0) for place in range(len(found))]


def created(*, run: ImportRun) -> QuerySet[Customer]:
    """Give the customers a run has made, and those it has inherited from an undone one."""
    return Customer.objects.filter(_find_made(run).at("id"))


@dataclass(frozen=True, slots=True)
class _Made:
    """The customers a run made: new ids are one run of numbers, the inherited stand apart; or some
    of them, by their ids.
    """

    first: int = 0
    last: int = -1
    inherited: QuerySet[FormerValue] | None = None
    among: Sequence[int] | None = None

    def at(self, path: str) -> Q:
        """The condition that a column names one of them."""
        if self.among is not None:
            return Q(**{f"{path}__in": self.among})
        made = Q(**{f"{path}__gte": self.first, f"{path}__lte": self.last})
        if self.inherited is not None:
            made |= Q(**{f"{path}__in": self.inherited.values("subject_id")})
        return made


def _find_made(run: ImportRun) -> _Made:
    first, last = run.counts.get("customer_ids", (0, -1))
    inherited = FormerValue.objects.filter(run=run, subject=former.MADE)
    return _Made(first, last, inherited if inherited.exists() else None)


def list_repeats(*, run: ImportRun) -> list[ImportRun]:
    """Give later files that may have said some of the same again: orders of any source, people of
    this one. What they repeated was not written a second time, so that it goes too.
    """
    later = ImportRun.objects.filter(
        state=ImportState.PUBLISHED, published_at__gte=run.published_at
    ).exclude(id=run.id)
    return [one for one in later.order_by("published_at") if _may_repeat(one, run)]


def _may_repeat(later: ImportRun, run: ImportRun) -> bool:
    known = int(later.counts.get("customers", 0)) - int(later.counts.get("new_customers", 0))
    is_same_source = later.source_id == run.source_id
    return bool(later.counts.get("unchanged_orders")) or (is_same_source and known > 0)


def list_kept_orders(*, run: ImportRun) -> list[int]:
    """Give the run's orders that somebody changed since."""
    own = FormerValue.objects.filter(run=run, subject=former.OWN, subject_id=OuterRef("id"))
    later = Order.everything.filter(import_run=run, revision__gt=run.last_revision)
    rows = later.values_list("id", "revision", Subquery(own.values("before")[:1]))
    return [key for key, revision, before in rows if (before or {}).get("revision") != revision]


def find_kept(*, run: ImportRun, among: Sequence[int] | None = None) -> dict[int, str]:
    """Find the customers a run made who stay, each with the first reason met."""
    made = _find_made(run) if among is None else _Made(among=among)
    return _find_kept(run, made, list_kept_orders(run=run))


def _find_kept(run: ImportRun, made: _Made, kept_orders: Sequence[int]) -> dict[int, str]:
    reasons = [STAFF, OTHER_SOURCE, OTHER_SOURCE, MERGED, *(_name(one) for one in holding())]
    found: dict[str, set[int]] = {}
    for place, key in _held(run, made, kept_orders):
        found.setdefault(reasons[place], set()).add(key)
    kept: dict[int, str] = {}
    for reason in dict.fromkeys(reasons):
        for key in found.get(reason, ()):
            kept.setdefault(key, reason)
    return kept


def _joins(customer_id: Any) -> QuerySet[IdentityRedirect]:
    return IdentityRedirect.objects.filter(
        customer_id=customer_id, entry__act=IdentityAct.MERGE, entry__reversed_by=None
    )


def _name(table: PersonalTable) -> str:
    return table.model.__name__.lower()


def _held(run: ImportRun, made: _Made, kept_orders: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Give who stays, each with the place of a reason, all in one question."""
    some, *more = list(slices(kept_orders)) or [[]]
    buyers = Order.everything.filter(made.at("record__customer"))
    linked = FormerValue.objects.filter(run=run, subject=former.RECORD).values("subject_id")
    others = SourceRecord.everything.filter(made.at("customer")).exclude(id__in=linked)
    others = others.exclude(Q(import_run=run) & ~_has_other_facts(run))
    led = Q(merged_into__isnull=False) | Q(merged_from__isnull=False)
    # What a model joined followed from the file, and goes with it.
    is_merged = led & Q(Exists(_joins(OuterRef("id")).exclude(entry__by__startswith="model:")))
    parts: list[tuple[QuerySet[Any], str]] = [
        (others.filter(source__kind=SourceKind.CRM), "customer_id"),
        (others.exclude(source__kind=SourceKind.CRM), "customer_id"),
        (buyers.filter(id__in=some), "record__customer_id"),
        (Customer.objects.filter(made.at("id") & is_merged), "id"),
    ]
    for table in holding():
        rows = table.model._base_manager.filter(made.at(table.customer))
        parts.append((rows, table.customer))
    asked = [
        rows.order_by().values_list(Value(place), path).distinct()
        for place, (rows, path) in enumerate(parts)
    ]
    yield from asked[0].union(*asked[1:], all=True)
    for chunk in more:
        keys = buyers.filter(id__in=chunk).values_list("record__customer_id", flat=True)
        yield from ((_BUYER, key) for key in keys)


def holding() -> list[PersonalTable]:
    """Give the tables in which somebody wrote about a customer, in any room."""
    return [
        table
        for table in tables()
        if table.customer and not table.is_computed and table.model not in {Customer, SourceRecord}
    ]


def list_kept_records(*, run: ImportRun) -> QuerySet[SourceRecord]:
    """Give the run's records on which others have hung something."""
    return SourceRecord.everything.filter(_has_other_facts(run), import_run=run)


def _has_other_facts(run: ImportRun) -> Q:
    hung = Q(record=OuterRef("id"))
    not_ours = Q(import_run=None) | ~Q(import_run=run)
    # An order that had no owner before this run loses it again; it holds nobody.
    given = FormerValue.objects.filter(
        run=run, subject=former.ORDER, subject_id=OuterRef("id"), before__has_owner=False
    )
    orders = Order.everything.filter(hung & not_ours & ~Exists(given))
    found = Q(Exists(orders))
    for model in (Trait, Identifier, Consent, Event, AccountBalance):
        found |= Q(Exists(model.everything.filter(hung & not_ours)))
    found |= Q(Exists(IngestProblem.objects.filter(hung)))
    related = Q(subject=OuterRef("id")) | Q(object=OuterRef("id"))
    found |= Q(Exists(Relation.everything.filter(related & not_ours)))
    return found


def _facts(run: ImportRun) -> Iterator[QuerySet[Any]]:
    """Give what the run said of people it did not bring itself."""
    known = ~Q(record__import_run=run) | Q(record__import_run=None)
    for model in (Trait, Identifier, Event, AccountBalance):
        yield model.everything.filter(known, import_run=run)
