"""Customers who were joined, as the rooms above see them: old addresses lead on, and what was done
under an old number is seen with who lives.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from idic.customize.models import Product, RejectedProduct
from idic.customize.services.recommendations import _list_rejected
from idic.differentiate.links import customer_address
from idic.differentiate.models import CustomerSummary, Segment, SegmentMember
from idic.differentiate.segments import count, parse
from idic.differentiate.services.refresh import refresh_customers
from idic.identify.models import IdentityLogEntry
from idic.identify.services.identity import merge, unmerge
from idic.interact.models import Message, MessageState
from idic.interact.selectors.cases import list_open_cases
from idic.interact.services.cases import open_case
from idic.interact.services.tasks import create_task
from idic.web.selectors.customer import get_facts
from idic.web.selectors.timeline import get_timeline
from tests.cast import NOW, TODAY, Shop, browser_of, hire, open_shop

pytestmark = [pytest.mark.django_db, pytest.mark.req("R003", "R031")]


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    shop.add("Lan", "Hoa")
    return shop


def join(shop: Shop) -> IdentityLogEntry:
    entry = merge(
        customer_ids={one.id for one in shop.people.values()},
        by="person",
        actor="alice@example.com",
        now=NOW,
    )
    refresh(shop)
    return entry


def refresh(shop: Shop) -> None:
    people = [one.id for one in shop.people.values()]
    refresh_customers(customer_ids=people, as_of=TODAY, now=NOW)


def test_the_page_of_an_old_number_leads_to_who_lives(shop: Shop) -> None:
    lan, hoa = shop.people["Lan"].id, shop.people["Hoa"].id
    browser = browser_of("Alice")
    entry = join(shop)

    answer = browser.get(customer_address(hoa), follow=True)
    assert answer.status_code == 200
    assert answer.context["customer"].id == lan

    unmerge(entry_id=entry.id, actor="alice@example.com", now=NOW)
    refresh(shop)
    assert browser.get(customer_address(hoa), follow=True).context["customer"].id == hoa


def test_what_was_done_under_an_old_number_is_seen_with_who_lives(shop: Shop) -> None:
    lan, hoa = shop.people["Lan"].id, shop.people["Hoa"].id
    alice = hire("Alice")
    case = open_case(
        customer_id=hoa, kind="complaint", text="Cold tea", owner=alice, actor="a", now=NOW
    )
    Message.objects.create(
        customer_id=hoa,
        channel="email",
        address="hoa@example.com",
        subject="Hello",
        purpose="marketing",
        state=MessageState.SENT,
        created_at=NOW,
        sent_at=NOW,
        send_after=NOW,
        **_words(),
    )
    create_task(
        kind="task",
        customer_id=hoa,
        text="Bring tea",
        due_date=TODAY + timedelta(days=1),
        time_zone="UTC",
        created_by=alice,
        now=NOW,
    )

    join(shop)

    assert list(list_open_cases(customer_id=lan)) == [case]
    seen = {one.what for one in get_timeline(lan).happenings}
    assert seen == {"case", "message", "identity"}
    assert [task.text for task in get_facts(lan, now=NOW).todo] == ["Bring tea"]
    assert CustomerSummary.objects.get().has_open_case


def _words() -> dict[str, Any]:
    return {"token": "t1", "message_id_header": "<1@example.com>"}


def test_who_was_listed_or_refused_something_under_an_old_number_still_is(shop: Shop) -> None:
    lan, hoa = shop.people["Lan"].id, shop.people["Hoa"].id
    segment = Segment.objects.create(name="Guests", is_static=True, created_at=NOW)
    SegmentMember.objects.create(segment=segment, customer_id=hoa, added_at=NOW)
    tea = Product.objects.create(code="TEA", name="Tea")
    RejectedProduct.objects.create(customer_id=hoa, product=tea, rejected_at=NOW)

    join(shop)

    assert count(parse({"type": "segment", "segment_id": segment.id})) == 1
    assert list(_list_rejected()) == [(lan, tea.id)]
