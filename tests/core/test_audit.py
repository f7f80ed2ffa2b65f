"""The audit trail shows every change and every gap."""

from __future__ import annotations

from datetime import datetime

import pytest

from idic.core.models import AuditEntry
from idic.core.services import audit

pytestmark = pytest.mark.django_db


def three_acts(now: datetime) -> None:
    for number in range(3):
        audit.record(at=now, actor="alice@shop.vn", action="test.act", detail={"number": number})


def test_an_untouched_trail_is_whole(now: datetime) -> None:
    three_acts(now)

    assert audit.find_broken_entry() is None


@pytest.mark.parametrize("field", ["actor", "action", "subject_id"])
def test_a_changed_entry_is_found(now: datetime, field: str) -> None:
    three_acts(now)

    AuditEntry.objects.filter(id=2).update(**{field: "someone else"})

    assert audit.find_broken_entry() == 2


def test_a_changed_detail_is_found(now: datetime) -> None:
    three_acts(now)

    AuditEntry.objects.filter(id=3).update(detail={"number": 99})

    assert audit.find_broken_entry() == 3


def test_a_deleted_entry_is_found(now: datetime) -> None:
    three_acts(now)

    AuditEntry.objects.filter(id=2).delete()

    assert audit.find_broken_entry() == 2
