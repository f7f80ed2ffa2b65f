"""A customer's list in its order, the next best action with its states, offers by the day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from idic.customize.actions import ActionKind, Candidate, Obstacle, decide
from idic.customize.models import Offer, Product, Recommendation
from idic.customize.sayings import say_action, say_proposal, say_why_not
from idic.customize.selectors import (
    Proposal,
    facts_of,
    has_running_offer,
    list_offers,
    list_proposals,
)
from idic.identify.models import Customer
from tests.cast import NOW, TODAY, Shop, open_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    shop.add("Ann", "Ben", phone="+447700900001", email="ann@example.com")
    return shop


def propose(customer: Customer, kind: str, rank: int, product: str, **reason: Any) -> None:
    goods, _is_new = Product.objects.get_or_create(code=product.upper(), defaults={"name": product})
    Recommendation.objects.create(
        customer=customer, product=goods, kind=kind, rank=rank, score=1, reason=reason
    )


def names(proposals: list[Proposal]) -> list[str]:
    return [proposal.product.name for proposal in proposals]


def test_what_to_buy_again_stands_before_what_is_new(shop: Shop) -> None:
    ann, ben = shop.people.values()
    propose(ann, "popular", 2, "Hat")
    propose(ann, "discover", 1, "Milk")
    propose(ann, "buy_again", 2, "Jam")
    propose(ann, "buy_again", 1, "Tea")
    propose(ben, "popular", 1, "Hat")

    found = list_proposals([ann.id, ben.id], limit=3)

    assert names(found[ann.id]) == ["Tea", "Jam", "Milk"]
    assert names(found[ben.id]) == ["Hat"]
    assert names(list_proposals([ann.id], limit=1)[ann.id]) == ["Tea"]
    assert list_proposals([], limit=3) == {}


def test_when_the_first_is_gone_the_next_moves_up(shop: Shop) -> None:
    ann = shop.people["Ann"]
    propose(ann, "buy_again", 2, "Jam")
    propose(ann, "buy_again", 1, "Tea")
    Product.objects.filter(name="Tea").update(is_available=False)

    assert names(list_proposals([ann.id], limit=1)[ann.id]) == ["Jam"]


def test_lists_of_many_take_as_many_queries_as_of_two(shop: Shop) -> None:
    people = shop.add(*(f"P{number}" for number in range(20)))
    tea = Product.objects.create(code="T", name="Tea")
    for person in people:
        propose(person, "discover", 1, "Milk", because_product_id=str(tea.id), support=3)

    with CaptureQueriesContext(connection) as few:
        list_proposals([person.id for person in people[:2]])
    with CaptureQueriesContext(connection) as many:
        list_proposals([person.id for person in people])

    assert len(few) == len(many) == 1


@pytest.fixture
def act(shop: Shop) -> Callable[[], ActionKind]:
    """Decide for Ann, overdue and with something to propose."""
    ann = shop.people["Ann"]
    shop.summary(
        "Ann",
        order_count=9,
        first_order_date=date(2025, 1, 1),
        last_order_date=date(2026, 8, 1),
        expected_amount=10_000,
        churn_risk=0.5,
        is_overdue=True,
        overdue_days=40,
        email_reach="allowed",
    )
    propose(ann, "buy_again", 1, "Tea")

    def act() -> ActionKind:
        ann.refresh_from_db()
        facts = facts_of(
            customer=ann,
            summary=ann.summary,
            states=set(),
            recommendation_count=len(list_proposals([ann.id]).get(ann.id, [])),
            has_offer=has_running_offer(as_of=TODAY),
            as_of=TODAY,
            now=NOW,
        )
        return decide(facts).chosen.kind

    return act


def test_without_a_phone_and_with_nothing_to_show_nothing_is_sent(
    shop: Shop, act: Callable[[], ActionKind]
) -> None:
    assert act() is ActionKind.CALL
    ann = shop.people["Ann"]
    ann.phone = ""
    ann.save()
    assert act() is ActionKind.SEND_MESSAGE

    Product.objects.update(is_sellable=False)

    assert act() is ActionKind.WAIT


def offer(name: str, **values: Any) -> Offer:
    return Offer.objects.create(name=name, kind="gift", created_at=NOW, **values)


def test_an_offer_runs_from_its_first_day_to_the_day_before_its_end(db: None) -> None:
    offer("Nov", from_date=date(2026, 11, 1), to_date=date(2026, 12, 1))

    def runs(day: date) -> bool:
        return has_running_offer(as_of=day)

    assert [runs(date(2026, 10, 31)), runs(date(2026, 11, 1))] == [False, True]
    assert [runs(date(2026, 11, 30)), runs(date(2026, 12, 1))] == [True, False]
    Offer.objects.update(is_active=False)
    assert not runs(date(2026, 11, 1))


def test_offers_stand_running_then_coming_then_ended_the_newest_first(db: None) -> None:
    offer("over", to_date=TODAY)
    offer("soon", from_date=TODAY + timedelta(days=1))
    offer("stopped", is_active=False)
    offer("old")
    offer("new")

    lines = list_offers(as_of=TODAY)

    assert [line.offer.name for line in lines] == ["new", "old", "soon", "stopped", "over"]
    assert [line.is_running for line in lines] == [True, True, False, False, False]
    assert [line.is_coming for line in lines] == [False, False, True, False, False]


def saying(kind: str, **facts: Any) -> Proposal:
    given: dict[str, Any] = {
        "product": Product(name="Milk"),
        "kind": kind,
        "times_bought": 0,
        "last_bought_date": None,
        "usual_gap_days": None,
        "because": "",
        "support": 0,
        "lift": None,
    }
    return Proposal(**(given | facts))


@pytest.mark.req("R119")
@pytest.mark.parametrize(
    ("language", "often", "twice", "because", "popular"),
    [
        (
            "en",
            "bought 4 times, last on 2 Nov 2026; usually every 10 days",
            "bought 2 times, last on 2 Nov 2026",
            "goes with “Tea”: 4 customers bought both",
            "popular here: 1 customer bought it",
        ),
        (
            "vi",
            "đã mua 4 lần, lần cuối 02/11/2026; thường 10 ngày một lần",
            "đã mua 2 lần, lần cuối 02/11/2026",
            "hợp với “Tea”: 4 khách mua cả hai",
            "nhiều người mua: 1 khách",
        ),
        (
            "zh-hans",
            "买过 4 次，最近一次 2026年11月2日；通常每 10 天一次",
            "买过 2 次，最近一次 2026年11月2日",
            "和“Tea”搭配：4 位客户两样都买",
            "店内热卖：1 位客户买过",
        ),
    ],
)
def test_a_proposal_says_what_it_rests_on(
    language: str, often: str, twice: str, because: str, popular: str
) -> None:
    last = {"last_bought_date": date(2026, 11, 2), "usual_gap_days": 10}
    with translation.override(language):
        assert say_proposal(saying("buy_again", times_bought=4, **last)) == often
        assert say_proposal(saying("buy_again", times_bought=2, **last)) == twice
        assert say_proposal(saying("discover", because="Tea", support=4)) == because
        assert say_proposal(saying("popular", support=1)) == popular


@pytest.mark.parametrize("language", ["vi", "zh-hans"])
def test_every_action_and_obstacle_has_words_in_every_language(language: str) -> None:
    with translation.override("en"):
        english = [say_action(kind) for kind in ActionKind]
        why = [say_why_not(Candidate(ActionKind.CALL, 0, obstacle)) for obstacle in Obstacle]
    with translation.override(language):
        said = [say_action(kind) for kind in ActionKind]
        said_why = [say_why_not(Candidate(ActionKind.CALL, 0, obstacle)) for obstacle in Obstacle]

    assert len(set(english)) == len(ActionKind)
    assert len(set(why)) == len(Obstacle)
    assert all(mine != theirs for mine, theirs in zip(said, english, strict=True))
    assert [text for text, other in zip(said_why, why, strict=True) if text == other] == [""]
