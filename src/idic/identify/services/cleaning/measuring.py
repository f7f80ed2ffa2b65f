"""Measures how complete, valid and fresh the values are, by field and source, once after a look:
pages read what is written here and count nothing themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q

from idic.core.jobs import publish
from idic.identify.cleaning import FIELDS, NOTED
from idic.identify.events import ValuesLookedAt
from idic.identify.models import (
    CleaningProposal,
    Identifier,
    ImportRun,
    ImportState,
    ProposalState,
    QualityFigures,
    RecordKind,
    SourceRecord,
    Trait,
)

from .reading import COLUMN_OF, list_customers

FRESH_DAYS = 365
_KEPT_DAYS = 400


def measure(*, as_of: date, now: datetime) -> dict[str, Any]:
    """Measure and store the figures of the day; give them."""
    figures = {
        **_customers(),
        "sources": _sources(as_of),
        "on_the_way": _on_the_way(),
    }
    with transaction.atomic():
        QualityFigures.objects.update_or_create(
            on_date=now.date(), defaults={"figures": figures, "measured_at": now}
        )
        QualityFigures.objects.filter(on_date__lt=now.date() - timedelta(days=_KEPT_DAYS)).delete()
        publish(event=ValuesLookedAt(customer_count=figures["customers"]))
    return figures


def write_missing(*, missing: Mapping[str, Any], now: datetime) -> None:
    """Store what it is worth to know more, as a room above worked it out."""
    with transaction.atomic():
        QualityFigures.objects.update_or_create(
            on_date=now.date(),
            defaults={"missing": dict(missing)},
            create_defaults={"missing": dict(missing), "measured_at": now},
        )


def write_audit(*, audit: Mapping[str, Any], now: datetime) -> None:
    """Store how many there are, reachable and active, as a room above counted them."""
    with transaction.atomic():
        QualityFigures.objects.update_or_create(
            on_date=now.date(),
            defaults={"audit": dict(audit)},
            create_defaults={"audit": dict(audit), "measured_at": now},
        )


def _customers() -> dict[str, Any]:
    """Count customers by what is known of them; “valid” leaves out what stands to be put right."""
    known = {
        name: Count("id", filter=~Q(**{column: None if name == "birth_date" else ""}))
        for name, column in COLUMN_OF.items()
        if name in FIELDS
    }
    found = list_customers().aggregate(customers=Count("id"), **known)
    wrong = _count_by("field")
    return {
        "customers": found.pop("customers"),
        "fields": {
            name: {"known": count, "wrong": min(count, wrong.get(name, 0))}
            for name, count in found.items()
        },
    }


def _count_by(*columns: str) -> dict[Any, int]:
    """Count values that are wrong. What could not be read at all is not known in the first place,
    and what is only worth knowing is not wrong.
    """
    is_shown = Q(field__in=["address", "province"])
    for name, column in COLUMN_OF.items():
        shown = {f"customer__{column}": None if name == "birth_date" else ""}
        is_shown |= Q(field=name) & ~Q(**shown)
    rows = CleaningProposal.objects.filter(is_shown, state=ProposalState.OPEN).exclude(
        reason__in=NOTED
    )
    found = rows.order_by().values_list(*columns).annotate(count=Count("id"))
    return {key[0] if len(key) == 1 else tuple(key): count for *key, count in found}


def _sources(as_of: date) -> list[dict[str, Any]]:
    """Measure each source: of how many of its people it knows a field, and since when."""
    people = SourceRecord.objects.filter(
        kind__in=[RecordKind.PERSON, RecordKind.COMPANY], customer__isnull=False
    ).exclude(source__key="crm")
    records: dict[int, dict[str, Any]] = {
        row["source_id"]: {**row, "fields": {}}
        for row in people.order_by()
        .values("source_id", name=F("source__name"))
        .annotate(records=Count("id"))
    }
    fresh_from = as_of - timedelta(days=FRESH_DAYS)
    rows = (
        Trait.objects.filter(name__in=FIELDS, record__source_id__in=list(records))
        .exclude(value="")
        .order_by()
        .values_list("record__source_id", "name")
        .annotate(
            known=Count("record_id", distinct=True),
            fresh=Count("record_id", distinct=True, filter=Q(observed_at__date__gte=fresh_from)),
        )
    )
    wrong = _count_by("source_id", "field")
    for source_id, name, known, fresh in rows:
        counted = {
            "known": min(known, records[source_id]["records"]),
            "fresh": fresh,
            "wrong": min(known, wrong.get((source_id, name), 0)),
        }
        records[source_id]["fields"][name] = counted
    return sorted(records.values(), key=lambda row: -row["records"])


def _on_the_way() -> dict[str, int]:
    """Count what was put right or set aside while it came in."""
    phones = Identifier.objects.filter(type="phone")
    old = phones.filter(is_placeholder=False, as_given__regex=r"^(\+?84|0084|0)1[2689][0-9]{8}$")
    nobody = Identifier.objects.filter(is_placeholder=True)
    masked = Q(value__contains="*") | Q(value__icontains="x") | Q(value__contains="•")
    runs = ImportRun.objects.filter(state=ImportState.PUBLISHED).values_list("counts", flat=True)
    return {
        "old_prefix": old.count(),
        "placeholder": nobody.exclude(masked).count(),
        "masked": nobody.filter(masked).count(),
        "walk_in": sum(int(counts.get("reasons", {}).get("walk_in", 0)) for counts in runs),
    }
