"""What a segment's page tells beside its people: what the rule separates, who came and went, whom
it shares with others.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from idic.core import ids
from idic.core.models import Business, Role, Staff
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary, Segment
from idic.differentiate.quality_words import read_cost, say_quality
from idic.differentiate.segment_quality import judge
from idic.differentiate.segments import tree as t
from idic.differentiate.selectors.segment_members import list_overlaps
from idic.differentiate.services import members
from idic.differentiate.services.segments import refresh_segments

from .shop import AS_OF, FRAME, NOW, ZONE, Shop, build_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    """A random shop in a business of its zone."""
    Business.objects.update_or_create(
        id=1,
        defaults={"name": "Shop", "time_zone": ZONE, "currency": "VND", "as_of_date": AS_OF},
    )
    return build_shop(seed=6)


def make(tree: t.Tree, name: str) -> Segment:
    return Segment.objects.create(name=name, tree=segments.dump(tree), created_at=NOW)


@pytest.fixture
def owner(client: Client) -> Client:
    """Alice, who may do everything."""
    staff = Staff.objects.create(email="alice@shop.example", role=Role.OWNER)
    client.force_login(staff)
    return client


def test_segments_that_share_people_are_listed_with_how_many(shop: Shop) -> None:
    companies = make(t.Flag("is_company", True), "Companies")
    demo = make(t.Flag("is_demo", True), "Demo")
    make(t.Text("city", "is", ("Nowhere",)), "Nowhere")
    refresh_segments(as_of=AS_OF, now=NOW)

    found = {
        one.segment.name: one
        for one in list_overlaps(t.InSegment(companies.id), frame=FRAME, without=companies.id)
    }

    both = sum(c["is_company"] and c["is_demo"] for c in shop.customers)
    number = sum(c["is_company"] for c in shop.customers)
    assert set(found) == {"Demo", "Picked"}
    assert found["Demo"].count == both
    assert found["Demo"].share == both / number
    assert found["Demo"].share_of_other == both / sum(c["is_demo"] for c in shop.customers)
    assert found["Picked"].count == len(
        {c["customer_id"] for c in shop.customers if c["is_company"]}
        & next(iter(shop.members.values()))
    )
    assert not found["Demo"].is_about
    assert demo.id in {one.segment.id for one in found.values()}


def test_the_page_tells_who_came_and_why(shop: Shop, owner: Client) -> None:
    segment = make(t.All((t.Flag("is_company", True),)), "Companies")
    refresh_segments(as_of=AS_OF, now=NOW)
    person = next(c["customer_id"] for c in shop.customers if not c["is_company"])
    CustomerSummary.objects.filter(pk=person).update(is_company=True)
    members.follow(customer_ids=[person], frame=FRAME)

    address = reverse("differentiate:segment_detail", args=[ids.encode("segment", segment.id)])
    page = owner.get(address).content.decode()

    assert "Something about them changed; now: a company account" in page
    assert "Joined" in page


def test_the_overlap_is_a_page_of_its_own_and_a_part_of_others(shop: Shop, owner: Client) -> None:
    make(t.Flag("is_demo", True), "Demo people")
    refresh_segments(as_of=AS_OF, now=NOW)
    rule = json.dumps(segments.dump(t.Flag("is_company", True)))
    address = reverse("differentiate:segment_overlap")

    whole = owner.get(address, {"rule": rule}).content.decode()
    part = owner.get(address, {"rule": rule}, headers={"HX-Request": "true"}).content.decode()
    wrong = owner.get(address, {"rule": '{"type": "any"}'})

    assert "Demo people" in whole
    assert "<html" in whole
    assert "Demo people" in part
    assert "<html" not in part
    assert wrong.status_code == 200
    assert "This group is empty" in wrong.content.decode()


@pytest.mark.req("R057")
def test_a_rule_that_separates_nothing_is_warned_of_with_what_it_wastes(
    shop: Shop, owner: Client
) -> None:
    segment = make(t.Flag("is_company", True), "Large companies")
    worth = [9_000] * 50 + [100] * 50 + [9_000] * 50 + [100] * 50
    quality = judge(inside=np.array([True] * 100 + [False] * 100), expected=np.array(worth))
    assert quality is not None
    Segment.objects.filter(id=segment.id).update(
        quality=quality.as_plain(), customer_count=100, counted_at=NOW
    )

    address = reverse("differentiate:segment_detail", args=[ids.encode("segment", segment.id)])
    page = owner.get(address, {"cost": "20000"}).content.decode()

    assert "This rule says nothing about who is worth more" in page
    assert "Spending ₫20,000 on each, ₫2,000,000 in all, ₫1,000,000 goes to people" in page
    assert "50 who are left out are expected to bring ₫450,000" in page
    assert "Choose by what is expected instead" in page


def test_a_good_rule_is_told_without_a_warning() -> None:
    quality = judge(
        inside=np.array([True] * 50 + [False] * 150), expected=np.array([9] * 50 + [1] * 150)
    )
    assert quality is not None

    said = say_quality(quality.as_plain(), currency="GBP")

    assert said is not None
    assert (said.title, said.is_warning, said.cut) == (
        "This rule finds people who are worth more",
        False,
        None,
    )
    assert said.facts == [
        "They are 25% of your customers and hold 75% of what is expected in the next 12 months. "
        "As many at random would hold 25%, as many chosen by what is expected 75%."
    ]
    assert say_quality({}, currency="GBP") is None


@pytest.mark.parametrize(
    ("typed", "minor"), [("2.50", 250), ("", None), ("x", None), ("-3", None), ("9" * 30, None)]
)
def test_a_cost_is_read_or_left_out(typed: str, minor: int | None) -> None:
    assert read_cost(typed, currency="GBP") == minor
