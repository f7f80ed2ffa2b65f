"""What an import brought, and what of it others have built on: read before anything is undone, for
the page that asks, and again by the undo itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet

from idic.core.personal_data import PersonalTable, tables
from idic.identify.models import (
    Consent,
    ConsentStatus,
    Customer,
    Event,
    FormerValue,
    Identifier,
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
    orders = Order.everything.filter(import_run=run).count()
    kept_orders = len(list_kept_orders(run=run))
    changed = FormerValue.objects.filter(run=run, subject=former.ORDER).count()
    return Outlook(
        customers=created(run=run).count(),
        kept=find_kept(run=run),
        orders=orders - kept_orders,
        kept_orders=kept_orders,
        restored_orders=changed,
        unrestorable_orders=max(0, int(run.counts.get("updated_orders", 0)) - changed),
        facts=_count_facts(run),
        refusals=Consent.objects.filter(import_run=run, status=ConsentStatus.DENIED).count(),
        repeats=list_repeats(run=run),
    )


def created(*, run: ImportRun) -> QuerySet[Customer]:
    """Give the customers a run has made, and those it has inherited from an undone one."""
    return Customer.objects.filter(_made("id", run))


def _made(path: str, run: ImportRun) -> Q:
    """The condition that a column names a customer of the run: new ids are one run of numbers."""
    first, last = run.counts.get("customer_ids", (0, -1))
    made = Q(**{f"{path}__gte": first, f"{path}__lte": last})
    inherited = FormerValue.objects.filter(run=run, subject=former.MADE)
    if inherited.exists():
        made |= Q(**{f"{path}__in": inherited.values("subject_id")})
    return made


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
    own = former.list_own(run=run)
    later = Order.everything.filter(import_run=run, revision__gt=run.last_revision)
    pairs = later.values_list("id", "revision")
    return [key for key, revision in pairs if own.get(key) != revision]


def find_kept(*, run: ImportRun, among: Sequence[int] | None = None) -> dict[int, str]:
    """Find the customers a run made who stay, each with the first reason met."""

    def ours(path: str) -> Q:
        return _made(path, run) if among is None else Q(**{f"{path}__in": among})

    kept: dict[int, str] = {}
    linked = FormerValue.objects.filter(run=run, subject=former.RECORD).values("subject_id")
    others = SourceRecord.everything.filter(ours("customer")).exclude(id__in=linked)
    is_own = Q(import_run=run) & ~_has_other_facts(run)
    for key, kind in others.exclude(is_own).values_list("customer_id", "source__kind").distinct():
        if key is not None and kept.get(key) != STAFF:
            kept[key] = STAFF if kind == SourceKind.CRM else OTHER_SOURCE
    for chunk in slices(list_kept_orders(run=run)):
        buyers = Order.everything.filter(ours("record__customer"), id__in=chunk)
        for key in buyers.values_list("record__customer_id", flat=True):
            kept.setdefault(int(key), OTHER_SOURCE)
    people = Customer.objects.filter(ours("id"))
    merged = people.filter(Q(merged_into__isnull=False) | Q(merged_from__isnull=False))
    for key in merged.values_list("id", flat=True):
        kept.setdefault(key, MERGED)
    for table in holding():
        path = table.customer
        found = table.model._base_manager.filter(ours(path)).order_by()
        for key in found.values_list(path, flat=True).distinct():
            kept.setdefault(key, table.model.__name__.lower())
    return kept


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
    for model in (Trait, Identifier, Consent):
        found |= Q(Exists(model.everything.filter(hung & not_ours)))
    for plain in (Event, IngestProblem):
        found |= Q(Exists(plain._base_manager.filter(hung)))
    found |= Q(
        Exists(Relation.objects.filter(Q(subject=OuterRef("id")) | Q(object=OuterRef("id"))))
    )
    return found


def _count_facts(run: ImportRun) -> int:
    """Count what the run said of people it did not bring itself."""
    known = ~Q(record__import_run=run) | Q(record__import_run=None)
    models = (Trait, Identifier)
    return sum(model.everything.filter(known, import_run=run).count() for model in models)
