"""Customers over the API: found, read with winner and losers of each value, made, changed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idic.core import ids
from idic.core.models import AuditEntry
from idic.identify.models import Customer, Trait
from idic.identify.services import identity
from idic.identify.services.search_index import reindex
from tests.identify.identity.people import People

from .calling import Program, problem

pytestmark = [pytest.mark.django_db, pytest.mark.req("R031")]


def word(customer_id: int) -> str:
    return ids.encode("customer", customer_id)


def told(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def show(people: People, customer_id: int, **columns: str) -> int:
    Customer.objects.filter(id=customer_id).update(**columns)
    reindex(customer_ids=[customer_id])
    return customer_id


def test_all_are_read_page_by_page_the_newest_first(till: Program, people: People) -> None:
    made = [people.add(name=f"Lan {n}") for n in range(5)]

    first = told(till.get("/customers", limit=2))
    second = told(till.get("/customers", limit=2, after=first["next"]))
    third = told(till.get("/customers", limit=2, after=second["next"]))

    found = [one["id"] for page in (first, second, third) for one in page["items"]]
    assert found == [word(number) for number in reversed(made)]
    assert third["next"] is None


def test_they_are_found_by_search_and_by_identifier(till: Program, people: People) -> None:
    lan = people.add(name="Đặng Lan", phone="+84901234567")
    show(people, lan, full_name="Đặng Lan", phone="+84901234567")
    show(people, people.add(name="Minh"), full_name="Minh")

    by_search = told(till.get("/customers", search="dang lan"))
    by_phone = told(till.get("/customers", identifier="0901 234 567", type="phone"))
    by_value = told(till.get("/customers", identifier="%2B84901234567"))
    nobody = told(till.get("/customers", identifier="0909 999 999", type="phone"))

    for page in (by_search, by_phone, by_value):
        assert [one["id"] for one in page["items"]] == [word(lan)]
    assert nobody == {"items": [], "next": None}
    both = till.get("/customers", search="lan", identifier="x")
    assert problem(both, 422, "wrong_values")["errors"][0]["field"] == "search"


@pytest.mark.req("R003")
def test_one_is_read_with_winner_and_losers_of_each_value(till: Program, people: People) -> None:
    lan = people.add(name="Lan", city="Huế")
    other = people.add_record(lan)
    people.say(other, "name", "Lan Nguyễn")
    people.say(other, "phone", "+84901234567")
    show(people, lan, full_name="Lan Nguyễn", phone="+84901234567", city="Huế")

    read = told(till.get(f"/customers/{word(lan)}"))

    name = read["golden"]["full_name"]
    assert (name["value"], name["winner"]["value"]) == ("Lan Nguyễn", "Lan Nguyễn")
    assert [one["value"] for one in name["losers"]] == ["Lan"]
    assert name["winner"]["record"] == str(other)
    assert read["golden"]["city"]["winner"]["value"] == "Huế"
    assert read["golden"]["email"] == {"value": "", "winner": None, "losers": []}
    held = [one["identifiers"] for one in read["records"]]
    assert held == [[], [{"type": "phone", "value": "+84901234567"}]]


@pytest.mark.req("R003")
def test_an_id_that_was_joined_leads_to_who_lives_on(till: Program, people: People) -> None:
    old, new = people.add(name="Lan"), people.add(name="Lan N.")
    identity.merge(customer_ids=[old, new], by="person", actor="x", now=people.tick())

    read = told(till.get(f"/customers/{word(new)}"))

    assert (read["id"], read["merged_ids"]) == (word(old), [word(new)])
    assert len(read["records"]) == 2


def test_reading_costs_the_same_however_much_is_known(till: Program, people: People) -> None:
    lan = people.add(name="Lan")

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            told(till.get(f"/customers/{word(lan)}"))
        return len(captured)

    cost()
    few = cost()
    for number in range(8):
        people.say(people.add_record(lan), "name", f"Lan {number}")
    assert cost() == few <= 10


def test_a_customer_is_made_and_changed_as_by_hand(till: Program, people: People) -> None:
    made = till.post("/customers", {"full_name": "Lan", "phone": "0901 234 567"})

    lan = told(made, 201)
    assert made["Location"] == f"/api/v1/customers/{lan['id']}"
    assert (lan["phone"], lan["golden"]["phone"]["winner"]["is_pinned"]) == ("+84901234567", True)

    answer = till.call("PATCH", f"/customers/{lan['id']}", {"city": "Huế", "phone": ""})
    changed = told(answer)
    assert (changed["full_name"], changed["city"], changed["phone"]) == ("Lan", "Huế", "")
    acts = AuditEntry.objects.filter(subject_id=lan["id"]).order_by("id")
    assert list(acts.values_list("actor", "action")) == [
        ("key:Till", "customer.created"),
        ("key:Till", "customer.edited"),
    ]


def test_a_change_of_a_joined_id_reaches_who_lives_on(till: Program, people: People) -> None:
    old, new = people.add(name="Lan"), people.add(name="Lan N.")
    identity.merge(customer_ids=[old, new], by="person", actor="x", now=people.tick())

    changed = told(till.call("PATCH", f"/customers/{word(new)}", {"city": "Huế"}))

    assert (changed["id"], Customer.objects.get(id=old).city) == (word(old), "Huế")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "full_name"),
        ({"phone": "12"}, "phone"),
        ({"full_name": "Lan", "email": "nobody"}, "email"),
        ({"full_name": "Lan", "birth_date": "21/5/1990"}, "birth_date"),
        ({"full_name": "La\u0000n"}, "full_name"),
        ({"full_name": "\ud800"}, "full_name"),
        ({"full_name": "x" * 2_001}, "full_name"),
        ({"full_name": "x" * 201}, "full_name"),
        ({"full_name": {"$gt": ""}}, "full_name"),
        ({"full_name": "Lan", "tier": "vvip"}, "tier"),
        ([], "body"),
    ],
)
def test_what_cannot_be_taken_names_its_field(
    till: Program, people: People, body: Any, field: str
) -> None:
    count = Customer.objects.count()

    told = problem(till.post("/customers", body), 422, "wrong_values")

    assert [one["field"] for one in told["errors"]] == [field]
    assert Customer.objects.count() == count


@pytest.mark.parametrize("body", ["{", '{"full_name":', "\xff", "[" * 100_000])
def test_what_is_no_json_is_said_so(till: Program, body: str) -> None:
    problem(till.call("POST", "/customers", body), 400, "bad_request")


def test_too_much_is_said_so(till: Program) -> None:
    body = '{"full_name": "' + "x" * 2_100_000 + '"}'

    problem(till.call("POST", "/customers", body), 413, "too_large")


@pytest.mark.parametrize("limit", ["0", "201", "x", "-1", "1e9"])
def test_a_page_has_its_bounds(till: Program, limit: str) -> None:
    problem(till.get("/customers", limit=limit), 422, "wrong_values")


def test_nobody_and_no_id_are_told_apart(till: Program) -> None:
    problem(till.get(f"/customers/{word(5)}"), 404, "not_found")
    problem(till.call("PATCH", f"/customers/{word(5)}", {"city": "Huế"}), 404, "not_found")
    for wrong in ("5", "cus_!", "ord_0000000000001", "'%20OR%201=1--"):
        told = problem(till.get(f"/customers/{wrong}"), 422, "wrong_values")
        assert told["errors"][0]["field"] == "customer"
    # No address of ours holds a NUL; PostgreSQL could not even look for it.
    assert till.get("/customers/%00").status_code == 400


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["full_name", "phone", "email", "city", "birth_date", "salutation"]),
        st.one_of(st.text(max_size=60), st.none(), st.integers(), st.lists(st.text(max_size=3))),
    )
)
def test_whatever_is_sent_is_taken_or_refused_and_never_fails(
    till: Program, body: dict[str, Any]
) -> None:
    from idic.core.rest.doors import CALLS

    CALLS.reset()

    assert till.post("/customers", body).status_code in {201, 422}


def test_hidden_people_are_nobodys(till: Program, people: People) -> None:
    lan = people.add(name="Lan")
    Customer.objects.filter(id=lan).update(is_staged=True)

    problem(till.get(f"/customers/{word(lan)}"), 404, "not_found")
    assert told(till.get("/customers"))["items"] == []
    assert Trait.objects.filter(record__customer=lan).exists()
