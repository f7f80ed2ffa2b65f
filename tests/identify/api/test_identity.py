"""Who is who over the API: join, part, bind, keep apart, read the log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from idic.core import ids
from idic.identify.models import Customer, IdentityLogEntry
from tests.identify.identity.people import People

from .calling import Program, problem

pytestmark = [pytest.mark.django_db, pytest.mark.req("R031")]


def word(customer_id: int) -> str:
    return ids.encode("customer", customer_id)


def told(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def test_two_are_joined_and_parted_again(till: Program, people: People) -> None:
    old, new = people.add(name="Lan"), people.add(name="Lan N.")

    act = told(till.post("/identity/merges", {"customers": [word(new), word(old)]}), 201)
    assert (act["act"], act["customer"]) == ("merge", word(old))
    assert (act["by"], act["actor"], act["can_be_undone"]) == ("rule:api", "key:Till", True)
    assert Customer.objects.get(id=new).merged_into_id == old

    undone = told(till.post(f"/identity/log/{act['id']}/undo"), 201)
    assert (undone["act"], undone["undoes"]) == ("unmerge", act["id"])
    assert Customer.objects.get(id=new).merged_into_id is None
    problem(till.post(f"/identity/log/{act['id']}/undo"), 409, "refused")


def test_records_are_kept_apart_and_bound(till: Program, people: People) -> None:
    lan, minh = people.add(name="Lan"), people.add(name="Minh")
    pair = [str(number) for number in people.record_ids]

    apart = told(till.post("/identity/links", {"kind": "cannot", "records": pair}), 201)
    refused = till.post("/identity/merges", {"customers": [word(lan), word(minh)]})
    assert "different people" in problem(refused, 409, "refused")["detail"]

    told(till.post(f"/identity/log/{apart['id']}/undo"), 201)
    bound = told(till.post("/identity/links", {"kind": "must", "records": pair}), 201)
    assert bound["act"] == "must_link"
    problem(till.post("/identity/links", {"kind": "cannot", "records": pair}), 409, "refused")


def test_the_log_is_read_page_by_page_of_all_or_of_one(till: Program, people: People) -> None:
    lan, minh, hoa = (people.add(name=name) for name in ("Lan", "Minh", "Hoa"))
    for other in (minh, hoa):
        told(till.post("/identity/merges", {"customers": [word(lan), word(other)]}), 201)

    first = told(till.get("/identity/log", limit=1))
    second = told(till.get("/identity/log", limit=1, after=first["next"]))

    assert [first["items"][0]["customers"], second["items"][0]["customers"]] == [
        [word(lan), word(hoa)],
        [word(lan), word(minh)],
    ]
    assert second["next"] is None
    assert len(told(till.get("/identity/log", customer=word(minh)))["items"]) == 2


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/identity/merges", {"customers": []}, "customers"),
        ("/identity/merges", {"customers": ["cus_0000000000001"]}, "customers"),
        ("/identity/merges", {"customers": ["x", "y"]}, "customers.0"),
        ("/identity/links", {"kind": "maybe", "records": ["1", "2"]}, "kind"),
        ("/identity/links", {"kind": "must", "records": ["1", "-2"]}, "records.1"),
        ("/identity/links", {"kind": "must", "records": ["1", "9" * 30]}, "records.1"),
        ("/identity/links", {"kind": "must", "records": ["1", "٣"]}, "records.1"),
    ],
)
def test_what_cannot_be_names_its_field(
    till: Program, path: str, body: dict[str, Any], field: str
) -> None:
    told = problem(till.post(path, body), 422, "wrong_values")

    assert told["errors"][0]["field"] == field
    assert not IdentityLogEntry.objects.exists()


def test_who_is_not_there_cannot_be_joined(till: Program, people: People) -> None:
    lan = people.add(name="Lan")

    for path, body in (
        ("/identity/merges", {"customers": [word(lan), word(5)]}),
        ("/identity/links", {"kind": "must", "records": [str(people.record_ids[0]), "5"]}),
        ("/identity/log/5/undo", None),
    ):
        problem(till.post(path, body), 404, "not_found")
    same = till.post("/identity/merges", {"customers": [word(lan), word(lan)]})
    problem(same, 409, "refused")
