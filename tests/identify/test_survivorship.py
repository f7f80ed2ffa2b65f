"""Which value survives: the rules as data, tried out, published, taken back; and what was bought
never wins over what the shop knows itself.
"""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from idic.core import clock
from idic.core.jobs.worker import drain
from idic.core.models import Role
from idic.identify.golden_values import get_known
from idic.identify.models import Customer, Source, SourceRecord, SurvivorshipVersion, Trait
from idic.identify.services import golden, survivorship
from idic.identify.services.customers import edit_customer
from idic.identify.services.sources import WrongOrigin, describe_origin
from idic.identify.survivorship import (
    COLUMNS,
    Criterion,
    Rules,
    Said,
    choose,
    choose_values,
    drop_corrected,
    read_orders,
)
from tests.cast import NOW, Shop, open_shop
from tests.examples import examples
from tests.identify.importing import make_business, run_import, write_csv
from tests.interact import cast

USUAL = {column: [str(one) for one in Criterion] for column in COLUMNS}
NEWEST_FIRST = ["recency", "verified", "source", "completeness"]
CITIES = ["Huế", "Đà Nẵng", "Thành phố Vinh"]


@st.composite
def sayings(draw: st.DrawFn) -> list[Said]:
    return [
        Said(
            name="city",
            value=draw(st.sampled_from(CITIES)),
            observed_at=NOW + timedelta(days=draw(st.integers(0, 2))),
            rank=draw(st.integers(0, 2)),
            is_pinned=draw(st.booleans()),
            is_verified=draw(st.booleans()),
            id=number,
            is_third_party=draw(st.booleans()),
            record_id=number,
        )
        for number in range(1, draw(st.integers(1, 6)) + 1)
    ]


@pytest.mark.req("R019", "R031")
@examples(200)
@given(said=sayings(), order=st.sampled_from(list(permutations(Criterion))))
def test_whatever_the_order_staff_win_and_what_was_bought_never_beats_our_own(
    said: list[Said], order: tuple[Criterion, ...]
) -> None:
    rules = Rules({"city": order})
    winner = choose(said, rules)["city"]

    if any(one.is_pinned for one in said):
        assert winner.is_pinned
    elif not all(one.is_third_party for one in said):
        assert not winner.is_third_party
    rivals = [
        one
        for one in said
        if (one.is_pinned, one.is_third_party) == (winner.is_pinned, winner.is_third_party)
    ]
    assert rules.weigh(winner) == max(map(rules.weigh, rivals))
    assert choose(list(reversed(said)), rules)["city"] == winner


def test_each_criterion_decides_when_it_stands_first() -> None:
    plain = Said("city", "Huế", NOW, 5, id=1, record_id=1)
    others = {
        Criterion.VERIFIED: Said("city", "A", NOW, 9, is_verified=True, id=2, record_id=2),
        Criterion.SOURCE: Said("city", "B", NOW - timedelta(1), 1, id=3, record_id=3),
        Criterion.RECENCY: Said("city", "C", NOW + timedelta(1), 9, id=4, record_id=4),
        Criterion.COMPLETENESS: Said("city", "Thành phố Huế", NOW, 9, id=5, record_id=5),
    }
    for first, rival in others.items():
        rules = Rules({"city": (first, *(one for one in Criterion if one != first))})
        assert choose([plain, rival], rules)["city"] == rival
        assert rules.decided_by(rival, plain) == first


def test_a_value_put_right_wins_over_the_longer_wrong_one_beside_it() -> None:
    wrong = Said("name", "Mr John Brown", NOW, 5, id=1, record_id=1)
    right = Said("name", "John Brown", NOW, 5, id=2, record_id=1)
    fullest = (Criterion.COMPLETENESS, Criterion.VERIFIED, Criterion.SOURCE, Criterion.RECENCY)

    assert choose([wrong, right], Rules({"full_name": fullest}))["name"] == right


@pytest.mark.parametrize("wrong", [{"city": ["recency"]}, {"shoe": NEWEST_FIRST}, {"city": ["x"]}])
def test_an_order_that_is_not_whole_is_refused(wrong: dict[str, list[str]]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - an unknown criterion says so itself
        read_orders(wrong)


class Desk:
    """Lan, whom the till and the web know under different cities."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.till = shop, shop.till
        self.web = Source.objects.create(
            key="web", name="Web", kind="web_shop", rank=60, created_at=NOW
        )
        (self.lan,) = shop.add("Lan")
        web = SourceRecord.objects.create(
            source=self.web, source_key="w", customer=self.lan, created_at=NOW
        )
        self.say(shop.records["Lan"], "Huế", NOW)
        self.say(web, "Vinh", NOW + timedelta(days=3))
        self.staff = cast.hire(Role.OWNER)
        survivorship.recompute()

    def say(self, record: SourceRecord, city: str, at: Any) -> None:
        Trait.objects.create(record=record, name="city", value=city, observed_at=at)

    @property
    def city(self) -> str:
        return Customer.objects.get(id=self.lan.id).city

    def publish(self, orders: dict[str, list[str]], *sources: Source) -> SurvivorshipVersion:
        chosen = [source.id for source in sources or (self.till, self.web)]
        version = survivorship.publish_rules(
            orders=orders, source_ids=chosen, staff=self.staff, now=NOW
        )
        survivorship.recompute()
        return version


@pytest.fixture
def desk(db: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return Desk(open_shop())


@pytest.mark.req("R031")
def test_rules_are_tried_out_published_and_taken_back(desk: Desk) -> None:
    assert desk.city == "Huế"
    orders = {**USUAL, "city": NEWEST_FIRST}
    found = survivorship.preview(orders=orders, source_ids=[desk.till.id, desk.web.id])
    assert (found.customers, found.columns, found.is_whole) == (1, {"city": 1}, True)
    (sample,) = found.samples
    assert (sample.before, sample.after) == ("Huế", "Vinh")
    assert desk.city == "Huế"

    version = desk.publish(orders)
    assert (version.number, version.orders) == (1, {"city": NEWEST_FIRST})
    assert desk.city == "Vinh"

    back = survivorship.go_back(number=0, staff=desk.staff, now=NOW)
    survivorship.recompute()
    assert (back.number, back.came_from, back.orders) == (2, 0, {})
    assert desk.city == "Huế"


def test_the_order_of_the_sources_decides_and_a_later_source_stands_behind(desk: Desk) -> None:
    desk.publish(USUAL, desk.web, desk.till)
    assert desk.city == "Vinh"

    late = Source.objects.create(key="late", name="Late", kind="file", created_at=NOW)
    record = SourceRecord.objects.create(
        source=late, source_key="l", customer=desk.lan, created_at=NOW
    )
    desk.say(record, "Hội An", NOW + timedelta(days=9))
    survivorship.recompute()

    assert desk.city == "Vinh"
    assert survivorship.list_ranked() == [desk.web, desk.till, late]
    with pytest.raises(survivorship.WrongRules):
        desk.publish(USUAL, desk.web)


def test_what_staff_wrote_survives_any_rules_and_recomputing_twice_changes_nothing(
    desk: Desk,
) -> None:
    edit_customer(
        customer_id=desk.lan.id, changes={"city": "Sa Pa"}, actor="a", country="VN", now=NOW
    )
    desk.publish({**USUAL, "city": NEWEST_FIRST}, desk.web, desk.till)

    assert desk.city == "Sa Pa"
    assert survivorship.recompute() == 0


@pytest.mark.req("R019")
def test_a_provider_fills_what_is_not_known_and_never_overwrites(
    desk: Desk, tmp_path: Path
) -> None:
    bought = Source.objects.create(key="bought", name="Bought", kind="file", created_at=NOW)
    told: dict[str, Any] = {"source_id": bought.id, "actor": "a", "now": NOW}
    with pytest.raises(WrongOrigin):
        describe_origin(
            is_third_party=True, provider="DataHouse", licence="", lawful_basis="", **told
        )
    describe_origin(
        is_third_party=True,
        provider="DataHouse",
        licence="2026-17",
        lawful_basis="agreed there",
        **told,
    )
    record = SourceRecord.objects.create(
        source=bought, source_key="b", customer=desk.lan, created_at=NOW
    )
    desk.say(record, "Cần Thơ", NOW + timedelta(days=30))
    Trait.objects.create(record=record, name="gender", value="female", observed_at=NOW)

    desk.publish({**USUAL, "city": NEWEST_FIRST}, bought, desk.web, desk.till)

    lan = Customer.objects.get(id=desk.lan.id)
    assert (lan.city, lan.gender) == ("Vinh", "female")
    known = get_known(customer_id=lan.id)
    assert known is not None
    by_column = {shown.column: shown for shown in known.columns}
    assert [one.value for one in by_column["city"].losers] == ["Huế", "Cần Thơ"]


@pytest.mark.req("R019")
def test_a_file_of_a_provider_fills_blanks_though_it_was_told_to_overwrite(
    db: None, tmp_path: Path
) -> None:
    make_business()
    header = ("Customer ID", "Name", "City", "Email")
    own = write_csv(tmp_path / "own.csv", ("1", "Lan", "Huế", "lan@example.com"), header=header)
    run_import(own, now=NOW, kind="customers", source="Till")
    source = Source.objects.create(key="bought", name="Bought", kind="file", created_at=NOW)
    describe_origin(
        source_id=source.id,
        is_third_party=True,
        provider="DataHouse",
        licence="1",
        lawful_basis="agreed",
        actor="a",
        now=NOW,
    )
    sold = write_csv(
        tmp_path / "b.csv", ("x", "Lan Nguyễn", "Vinh", "lan@example.com"), header=header
    )

    run_import(
        sold, now=NOW + timedelta(1), kind="customers", source="Bought", rules={"city": "overwrite"}
    )

    lan = Customer.objects.get()
    assert (lan.full_name, lan.city) == ("Lan", "Huế")
    assert golden.list_in_force().filter(name="city", value="Huế").exists()


def test_the_page_moves_a_line_shows_whom_it_changes_publishes_and_takes_back(desk: Desk) -> None:
    client = Client()
    client.force_login(desk.staff)
    order = f"{desk.till.id},{desk.web.id}"
    state = {"order_sources": order} | {f"order_{c}": ",".join(o) for c, o in USUAL.items()}

    moved = client.post("/values/", state | {"act": f"up:sources:{desk.web.id}"})
    assert f'value="{desk.web.id},{desk.till.id}"' in moved.content.decode()
    state["order_sources"] = f"{desk.web.id},{desk.till.id}"
    tried = client.post("/values/", state | {"act": "try"}).content.decode()
    assert "1 customer would show something else" in tried
    assert SurvivorshipVersion.objects.count() == 0

    client.post("/values/", state | {"act": "publish"})
    drain()
    assert desk.city == "Vinh"
    client.post("/values/", {"act": "back:0"})
    drain()
    assert desk.city == "Huế"
    nonsense = state | {"order_sources": "1,2", "order_city": "x", "act": "up:city:nothing"}
    assert client.post("/values/", nonsense).status_code == 200
    reader = Client()
    reader.force_login(cast.hire(Role.READ_ONLY))
    assert reader.get("/values/").status_code == 200
    assert reader.post("/values/", state | {"act": "publish"}).status_code == 403


@pytest.mark.req("R019")
def test_the_wizard_asks_who_sold_the_list_and_keeps_it_with_the_source(
    desk: Desk, tmp_path: Path
) -> None:
    client = Client()
    client.force_login(desk.staff)
    path = write_csv(tmp_path / "b.csv", ("Lan", "lan@example.com"), header=("Name", "Email"))
    with path.open("rb") as file:
        answer = client.post("/imports/new/", {"kind": "customers", "file": file})
    choices = answer["Location"].replace("columns/", "choices/")
    said = {"source": "Bought", "is_third_party": "1", "email_agreement": "unknown"}

    refused = client.post(choices, said | {"provider": "DataHouse"})
    assert refused.status_code == 422
    assert not Source.objects.filter(name="Bought").exists()

    told = {"provider": "DataHouse", "licence": "2026-17", "lawful_basis": "agreed there"}
    assert client.post(choices, said | told).status_code == 302
    bought = Source.objects.get(name="Bought")
    assert (bought.is_third_party, bought.provider) == (True, "DataHouse")


def test_values_chosen_without_weighing_what_agrees_are_those_that_win() -> None:
    dice = random.Random(5)
    usual = tuple(Criterion)
    orders = [Rules(), Rules({"city": usual[::-1], "email": usual[2:] + usual[:2]})]
    for _ in range(300):
        said = [
            Said(
                dice.choice(["city", "email", "name"]),
                dice.choice(["Huế", "Thành phố Huế", "An", "An An"]),
                NOW - timedelta(dice.randint(0, 2)),
                dice.randint(1, 2),
                is_pinned=dice.random() < 0.1,
                is_verified=dice.random() < 0.3,
                id=number,
                is_third_party=dice.random() < 0.2,
                record_id=dice.randint(1, 3),
            )
            for number in range(1, dice.randint(2, 9))
        ]
        for rules in orders:
            winners = {name: one.value for name, one in choose(said, rules).items()}
            weighed: dict[str, Said] = {}
            for one in drop_corrected(said):
                held = weighed.get(one.name)
                if held is None or rules.weigh(one) > rules.weigh(held):
                    weighed[one.name] = one
            assert choose_values(said, rules) == winners
            assert winners == {name: one.value for name, one in weighed.items()}
