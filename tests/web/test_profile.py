"""The profile staff fill in: the checklist, the card, the evidence, the stage on one profile."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from idic.core import ids
from idic.core.models import Role
from idic.differentiate.models import CustomerSummary, NeedGroup
from idic.differentiate.segments import HasTrait, list_ids
from idic.identify.models import Customer, Event, Identifier
from idic.identify.services import ownerless
from idic.identify.services.notes import add_note
from idic.web.services.loop import run_loop
from tests.identify.importing import make_business, run_import, write_csv
from tests.interact import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None, now: datetime) -> Client:
    cast.open_shop(now=now)
    client = Client()
    client.force_login(cast.hire(Role.OWNER))
    return client


def address(name: str, customer: Customer) -> str:
    return reverse(f"web:{name}", args=[ids.encode("customer", customer.id)])


@pytest.mark.req("R033")
def test_the_form_has_a_checklist_that_fills_as_one_writes(owner: Client, now: datetime) -> None:
    ann = cast.add_customer(now=now, name="Ann Lee", consent=None)

    before = owner.get(address("customer_edit", ann)).content.decode()
    owner.post(address("customer_edit", ann), {"city": "Leeds"})
    cast.say(record=cast.record_of(ann), address=ann.email, status="denied", at=now)
    after = owner.get(address("customer_edit", ann)).content.decode()
    page = owner.get(address("customer_detail", ann)).content.decode()

    assert "3 of 8 known" in before
    assert "still required: Asked whether we may write, City" in before
    assert 'href="#field-city"' in before
    assert "5 of 8 known" in after
    assert "everything required is known" in after
    assert "Still required" not in page


@pytest.mark.req("R034")
def test_each_of_the_three_panels_leads_to_what_it_rests_on(owner: Client, now: datetime) -> None:
    ann = cast.add_customer(now=now, name="Ann Lee")
    cast.buy(ann, at=now - timedelta(days=5), amount=10_00)
    cast.recommend(ann, "Tea")
    group = NeedGroup.objects.create(name="Tea drinkers", created_at=now)
    CustomerSummary.objects.filter(customer=ann).update(
        first_order_date=now.date(), need_group=group, need_confidence=0.8, order_count=2
    )

    page = owner.get(address("customer_detail", ann)).content.decode()
    panels = page[page.index('<section class="three">') :]
    panels = panels[: panels.index("</section>")]

    assert panels.count('href="?show=purchases#timeline"') == 3
    assert "Tea drinkers" in panels


@pytest.mark.req("R035")
def test_a_card_comes_in_with_its_file_and_is_shown_and_asked_for(
    tmp_path: Path, now: datetime
) -> None:
    make_business()
    header = (
        *("Customer ID", "Name", "Loyalty card", "Membership level", "Points"),
        *("Card balance", "Card expiry date"),
    )
    path = write_csv(
        tmp_path / "cards.csv",
        ("C1", "Ann Lee", "8801000330", "Gold", "1,250", "12.50", "2026-01-31"),
        ("C2", "Ben Hill", "8801000331", "Silver", "40", "0", "2027-01-31"),
        header=header,
    )
    run_import(path, now=now, kind="customers")
    run_loop(as_of=now.date(), now=now)
    client = Client()
    client.force_login(cast.hire(Role.OWNER))
    ann = Customer.objects.get(full_name="Ann Lee")

    page = client.get(address("customer_detail", ann)).content.decode()
    found = client.get(reverse("web:recognise"), {"q": "8801 000 330"})

    assert sorted(Identifier.objects.filter(type="card").values_list("value", flat=True)) == [
        "8801000330",
        "8801000331",
    ]
    for said in ("8801000330", "Gold", "1,250", "12.50", "31 Jan 2026", "Run out"):
        assert said in page
    assert list_ids(HasTrait("card_tier", "is", "Gold")) == [ann.id]
    assert found.headers["Location"] == address("customer_detail", ann)


@pytest.mark.req("R037")
def test_a_lead_becomes_a_customer_on_the_same_profile_and_loses_nothing(
    owner: Client, now: datetime
) -> None:
    lead = cast.add_customer(now=now, name="Ann Lee", lifecycle_stage="lead")
    add_note(customer_id=lead.id, text="Asked about tea", author="a@b.c", author_name="A", now=now)
    sold = cast.buy(cast.add_customer(now=now, name="Ben Hill"), at=now, amount=9_00)
    sold.record = None
    sold.save()
    run_loop(as_of=now.date(), now=now)
    before = owner.get("/customers/?stage=lead").content.decode()
    header = owner.get(address("customer_detail", lead)).content.decode()

    ownerless.link(order_id=sold.id, customer_id=lead.id, actor="a@b.c", now=now)
    run_loop(as_of=now.date(), now=now)
    after = owner.get(address("customer_detail", lead)).content.decode()

    assert "Ann Lee" in before
    assert "<span>Lead</span>" in header
    assert CustomerSummary.objects.get(customer=lead).lifecycle_stage == "customer"
    assert "Ann Lee" not in owner.get("/customers/?stage=lead").content.decode()
    assert "Ann Lee" in owner.get("/customers/?stage=customer").content.decode()
    assert "Asked about tea" in after
    assert Event.objects.filter(kind="note").count() == 1
