"""How well customers are known: the parts, the use of an app, and the warning before a thin segment
is used.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from idic.core import ids
from idic.core.models import Role
from idic.differentiate.depth import find_warnings, parts_of, score_of
from idic.differentiate.models import CustomerSummary, Segment
from idic.differentiate.segments import All, Number, list_ids
from idic.differentiate.services.refresh import refresh_customers
from idic.differentiate.services.segments import count_segment, create_segment
from idic.identify.models import Customer, Event
from idic.interact.models import Goal
from idic.interact.services.campaigns import create_campaign
from tests.interact import cast


def known(**values: object) -> dict[str, float]:
    nothing = {
        "has_name": False,
        "has_place": False,
        "birth_date": None,
        "is_company": False,
        "reaches": ("no_address",) * 3,
        "order_count": 0,
        "usage_days": None,
        "has_need": False,
        "need_confidence": None,
    }
    return parts_of(**(nothing | values))  # type: ignore[arg-type]


@pytest.mark.req("R026")
def test_five_parts_make_the_score() -> None:
    assert score_of(known()) == 0
    assert score_of(known(reaches=("allowed", "unknown", "no_address"))) == 20
    assert known(has_name=True, has_place=True)["identity"] == pytest.approx(2 / 3)
    assert known(has_name=True, has_place=True, is_company=True)["identity"] == 1
    assert [known(order_count=n)["history"] for n in (0, 1, 3, 9)] == [0, 1 / 3, 1, 1]
    assert [known(usage_days=n)["behaviour"] for n in (None, 0, 1)] == [0, 0.5, 1]
    assert known(has_need=True, need_confidence=0.2)["needs"] == 0.5
    assert known(has_need=True, need_confidence=0.9)["needs"] == 1


@pytest.mark.req("R026")
def test_a_segment_of_people_hardly_known_is_warned_of() -> None:
    well = {"people": 10, "score": 60, "trial_rate": 0.1, "seen_rate": 0.0}

    assert find_warnings(figures=well) == []
    assert find_warnings(figures=well | {"score": 39}) == ["thin"]
    assert find_warnings(figures=well | {"trial_rate": 0.9}) == ["unseen"]
    assert find_warnings(figures=well | {"trial_rate": 0.9, "seen_rate": 0.6}) == []
    assert find_warnings(figures={}) == []


def use(customer: Customer, *, days: int, now: datetime) -> None:
    record = cast.record_of(customer)
    for day in range(days):
        for time in range(2):  # twice a day is one day
            Event.objects.create(
                source=record.source,
                record=record,
                message_id=f"{customer.id}-{day}-{time}",
                kind="feature_used",
                occurred_at=now - timedelta(days=day, minutes=time),
                received_at=now,
            )


@pytest.fixture
def trials(db: None, now: datetime) -> list[Customer]:
    cast.open_shop(now=now)
    people = [cast.add_customer(now=now, name=f"Trial {n}") for n in range(5)]
    for person in people:
        record = cast.record_of(person)
        Event.objects.create(
            source=record.source,
            record=record,
            message_id=f"s-{person.id}",
            kind="Signed Up",
            occurred_at=now - timedelta(days=20),
            received_at=now,
        )
    return people


def refresh(people: list[Customer], now: datetime) -> None:
    refresh_customers(customer_ids=[one.id for one in people], as_of=now.date(), now=now)


@pytest.mark.req("R027")
def test_trials_without_usage_are_warned_of_before_they_are_written_to(
    trials: list[Customer], now: datetime
) -> None:
    refresh(trials, now)
    never = All((Number("order_count", "at_most", 0),))
    segment = create_segment(name="Trials", staff=None, now=now, tree=never)
    count_segment(segment=segment, as_of=now.date(), now=now)
    staff = cast.hire(Role.OWNER)
    campaign = create_campaign(
        name="Tea", segment=segment, goal=Goal.WIN_BACK, language="en", staff=staff, now=now
    )
    client = Client()
    client.force_login(staff)

    pages = [
        client.get(
            reverse("differentiate:segment_detail", args=[ids.encode("segment", segment.id)])
        ),
        client.get(
            reverse("interact:campaign_audience", args=[ids.encode("campaign", campaign.id)])
        ),
    ]

    for page in pages:
        text = page.content.decode()
        assert "You know they signed up, not whether they use it: of 100% of these people" in text


@pytest.mark.req("R027")
def test_usage_is_a_figure_and_who_uses_it_often_is_ready_to_buy(
    trials: list[Customer], now: datetime
) -> None:
    use(trials[0], days=8, now=now)
    use(trials[1], days=2, now=now)
    refresh(trials, now)
    ready = All((Number("order_count", "at_most", 0), Number("usage_days", "at_least", 6)))
    segment = create_segment(name="Ready", staff=None, now=now, tree=ready)
    count_segment(segment=segment, as_of=now.date(), now=now)

    rows = CustomerSummary.objects.order_by("customer_id").values_list("usage_days", flat=True)
    assert list(rows) == [8, 2, None, None, None]
    assert list_ids(ready) == [trials[0].id]
    assert Segment.objects.get(id=segment.id).depth["seen_rate"] == 1.0


@pytest.mark.req("R026")
def test_the_score_stands_on_the_page_and_filters_the_list(
    trials: list[Customer], now: datetime
) -> None:
    use(trials[0], days=1, now=now)
    refresh(trials, now)
    client = Client()
    client.force_login(cast.hire(Role.OWNER))
    detail = reverse("web:customer_detail", args=[ids.encode("customer", trials[0].id)])

    scores = list(
        CustomerSummary.objects.order_by("customer_id").values_list("depth_score", flat=True)
    )
    page = client.get(detail).content.decode()
    found = client.get("/customers/?depth=thin&columns=depth").content.decode()

    assert scores == [47, 27, 27, 27, 27]
    assert "47 of 100" in page
    assert "no clear need yet" in page
    assert "27 of 100" in found
    assert "47 of 100" not in found
