"""Possible doubles over the API: the queue, decisions and their undo, many after a sample."""

from __future__ import annotations

import json
from typing import Any

import pytest

from idic.core.jobs.worker import drain
from idic.identify.models import Customer, MatchPair
from tests.identify.identity.people import People

from .calling import Program, problem, program

pytestmark = [pytest.mark.django_db, pytest.mark.req("R028", "R031")]


def told(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return json.loads(answer.content)


def add_pair(people: People, probability: float = 0.9, worth: float = 1.0) -> MatchPair:
    """Let two customers be a possible double."""
    left, right = people.add(name="Lan"), people.add(name="Lan N.")
    one, other = people.record_ids[-2:]
    return MatchPair.objects.create(
        left_id=one,
        right_id=other,
        left_customer_id=left,
        right_customer_id=right,
        weight=3.2,
        probability=probability,
        worth=worth,
        value=5_000,
        evidence=[{"field": "name", "kind": "name", "level": "initials", "bits": 4.1}],
        made_at=people.moment,
    )


def test_the_queue_is_read_page_by_page_the_dearest_first(till: Program, people: People) -> None:
    pairs = [add_pair(people, worth=worth) for worth in (1.0, 3.0, 2.0)]

    first = told(till.get("/duplicates", limit=2))
    rest = told(till.get("/duplicates", limit=2, after=first["next"]))

    found = [one["id"] for page in (first, rest) for one in page["items"]]
    assert found == [str(pairs[place].id) for place in (1, 2, 0)]
    assert (first["open"], rest["next"]) == (3, None)
    one = first["items"][0]
    assert one["left"]["full_name"] == "Lan"
    assert one["evidence"] == [{"field": "name", "kind": "name", "level": "initials", "bits": 4.1}]


def test_a_pair_is_decided_and_taken_back(till: Program, people: People) -> None:
    pair = add_pair(people)
    path = f"/duplicates/{pair.id}"

    joined = told(till.post(f"{path}/decision", {"verdict": "same"}))
    assert (joined["state"], joined["decided_by"]) == ("same", "key:Till")
    assert joined["left"]["customer"] == joined["right"]["customer"]
    assert Customer.objects.get(id=pair.right_customer_id).merged_into_id == pair.left_customer_id

    opened = told(till.post(f"{path}/undo"))
    assert (opened["state"], opened["entry"]) == ("open", None)
    assert Customer.objects.get(id=pair.right_customer_id).merged_into_id is None

    apart = told(till.post(f"{path}/decision", {"verdict": "different"}))
    both = [apart["left"]["customer"], apart["right"]["customer"]]
    problem(till.post("/identity/merges", {"customers": both}), 409, "refused")
    assert told(till.get("/duplicates"))["items"] == []


def test_many_are_accepted_after_a_sample_and_taken_back_as_one(
    till: Program, people: People
) -> None:
    pairs = [add_pair(people, probability=0.9) for _ in range(22)]
    low = add_pair(people, probability=0.3)

    drawn = told(till.get("/duplicates/sample", threshold=0.5, size=20, seed=7))
    assert (drawn["count"], len(drawn["items"])) == (22, 20)
    again = told(till.get("/duplicates/sample", threshold=0.5, size=20, seed=7))
    assert drawn["items"] == again["items"]
    verdicts = {one["id"]: "same" for one in drawn["items"]}
    few = {"threshold": 0.5, "verdicts": dict(list(verdicts.items())[:5])}
    problem(till.post("/duplicates/acceptances", few), 409, "refused")

    act = told(till.post("/duplicates/acceptances", {"threshold": 0.5, "verdicts": verdicts}), 202)
    drain()
    done = told(till.get(f"/duplicates/acceptances/{act['id']}"))
    assert (done["state"], done["accepted"], done["refused"]) == ("done", 22, 0)
    assert (done["looked_at"], done["expected_wrong"]) == (20, 0)
    low.refresh_from_db()
    assert low.state == "open"

    told(till.post(f"/duplicates/acceptances/{act['id']}/undo"), 202)
    drain()
    assert told(till.get(f"/duplicates/acceptances/{act['id']}"))["state"] == "undone"
    parted = Customer.objects.filter(id__in=[one.right_customer_id for one in pairs])
    assert set(parted.values_list("merged_into", flat=True)) == {None}


def test_a_bad_sample_is_refused_with_its_reason(till: Program, people: People) -> None:
    pairs = [add_pair(people) for _ in range(20)]
    verdicts = {str(pair.id): "same" for pair in pairs} | {
        str(pair.id): "different" for pair in pairs[:3]
    }

    answer = till.post("/duplicates/acceptances", {"threshold": 0.5, "verdicts": verdicts})

    assert "3 of the 20" in problem(answer, 409, "refused")["detail"]


def test_deciding_and_accepting_ask_for_their_rights(people: People) -> None:
    pair = add_pair(people)
    reader = program("customers.read", name="Reader")
    clerk = program("customers.read", "customers.edit", name="Clerk")
    body = {"threshold": 0.5, "verdicts": {str(pair.id): "same"}}

    problem(reader.post(f"/duplicates/{pair.id}/decision", {"verdict": "same"}), 403, "not_allowed")
    problem(reader.post(f"/duplicates/{pair.id}/undo"), 403, "not_allowed")
    problem(clerk.post("/duplicates/acceptances", body), 403, "not_allowed")
    pair.refresh_from_db()
    assert pair.state == "open"


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("GET", "/duplicates?after=x", None, "after"),
        ("GET", "/duplicates?after=nan:1", None, "after"),
        ("GET", "/duplicates?after=1.0:99999999999999999999", None, "after"),
        ("GET", "/duplicates?limit=0", None, "limit"),
        ("GET", "/duplicates/sample?threshold=2", None, "threshold"),
        ("GET", "/duplicates/x", None, "pair"),
        ("POST", "/duplicates/{pair}/decision", {"verdict": "maybe"}, "verdict"),
        ("POST", "/duplicates/acceptances", {"threshold": 0.5, "verdicts": {"5": "same"}}, None),
        ("POST", "/duplicates/acceptances", {"threshold": 0.5, "verdicts": {"x": "same"}}, None),
        ("POST", "/duplicates/acceptances", {"threshold": 0.5}, "verdicts"),
    ],
)
def test_what_cannot_be_names_its_field(
    till: Program, people: People, method: str, path: str, body: Any, field: str | None
) -> None:
    path = path.replace("{pair}", str(add_pair(people).id))

    told = problem(till.call(method, path, body), 422, "wrong_values")

    assert told["errors"][0]["field"].startswith(field or "verdicts.")


def test_what_is_not_there_is_said_so(till: Program, people: People) -> None:
    for method, path, body in (
        ("GET", "/duplicates/5", None),
        ("POST", "/duplicates/5/decision", {"verdict": "same"}),
        ("POST", "/duplicates/5/undo", None),
        ("GET", "/duplicates/acceptances/5", None),
        ("POST", "/duplicates/acceptances/5/undo", None),
    ):
        problem(till.call(method, path, body), 404, "not_found")
