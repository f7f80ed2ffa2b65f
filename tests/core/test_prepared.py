"""Queries that are written once give what Django gives each time."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db.models import QuerySet

from idic.core.models import AuditEntry
from idic.core.prepared import Prepared
from idic.core.services import audit

pytestmark = pytest.mark.django_db
_COLUMNS = ("id", "at", "action", "detail")


def _entries(numbers: list[int]) -> QuerySet[AuditEntry, tuple[int, datetime, str, object]]:
    rows = AuditEntry.objects.filter(id__in=numbers, detail__isnull=False).order_by("id")
    return rows.values_list(*_COLUMNS)


def _record(now: datetime, count: int) -> list[int]:
    return [
        audit.record(at=now, actor="x", action=f"act.{one}", detail={"n": one}).id
        for one in range(count)
    ]


def test_a_prepared_query_gives_moments_and_json_as_django_does(now: datetime) -> None:
    numbers = _record(now, 3)
    prepared = Prepared(_entries)
    assert prepared.rows(numbers[0]) == [(numbers[0], now, "act.0", {"n": 0})]
    assert prepared.rows(*numbers[1:]) == list(_entries(numbers[1:]))


def test_a_prepared_query_is_written_once_for_each_count_of_numbers(now: datetime) -> None:
    numbers, written = _record(now, 4), []

    def make(asked: list[int]) -> QuerySet[AuditEntry, tuple[int, datetime, str, object]]:
        written.append(len(asked))
        return _entries(asked)

    prepared = Prepared(make)
    for first, second in ((0, 1), (1, 2), (2, 3)):
        rows = prepared.rows(numbers[first], numbers[second])
        assert [row[0] for row in rows] == [numbers[first], numbers[second]]
    assert written == [2]


def test_a_prepared_query_asks_nothing_for_nobody_and_as_usual_for_many(
    now: datetime, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    numbers, prepared = _record(now, 30), Prepared(_entries)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert prepared.rows() == []
    assert [row[0] for row in prepared.rows(*numbers)] == numbers
