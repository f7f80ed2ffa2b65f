"""A budget: whom it reaches first, what it costs and brings, and how far it pays."""

from __future__ import annotations

import json
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from idic.core.models import Role
from idic.differentiate import segments
from idic.differentiate.models import CustomerSummary, Reach, ServiceKind
from idic.differentiate.selectors import budget as selectors
from idic.differentiate.services.budgets import refresh_curves
from idic.differentiate.services.refresh import refresh_customers
from idic.differentiate.services.treatment import set_costs
from idic.engine import budget as engine
from idic.identify.models import Customer
from idic.measure.selectors import list_trials
from idic.web import budget
from tests.interact import cast

pytestmark = [pytest.mark.django_db, pytest.mark.req("R045")]


@pytest.fixture
def people(now: datetime) -> list[Customer]:
    """Five who are overdue, each with less to win than the one before, and one who is on time."""
    cast.open_shop(now=now)
    people = [cast.add_customer(now=now, name=f"Person {i}") for i in range(6)]
    refresh_customers(customer_ids=[one.id for one in people], as_of=now.date(), now=now)
    for place, one in enumerate(people):
        CustomerSummary.objects.filter(customer=one).update(
            is_overdue=place < 5,
            last_year_amount=1_000_00 * (6 - place),
            stake_amount=500_00 * (6 - place),
            winback_amount=250_00 * (6 - place),
            sms_reach=Reach.ALLOWED if place % 2 else Reach.DENIED,
            usual_gap_days=30.0,
            overdue_days=12,
        )
    CustomerSummary.objects.filter(customer=people[4]).update(has_open_case=True)
    refresh_curves(as_of=now.date())
    return people


def test_it_reaches_those_first_whom_a_contact_helps_most(people: list[Customer]) -> None:
    curve = selectors.find_curve()

    assert curve is not None
    assert curve.people == (0, 1, 2, 3, 4)  # on time and complaining ones are left out
    assert curve.open_amounts[1] == 1_500_00.0
    assert [row.customer_id for row in selectors.list_open()] == [one.id for one in people[:4]]
    assert [row.customer_id for row in selectors.list_open("sms")] == [people[1].id, people[3].id]


def test_its_rule_holds_for_exactly_those_it_reaches(people: list[Customer], now: datetime) -> None:
    frame = segments.current_frame(as_of=now.date(), now=now)
    for count in (1, 3, 4):
        tree = selectors.rule_of_first(count)
        assert tree is not None
        expected = {one.id for one in people[:count]}
        assert set(segments.list_ids(tree, frame=frame)) == expected
    by_sms = selectors.rule_of_first(1, channel="sms")
    assert by_sms is not None
    assert list(segments.list_ids(by_sms, frame=frame)) == [people[1].id]
    assert selectors.rule_of_first(0) is None


def test_the_page_says_what_it_costs_and_brings_and_leads_to_its_people(
    people: list[Customer], client: Client
) -> None:
    client.force_login(cast.hire(Role.OWNER))
    page = client.get(reverse("web:budget"), {"cost": "20", "step": "100", "helps": "5"})
    plan = page.context["plan"]

    gain = engine.assume(0.05).log_odds * 250_00 * (6 + 5 + 4 + 3)
    assert plan.people == 4
    assert plan.cost == 80_00
    assert plan.gain == round(gain)
    assert plan.low < plan.gain < plan.high
    text = page.content.decode()
    assert [one["name"] for one in page.context["people"]] == [f"Person {i}" for i in range(4)]
    assert "Person 0" in text
    rule = parse_qs(urlsplit(page.context["segment_url"]).query)["rule"][0]
    assert segments.parse(json.loads(rule)) == selectors.rule_of_first(4)


def test_it_begins_with_what_staff_said_a_call_or_a_message_costs(
    people: list[Customer], client: Client, now: datetime
) -> None:
    owner = cast.hire(Role.OWNER)
    client.force_login(owner)
    set_costs(costs={ServiceKind.CALL: 1_250_50, ServiceKind.MESSAGE: 30}, staff=owner, now=now)

    by_call = client.get(reverse("web:budget"))
    by_sms = client.get(reverse("web:budget"), {"channel": "sms"})
    free = client.get(reverse("web:budget"), {"cost": ""})

    assert (by_call.context["choices"].cost, by_call.context["cost_text"]) == (125050, "1,250.50")
    assert by_sms.context["choices"].cost == 30
    assert free.context["choices"].cost == 0


def test_it_stops_where_one_more_costs_more_than_it_brings(people: list[Customer]) -> None:
    # A contact brings 300, 250, 200 and 150 of the four, each times the lift.
    lift = engine.Lift(0.2, 0.05, trials=2)
    paid = budget.read_choices({"cost": "225"}, mark=".", currency="GBP")
    plan = budget.make_plan(paid, measured=lift)

    assert plan is not None
    assert plan.best_people == 2
    assert plan.people == 2
    halved = budget.read_choices({"cost": "225", "keep": "50"}, mark=".", currency="GBP")
    none = budget.make_plan(halved, measured=lift)
    assert none is not None
    assert none.best_people == 0


def test_a_lift_that_was_measured_is_used_until_somebody_assumes_another(
    people: list[Customer],
) -> None:
    lift = engine.Lift(0.33, 0.1, trials=3)
    asked = budget.make_plan(budget.read_choices({}, mark=".", currency="GBP"), measured=lift)
    assumed = budget.make_plan(
        budget.read_choices({"helps": "10"}, mark=".", currency="GBP"), measured=lift
    )

    assert asked is not None
    assert assumed is not None
    assert asked.lift == lift
    assert assumed.lift == engine.assume(0.1)


@pytest.mark.parametrize(
    "values",
    [
        {"cost": "-5", "step": "999", "helps": "0", "keep": "0", "channel": "fax"},
        {"cost": "9" * 40, "step": "٣", "helps": "x", "keep": "101"},
        {"cost": "\x00", "step": "-1", "helps": "5.5", "keep": ""},
    ],
)
def test_what_cannot_be_read_counts_as_not_chosen(
    people: list[Customer], values: dict[str, str]
) -> None:
    read = budget.read_choices(values, mark=".", currency="GBP")

    assert read == budget.Choices(channel="", cost=0, keep=1.0, rate=None, step=None)


def test_before_anybody_is_overdue_the_page_says_so(client: Client, now: datetime) -> None:
    cast.open_shop(now=now)
    client.force_login(cast.hire(Role.OWNER))

    assert "Nobody is overdue" in client.get(reverse("web:budget")).content.decode()
    assert list_trials() == []
