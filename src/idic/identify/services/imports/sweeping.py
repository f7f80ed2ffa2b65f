"""Removes what imports left that never finished: rows nobody ever saw. Called under the import
lock, when no other import can be alive.
"""

from __future__ import annotations

from django.db import connection, models, transaction
from django.utils.translation import gettext as _

from idic.identify.models import (
    AccountBalance,
    Consent,
    Customer,
    Event,
    FormerValue,
    Identifier,
    ImportRejection,
    ImportRun,
    ImportState,
    Order,
    OrderLine,
    OverruledTrait,
    Relation,
    SourceRecord,
    Trait,
)

_SLICE = 200


def sweep_unfinished(*, keep: ImportRun | None = None) -> int:
    """Clear every run that was cut off and mark it failed; give how many there were. `keep` is
    cleared too, but stays what it is: it is about to start anew.
    """
    cut_off = list(ImportRun.objects.filter(state=ImportState.RUNNING))
    for run in cut_off:
        clear_staged(run=run)
        if run != keep:
            ImportRun.objects.filter(id=run.id, state=ImportState.RUNNING).update(
                state=ImportState.FAILED,
                problem=_("The import was interrupted. Nothing of it was kept; start it again."),
            )
    return len(cut_off)


def clear_staged(*, run: ImportRun) -> None:
    """Delete every row an unpublished run has staged, in short transactions."""
    if run.state == ImportState.PUBLISHED:
        raise ValueError("a published import is undone, not cleared")
    while order_ids := _some(Order.everything.filter(import_run=run)):
        with transaction.atomic():
            _delete(OrderLine.objects.filter(order_id__in=order_ids))
            _delete(Order.everything.filter(id__in=order_ids))
    for model in (Consent, Trait, Identifier, Event, Relation, AccountBalance, SourceRecord):
        staged = model.everything.filter(import_run=run)
        while keys := _some(staged):
            with transaction.atomic():
                _delete(model.everything.filter(id__in=keys))
    while keys := _some(staged_customers(run=run)):
        with transaction.atomic():
            _delete(Customer.objects.filter(id__in=keys))
    ImportRejection.objects.filter(run=run).delete()
    FormerValue.objects.filter(run=run).delete()
    OverruledTrait.objects.filter(run=run).delete()


def staged_customers(*, run: ImportRun) -> models.QuerySet[Customer]:
    """Give the customers a run has made and not shown yet: its ids are one run of numbers."""
    first, last = run.counts.get("customer_ids", (0, -1))
    return Customer.objects.filter(id__gte=first, id__lte=last, is_staged=True)


def _some(rows: models.QuerySet[models.Model]) -> list[int]:
    return list(rows.values_list("id", flat=True)[:_SLICE])


def _delete(rows: models.QuerySet[models.Model]) -> None:
    # Staged rows have no followers to look for: nobody has seen them.
    rows._raw_delete(connection.alias)
