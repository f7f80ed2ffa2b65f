"""Possible doubles for the tests of pages: two customers whose records may be one person's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from idic.identify.models import Customer, MatchModel, MatchPair, SourceRecord

NAME_SAME = {"field": "name", "kind": "name", "level": "same", "bits": 9.0}
PHONE_OTHER = {"field": "phone", "kind": "phone", "level": "different", "bits": -5.0}


def pair_of(left: Customer, right: Customer, *, now: datetime, **values: Any) -> MatchPair:
    """Let two customers wait as a possible double."""
    one, other = (SourceRecord.objects.filter(customer=side)[0] for side in (left, right))
    given: dict[str, Any] = {
        "weight": 3.0,
        "probability": 0.92,
        "worth": 1.0,
        "value": 200_000,
        "evidence": [NAME_SAME, PHONE_OTHER],
    }
    return MatchPair.objects.create(
        left=one,
        right=other,
        left_customer_id=left.id,
        right_customer_id=right.id,
        made_at=now,
        **{**given, **values},
    )


def pairs_of(
    add: Callable[..., Customer], count: int, *, now: datetime, **values: Any
) -> list[MatchPair]:
    """Let so many possible doubles wait, the first worth the most."""
    return [
        pair_of(
            add(f"Lan {number}", phone=f"+8490123{number:04d}"),
            add(f"Lan {number}", phone=f"+8490987{number:04d}"),
            now=now,
            **{"worth": float(count - number), **values},
        )
        for number in range(count)
    ]


def learned(*, now: datetime) -> MatchModel:
    """Let the matcher have learned from a small made-up table."""
    from idic.engine.matching import Field, Schema, clean, match

    schema = Schema(
        (
            Field("name", "name", ("name",)),
            Field("phone", "phone", ("phone",)),
            Field("city", "place", ("city",)),
        )
    )
    rows = {
        "name": [f"Nguyễn Lan {n % 30}" for n in range(60)],
        "phone": [f"09012345{n % 30:02d}" for n in range(60)],
        "city": [("Huế", "Hà Nội", "Vinh")[n % 3] for n in range(60)],
    }
    from idic.engine.table import Table

    found = match(schema, clean(schema, Table(rows)))
    return MatchModel.objects.create(
        number=1,
        is_current=True,
        parameters=found.parameters.to_json(),
        record_count=60,
        counts={
            "shared": [{"field": "phone", "records": 40, "names": 12}],
            "blocks": [
                {
                    "rule": "name.word + city",
                    "cap": 500,
                    "pairs": 9,
                    "dropped_blocks": 1,
                    "dropped_records": 600,
                    "dropped_pairs": 179_700,
                }
            ],
            "expected_precision": 0.97,
            "expected_recall": 0.9,
            "customers_before": 60,
            "customers_after": 30,
            "waiting": 4,
            "joined": 30,
            "fields": {"name": 60, "phone": 60, "city": 60},
        },
        fitted_at=now,
    )
