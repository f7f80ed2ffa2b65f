"""The audit: how many customers, reachable and active; each number is the list it opens."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from idic.core.models import Role
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary
from idic.differentiate.services.refresh import refresh_customers
from idic.identify.models import Customer, QualityFigures, Source, SourceRecord
from idic.web.audit import build_audit, refresh_audit
from idic.web.audit.rules import RULES
from tests.interact import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(now: datetime) -> list[Customer]:
    cast.open_shop(now=now)
    people = [
        cast.add_customer(now=now, name="Ann", consent="granted"),
        cast.add_customer(now=now, name="Ben", consent="denied"),
        cast.add_customer(now=now, name="Cay", consent=None),
        cast.add_customer(now=now, name="Dan", email="", lifecycle_stage="lead"),
    ]
    for person in people[:3]:
        cast.buy(person, at=now - timedelta(days=20), amount=10_00)
    web = Source.objects.create(key="web", name="Web", kind="web_shop", created_at=now)
    SourceRecord.objects.create(source=web, source_key="a", customer=people[0], created_at=now)
    SourceRecord.objects.create(source=web, source_key="anon", kind="device", created_at=now)
    refresh_customers(customer_ids=[one.id for one in people], as_of=now.date(), now=now)
    CustomerSummary.objects.filter(customer__in=people[:3]).update(order_count=1)
    return people


@pytest.mark.req("R011")
def test_one_screen_says_how_many_are_stored_matched_reachable_and_active(
    people: list[Customer], now: datetime
) -> None:
    audit = refresh_audit(as_of=now.date(), now=now)

    assert (audit["records"], audit["people"]["all"], audit["anonymous"]) == (5, 4, 1)
    assert (audit["people"]["in_several"], audit["people"]["lead"]) == (1, 1)
    reach = ("allowed", "no_address", "unknown", "denied")
    assert [audit["people"][f"email_{one}"] for one in reach] == [1, 1, 1, 1]
    assert audit["people"]["call_no_address"] == 4
    assert (audit["people"]["never"], audit["people"]["active"]) == (1, 3)


@pytest.mark.req("R011")
def test_every_number_is_the_list_it_opens(people: list[Customer], now: datetime) -> None:
    counted = refresh_audit(as_of=now.date(), now=now)["people"]
    frame = segments.current_frame(as_of=now.date(), now=now)

    assert {name: segments.count(tree, frame=frame) for name, tree in RULES.items()} == counted


@pytest.mark.req("R011")
def test_a_number_leads_to_its_people(people: list[Customer], now: datetime) -> None:
    refresh_audit(as_of=now.date(), now=now)
    client = Client()
    client.force_login(cast.hire(Role.OWNER))

    page = client.get(reverse("web:audit"))
    email = page.context["audit"].channels[3].cells[0]
    rule = parse_qs(urlsplit(email.url).query)["rule"][0]

    assert "4 customers, 25% may be written to" in page.content.decode()
    assert segments.list_ids(segments.parse(rule)) == [people[0].id]


@pytest.mark.req("R011")
def test_the_trend_is_of_days_that_were_counted(people: list[Customer], now: datetime) -> None:
    refresh_audit(as_of=now.date(), now=now - timedelta(days=2))
    CustomerSummary.objects.filter(customer=people[3]).delete()
    business = cast.open_shop(now=now)
    before = build_audit(business=business)
    refresh_audit(as_of=now.date(), now=now)

    after = build_audit(business=business)

    assert before is not None
    assert not before.trend
    assert after is not None
    assert "1 customer fewer than on" in after.trend
    assert QualityFigures.objects.exclude(audit={}).count() == 2


@pytest.mark.req("R004")
def test_orders_of_a_device_nobody_knows_count_as_without_a_customer(
    people: list[Customer], now: datetime
) -> None:
    order = cast.buy(people[0], at=now, amount=5_00)
    order.record = SourceRecord.objects.get(source_key="anon")
    order.save()

    audit = refresh_audit(as_of=now.date(), now=now)

    assert (audit["orders"], audit["unlinked_orders"], audit["unlinked_lines"]) == (4, 1, 1)


@pytest.mark.req("R023")
def test_age_gender_and_places_are_told_with_their_lists(
    people: list[Customer], now: datetime
) -> None:
    known = CustomerSummary.objects.filter(customer=people[0])
    born = now.date().replace(year=1990)
    known.update(birth_date=born, gender="female", city="Leeds", city_key="leeds")
    refresh_audit(as_of=now.date(), now=now)
    client = Client()
    client.force_login(cast.hire(Role.OWNER))

    page = client.get(reverse("web:audit"))
    who = {one.label: (one.number, one.url) for one in page.context["audit"].who}

    assert (who["Women"][0], who["35 to 44 years"][0], who["Age not known"][0]) == (1, 1, 3)
    assert who["Leeds"] == (1, "/customers/?city=Leeds")
    assert "100% of those whose age is known are 35 to 44 years" in page.content.decode()
