"""What Customize holds about a person is exported whole and erased whole, and nobody else's."""

from __future__ import annotations

import pytest

from idic.customize.models import Decision, Product, Recommendation, RejectedProduct
from idic.identify.services.privacy import erase_person, export_person
from tests.cast import NOW, Shop, open_shop

pytestmark = pytest.mark.django_db
MODELS = (Recommendation, RejectedProduct, Decision)


@pytest.fixture
def shop() -> Shop:
    shop = open_shop()
    tea = Product.objects.create(code="T", name="Tea")
    for customer in shop.add("Ann", "Ben"):
        Recommendation.objects.create(
            customer=customer,
            product=tea,
            kind="buy_again",
            rank=1,
            score=0.5,
            reason={"times_bought": 3},
        )
        RejectedProduct.objects.create(customer=customer, product=tea, rejected_at=NOW)
        Decision.objects.create(customer=customer, action="call", value_amount=70, decided_at=NOW)
    return shop


def test_the_export_holds_lists_refusals_and_decisions(shop: Shop) -> None:
    ann = shop.people["Ann"]

    tables = export_person(customer_id=ann.id, now=NOW)["tables"]

    held = {model: tables[model._meta.label] for model in MODELS}
    assert [len(rows) for rows in held.values()] == [1, 1, 1]
    assert {rows[0]["customer_id"] for rows in held.values()} == {ann.id}
    assert held[Recommendation][0]["reason"] == {"times_bought": 3}
    assert held[Decision][0]["action"] == "call"


def test_erasing_takes_one_persons_rows_and_leaves_the_goods(shop: Shop) -> None:
    ben = shop.people["Ben"]

    counts = erase_person(customer_id=shop.people["Ann"].id, actor="test", now=NOW)

    assert [counts[model._meta.label] for model in MODELS] == [1, 1, 1]
    for model in MODELS:
        assert list(model._base_manager.values_list("customer_id", flat=True)) == [ben.id]
    assert Product.objects.count() == 1
