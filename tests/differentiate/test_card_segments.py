"""What a membership card says is usable in rules: its level, its points."""

from __future__ import annotations

import pytest

from idic.differentiate import segments
from idic.differentiate.segments import tree as t
from idic.identify.models import Trait

from .corner_shop import AS_OF, NOW, CornerShop, open_shop
from .test_treatment import refresh

pytestmark = pytest.mark.django_db
FRAME = segments.Frame(as_of=AS_OF, now=NOW)


def holders(shop: CornerShop, rule: t.Tree) -> list[str]:
    names = {customer.id: name for name, customer in shop.people.items()}
    return sorted(names[number] for number in segments.list_ids(rule, frame=FRAME))


@pytest.mark.req("R035")
def test_a_cards_level_and_points_choose_customers() -> None:
    shop = open_shop()
    cards = {"Ann Hill": ("Gold", "1200"), "Bob Old": ("Gold", "90"), "Cy Back": ("Silver", "300")}
    for name, (level, points) in cards.items():
        for trait, value in (("card_tier", level), ("card_points", points)):
            Trait.objects.create(
                record=shop.records[name], name=trait, value=value, observed_at=NOW
            )
    refresh(shop)

    gold = t.HasTrait("card_tier", "is", "Gold")
    rich = t.HasTrait("card_points", "at_least", "300")

    assert holders(shop, gold) == ["Ann Hill", "Bob Old"]
    assert holders(shop, rich) == ["Ann Hill", "Cy Back"]
    assert holders(shop, t.All((gold, rich))) == ["Ann Hill"]
