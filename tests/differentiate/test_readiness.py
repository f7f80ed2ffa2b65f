"""Who is ready to buy: what counts as urgent, whom the ideal customer is like, what a person
overrules stays.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from idic.core import ids
from idic.core.models import Role, Staff
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary, Readiness, ReadinessModel
from idic.differentiate.readiness_rules import Sign, judge, measure_urgency
from idic.differentiate.segments import tree as t
from idic.differentiate.selectors.readiness import say_reasons
from idic.differentiate.services import readiness
from idic.differentiate.services import segments as segment_services
from idic.differentiate.services.refresh import refresh_all, refresh_customers
from idic.identify.models import CustomerState, Event, StateKind

from .corner_shop import AS_OF, NOW, CornerShop, open_shop

FRAME = segments.Frame(as_of=AS_OF, now=NOW)


def sign(kind: str, *, days: int, times: int = 1) -> Sign:
    at = datetime.combine(AS_OF - timedelta(days=days), datetime.min.time(), UTC)
    return Sign(kind, times, at)


def verdict(**values: Any) -> str:
    known: dict[str, Any] = {
        "likeness": 60,
        "like_reasons": (),
        "signs": (),
        "usage_days": None,
        "is_reachable": True,
        "is_silenced": False,
        "as_of": AS_OF,
    }
    return judge(**(known | values)).verdict


@pytest.mark.req("R058")
def test_who_asked_lately_and_is_alike_is_ready() -> None:
    asked = (sign("quote_requested", days=3),)

    assert verdict(signs=asked) == "ready"
    assert verdict(signs=(sign("Quote Requested", days=3),)) == "ready"
    assert verdict(signs=(sign("quote_requested", days=20),)) == "nurture"
    assert verdict(signs=asked, likeness=39) == "nurture"
    assert verdict(signs=asked, is_reachable=False) == "nurture"


@pytest.mark.req("R058")
def test_nothing_is_spent_on_the_silenced_the_unreachable_and_the_unlike_without_a_sign() -> None:
    assert verdict(signs=(sign("call", days=1),), is_silenced=True) == "stop"
    assert verdict(is_reachable=False) == "stop"
    assert verdict(likeness=25) == "stop"
    assert verdict(likeness=26) == "nurture"
    assert verdict(likeness=0, signs=(sign("product_viewed", days=80),)) == "nurture"


@pytest.mark.req("R058")
def test_signs_fade_and_each_sort_counts_up_to_its_most() -> None:
    def urgency(*signs: Sign, usage: int | None = None) -> int:
        return measure_urgency(signs=signs, usage_days=usage, as_of=AS_OF)[0]

    assert [urgency(sign("chat", days=d)) for d in (7, 8, 30, 31, 90, 91)] == [
        40,
        24,
        24,
        10,
        10,
        0,
    ]
    assert urgency(sign("product_viewed", days=1, times=50)) == 20
    assert urgency(sign("product_viewed", days=-1)) == 0
    assert urgency(sign("newsletter_opened", days=1), sign("newsletter_clicked", days=1)) == 8
    assert urgency(usage=5) == 20
    assert urgency(usage=30) == 40
    heavy = [sign(kind, days=0, times=9) for kind in ("chat", "product_added", "signed_up")]
    assert urgency(*heavy, usage=30) == 100


@pytest.fixture
def shop(db: None) -> CornerShop:
    return open_shop()


@pytest.fixture
def boss(shop: CornerShop) -> Staff:
    return Staff.objects.create(email="boss@example.com", display_name="Boss", role=Role.OWNER)


def refresh(shop: CornerShop, *, as_of: date = AS_OF) -> None:
    shop.flush()
    refresh_all(as_of=as_of, now=NOW)


def happens(shop: CornerShop, name: str, kind: str, *, days: int) -> None:
    Event.objects.create(
        source=shop.source,
        message_id=f"{name}-{kind}-{days}",
        record=shop.records[name],
        kind=kind,
        occurred_at=NOW - timedelta(days=days),
        received_at=NOW,
    )


def of(name: str) -> Readiness:
    return Readiness.objects.get(customer__full_name=name)


@pytest.mark.req("R014", "R058")
def test_a_lead_is_held_against_the_segment_of_ideal_customers_part_by_part(
    shop: CornerShop, boss: Staff
) -> None:
    ideal = segment_services.create_segment(
        name="Leeds companies",
        staff=boss,
        now=NOW,
        tree=t.All(
            (
                t.Text("city", "is", ("Leeds",)),
                t.Flag("is_company"),
                t.Number("order_count", "at_least", 3),
            )
        ),
    )
    shop.add("Leeds Ltd", city="Leeds", is_company=True, phone="+441")
    shop.add("Gus Leeds", city="Leeds", phone="+442")
    readiness.choose_ideal(segment=ideal, staff=boss, now=NOW)
    happens(shop, "Leeds Ltd", "quote_requested", days=2)
    refresh(shop)

    # That they have not bought three times is no reason against a lead.
    assert (of("Leeds Ltd").likeness, of("Leeds Ltd").verdict) == (100, "ready")
    assert (of("Gus Leeds").likeness, of("Gus Leeds").verdict) == (50, "nurture")
    assert of("Eve Lead").likeness == 0
    said = say_reasons(of("Gus Leeds"), frame=FRAME)
    assert said[0].startswith("as we look for: ")
    assert said[1].startswith("not as we look for: ")


@pytest.mark.req("R058")
def test_with_too_few_customers_nothing_is_learnt_and_it_is_said(
    shop: CornerShop, boss: Staff, client: Client
) -> None:
    refresh(shop)

    model = ReadinessModel.objects.get()
    client.force_login(boss)
    page = client.get("/readiness/").content.decode()

    assert (model.ideal_count, model.parameters["features"]) == (0, [])
    assert of("Eve Lead").likeness == 50
    assert "cannot be told yet" in page


@pytest.mark.req("R014", "R058")
def test_what_the_best_customers_have_in_common_is_learnt(shop: CornerShop) -> None:
    for number in range(160):
        is_best = number < 40
        name = f"Person {number}"
        shop.add(name, city="Leeds" if is_best else "York", phone=f"+44{number}")
        shop.sell(name, "2026-10-01", "900.00" if is_best else "9.00")
    for city in ("Leeds", "York"):
        shop.add(f"New {city}", city=city, phone=f"+99{city}")
        happens(shop, f"New {city}", "chat", days=1)
    refresh(shop)

    best, other = of("New Leeds"), of("New York")

    assert best.likeness > 80
    assert best.verdict == "ready"
    assert other.likeness < 40
    assert other.verdict == "nurture"
    assert "like our best customers: City: Leeds" in say_reasons(best, frame=FRAME)


@pytest.mark.req("R058")
def test_what_a_person_overruled_stays_until_it_is_taken_back(
    shop: CornerShop, boss: Staff, client: Client
) -> None:
    refresh(shop)
    found = of("Eve Lead").verdict
    client.force_login(boss)
    address = f"/readiness/{ids.encode('customer', shop.people['Eve Lead'].id)}/overrule/"

    client.post(address, {"verdict": "ready", "why": "Met her"})
    refresh(shop)
    kept = of("Eve Lead")
    client.post(address, {"verdict": "back"})

    assert (kept.verdict, kept.found_verdict, kept.overruled_why) == ("ready", found, "Met her")
    assert kept.overruled_by == boss
    assert (of("Eve Lead").verdict, of("Eve Lead").overruled_at) == (found, None)
    assert client.post(address, {"verdict": "nonsense"}).status_code == 404
    assert client.post("/readiness/cus_zzz/overrule/", {"verdict": "back"}).status_code == 404


def test_who_has_bought_leaves_the_lists_and_changes_show_at_once(shop: CornerShop) -> None:
    refresh(shop)
    eve = shop.people["Eve Lead"]
    CustomerState.objects.create(customer=eve, kind=StateKind.DO_NOT_CONTACT, since=NOW)
    refresh_customers(customer_ids=[eve.id], as_of=AS_OF, now=NOW)
    silenced = of("Eve Lead").verdict
    shop.sell("Eve Lead", "2026-11-20", "20.00")

    refresh_customers(customer_ids=[eve.id], as_of=AS_OF, now=NOW)

    assert silenced == "stop"
    assert CustomerSummary.objects.get(pk=eve.id).order_count == 1
    assert not Readiness.objects.filter(pk=eve.id).exists()
