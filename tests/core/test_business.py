"""The business within one request: read once, a copy for each that asks, and anew once changed."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from idic.core.selectors import get_business, remembering_business
from idic.core.services.business import set_as_of
from idic.core.services.setup import set_up

pytestmark = pytest.mark.django_db


def test_a_request_reads_the_business_once(
    now: datetime, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    set_up(language="vi", now=now)

    with django_assert_num_queries(1), remembering_business():
        names = {get_business().name for _ in range(5)}

    assert names == {"Nhà Mình Mart"}


def test_what_a_form_did_to_its_copy_stays_there(now: datetime) -> None:
    set_up(language="vi", now=now)

    with remembering_business() as business:
        business.name = "Not saved"
        get_business().name = "Nor this"
        assert get_business().name == "Nhà Mình Mart"


def test_a_change_is_seen_in_the_same_request(now: datetime) -> None:
    set_up(language="vi", now=now)

    with remembering_business():
        set_as_of(day=date(2011, 12, 9), actor="system:test", now=now)
        assert get_business().as_of_date == date(2011, 12, 9)
    assert get_business().as_of_date == date(2011, 12, 9)
