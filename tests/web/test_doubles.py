"""Possible doubles on the page: decided by plain forms and by htmx, undone, many at once; why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from idic.core import ids
from idic.core.jobs.worker import drain
from idic.core.models import Job
from idic.identify.models import Customer, MatchAct, MatchPair, Trait
from idic.identify.services import identity
from idic.identify.services.customers import edit_customer
from tests.web.pairs import learned, pair_of, pairs_of

pytestmark = [pytest.mark.django_db, pytest.mark.req("R028", "R003")]
Add = Callable[..., Customer]
PAGE = "/doubles/"


def text_of(answer: object) -> str:
    return getattr(answer, "content", b"").decode()


def test_two_stand_side_by_side_with_what_each_finding_says(
    owner: Client, add: Add, now: datetime
) -> None:
    pairs_of(add, 3, now=now)

    page = text_of(owner.get(PAGE))

    assert "Two people called Lan 0, or one?" in page
    for said in (
        "Very likely one person",
        "Same name",
        "speaks very strongly for one person",
        "Different phones",
        "speaks strongly for two people",
        "1 of 3",
        'data-keys="m"',
        'data-keys="n"',
        'data-keys="j"',
    ):
        assert said in page


def test_a_shared_phone_says_how_many_have_it(owner: Client, add: Add, now: datetime) -> None:
    same = {"field": "phone", "kind": "phone", "level": "same", "bits": 9.0}
    lan, minh = (add(name, phone="+84901234567") for name in ("Lan", "Minh"))
    pair = pair_of(lan, minh, now=now, evidence=[same])

    assert "Same phone · only these two have it" in text_of(owner.get(f"{PAGE}{pair.id}/"))
    add("Shop", phone="+84901234567")
    assert "Same phone · 3 customers have it" in text_of(owner.get(f"{PAGE}{pair.id}/"))


@pytest.mark.parametrize(("verdict", "state"), [("same", "same"), ("different", "different")])
def test_a_decision_by_a_plain_form_leads_to_the_next_and_is_undone(
    owner: Client, add: Add, now: datetime, verdict: str, state: str
) -> None:
    first, second = pairs_of(add, 2, now=now)

    answer = owner.post(f"{PAGE}{first.id}/decide/", {"verdict": verdict}, follow=True)
    page = text_of(answer)
    assert answer.redirect_chain[0][0] == PAGE
    assert "2 of 2" in page
    assert f"{PAGE}{second.id}/decide/" in page
    assert f'action="{PAGE}{first.id}/undo/"' in page
    first.refresh_from_db()
    joined = Customer.objects.get(id=first.right_customer_id).merged_into_id
    assert (first.state, joined == first.left_customer_id) == (state, verdict == "same")

    page = text_of(owner.post(f"{PAGE}{first.id}/undo/", follow=True))
    first.refresh_from_db()
    assert first.state == "open"
    assert Customer.objects.get(id=first.right_customer_id).merged_into_id is None
    assert "1 of 2" in page


def test_htmx_gets_the_next_pair_alone_with_a_toast(owner: Client, add: Add, now: datetime) -> None:
    first, second = pairs_of(add, 2, now=now)
    headers = {"HX-Request": "true", "HX-Target": "pair"}

    part = text_of(owner.post(f"{PAGE}{first.id}/decide/", {"verdict": "same"}, headers=headers))

    assert "<html" not in part
    assert f"{PAGE}{second.id}/decide/" in part
    assert "They are one customer now." in part
    assert 'hx-swap-oob="beforeend:#toasts"' in part
    assert "data-announce" in part
    assert 'data-keys="u"' in part


def test_later_puts_it_off_and_the_last_one_ends_the_work(
    owner: Client, add: Add, now: datetime
) -> None:
    (pair,) = pairs_of(add, 1, now=now)

    page = text_of(owner.post(f"{PAGE}{pair.id}/decide/", {"verdict": "later"}, follow=True))

    pair.refresh_from_db()
    assert pair.state == "later"
    assert "That was the last one" in page
    assert "You have looked at 1 today" in page


def test_a_refusal_is_said_and_changes_nothing(owner: Client, add: Add, now: datetime) -> None:
    (pair,) = pairs_of(add, 1, now=now)
    records = (pair.left_id, pair.right_id)
    identity.cannot_link(record_ids=records, by="person", actor="x", now=now)

    page = text_of(owner.post(f"{PAGE}{pair.id}/decide/", {"verdict": "same"}, follow=True))

    assert "different people" in page
    pair.refresh_from_db()
    assert pair.state == "open"


def test_wrong_addresses_and_words_are_not_there(owner: Client, add: Add, now: datetime) -> None:
    (pair,) = pairs_of(add, 1, now=now)

    assert owner.get(f"{PAGE}5/").status_code == 404
    assert owner.get(f"{PAGE}99999999999999999999/").status_code == 404
    assert owner.post(f"{PAGE}{pair.id}/decide/", {"verdict": "maybe"}).status_code == 404
    assert owner.get(f"{PAGE}{pair.id}/decide/").status_code == 405
    for after in ("x", "nan:1", "1:99999999999999999999", "1.5:0"):
        assert owner.get(f"{PAGE}?after={after}").status_code == 200
    assert owner.post("/doubles/many/5/undo/").status_code == 404
    assert owner.post("/doubles/many/", {"act": "fly"}).status_code == 404
    assert owner.post("/doubles/many/", {"act": "begin", "threshold": "0.9"}).status_code == 404
    assert owner.post("/doubles/many/", {"act": "accept"}).status_code == 404


def test_without_the_right_one_looks_and_touches_nothing(
    as_role: Callable[[str], Client], add: Add, now: datetime
) -> None:
    (pair,) = pairs_of(add, 1, now=now)
    reader, care = as_role("analyst"), as_role("care")

    assert "Same name" in text_of(reader.get(PAGE))
    assert "/decide/" not in text_of(reader.get(PAGE))
    assert reader.post(f"{PAGE}{pair.id}/decide/", {"verdict": "same"}).status_code == 403
    assert reader.post(f"{PAGE}{pair.id}/undo/").status_code == 403
    assert reader.post("/doubles/conflicts/settle/").status_code == 403
    assert "/decide/" in text_of(care.get(PAGE))
    for path in ("/doubles/many/", "/doubles/look/", "/doubles/many/5/undo/"):
        assert care.post(path).status_code == 403
    pair.refresh_from_db()
    assert pair.state == "open"


def test_an_empty_queue_starts_the_work(owner: Client, add: Add, now: datetime) -> None:
    assert "Nobody has looked for doubles yet" in text_of(owner.get(PAGE))

    owner.post("/doubles/look/")

    assert Job.objects.filter(task="idic.identify.tasks.match_shop").count() == 1
    learned(now=now)
    assert "Nobody here twice, as far as we can see" in text_of(owner.get(PAGE))


def test_many_are_accepted_after_a_look_and_parted_again(
    owner: Client, add: Add, now: datetime
) -> None:
    learned(now=now)
    pairs = pairs_of(add, 24, now=now)
    page = "/doubles/many/"
    assert "At least 90 in 100" in text_of(owner.get(page))
    owner.post(page, {"act": "begin", "threshold": "0.9"})

    sample = owner.session["doubles_sample"]
    assert len(sample["ids"]) == 20
    for place, number in enumerate(sample["ids"]):
        assert f"{place + 1} of 20" in text_of(owner.get(page))
        verdict = "different" if place == 3 else "same"
        owner.post(page, {"act": "judge", "pair": number, "verdict": verdict})
    judged = text_of(owner.get(page))
    assert "Of the 20 you looked at, 19 are one person. By chance it may be up to" in judged
    assert "Make 23 pairs one" in judged
    owner.post(page, {"act": "back"})
    assert "20 of 20" in text_of(owner.get(page))
    owner.post(page, {"act": "judge", "pair": sample["ids"][-1], "verdict": "same"})

    owner.post(page, {"act": "accept"})
    drain()
    act = MatchAct.objects.get()
    assert (act.state, act.count) == ("done", 23)
    apart = MatchPair.objects.get(id=int(sample["ids"][3]))
    assert apart.state == "different"
    assert "23 pairs made one" in text_of(owner.get(page))

    owner.post(f"{page}{act.id}/undo/")
    drain()
    both = Customer.objects.filter(id__in=[pair.right_customer_id for pair in pairs])
    assert set(both.values_list("merged_into", flat=True)) == {None}
    assert "Taken back" in text_of(owner.get(page))


def test_too_many_wrong_ones_are_not_accepted(owner: Client, add: Add, now: datetime) -> None:
    learned(now=now)
    pairs_of(add, 6, now=now)
    page = "/doubles/many/"
    owner.post(page, {"act": "begin", "threshold": "0.9"})
    for place, number in enumerate(owner.session["doubles_sample"]["ids"]):
        verdict = "different" if place < 2 else "same"
        owner.post(page, {"act": "judge", "pair": number, "verdict": verdict})

    judged = text_of(owner.get(page))
    assert "Too many of them are two people" in judged
    assert 'value="accept"' not in judged
    refused = text_of(owner.post(page, {"act": "accept"}, follow=True))
    assert "2 of the 6 pairs you looked at are two people" in refused
    assert not MatchAct.objects.exists()
    owner.post(page, {"act": "forget"})
    assert "How sure should it be?" in text_of(owner.get(page))


def test_why_two_are_one_in_words_and_for_analysts(owner: Client, add: Add, now: datetime) -> None:
    learned(now=now)

    page = text_of(owner.get("/doubles/why/"))

    for said in (
        "Learned from 60 records of your own",
        "What belongs to many and counts for nothing",
        "part of: Name, City",
        "By its own reckoning 3.0 of 100",
        "log2 m/u",
        "same_with_marks",
    ):
        assert said in page


def test_what_was_decided_stands_with_its_way_back(owner: Client, add: Add, now: datetime) -> None:
    (pair,) = pairs_of(add, 1, now=now)
    owner.post(f"{PAGE}{pair.id}/decide/", {"verdict": "same"})

    page = text_of(owner.get("/doubles/decided/"))

    assert "The same person" in page
    assert f'action="{PAGE}{pair.id}/undo/"' in page
    assert "They are one customer now." in text_of(owner.get(f"{PAGE}{pair.id}/"))


def test_the_customers_page_asks_who_may_be_the_same(
    owner: Client, add: Add, now: datetime
) -> None:
    (pair,) = pairs_of(add, 1, now=now)
    left = Customer.objects.get(id=pair.left_customer_id)
    path = f"/customers/{ids.encode('customer', left.id)}/"

    assert f'href="{PAGE}{pair.id}/"' in text_of(owner.get(path))
    assert "Maybe also: Lan 0" in text_of(owner.get(path))
    owner.post(f"{PAGE}{pair.id}/decide/", {"verdict": "different"})
    assert "Maybe also" not in text_of(owner.get(path))


@pytest.mark.parametrize("choose", [0, 1])
def test_values_that_contradict_since_a_merge_are_settled(
    owner: Client, add: Add, now: datetime, choose: int
) -> None:
    lan, minh = add("Lan"), add("Lan N.")
    for customer, city in ((lan, "Huế"), (minh, "Vinh")):
        edit_customer(
            customer_id=customer.id, changes={"city": city}, actor="x", country="VN", now=now
        )
    identity.merge(customer_ids=[lan.id, minh.id], by="person", actor="x", now=now)
    page = owner.get("/doubles/conflicts/")
    assert "1 value contradicts another since a merge" in text_of(page)
    (conflict,) = page.context["conflicts"]

    value = conflict.answers[choose][0]
    owner.post(
        "/doubles/conflicts/settle/",
        {"customer": conflict.customer, "column": conflict.column, "value": value},
    )

    assert "Nothing contradicts since a merge" in text_of(owner.get("/doubles/conflicts/"))
    assert Customer.objects.get(id=lan.id).city == value
    assert Trait.objects.filter(value=value, is_pinned=True).count() == 2
    wrong = {"customer": conflict.customer, "column": "tier", "value": "x"}
    assert owner.post("/doubles/conflicts/settle/", wrong).status_code == 404


def test_a_pair_costs_no_more_than_ten_questions(owner: Client, add: Add, now: datetime) -> None:
    pairs = pairs_of(add, 3, now=now)
    owner.get(PAGE)

    for path in (PAGE, f"{PAGE}{pairs[0].id}/"):
        with CaptureQueriesContext(connection) as captured:
            owner.get(path)
        assert len(captured) <= 10, [one["sql"][:60] + one["sql"][-60:] for one in captured]


def test_contradictions_cost_the_same_however_many_merges_there_were(
    owner: Client, add: Add, now: datetime
) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            owner.get("/doubles/conflicts/")
        return len(captured)

    def join(number: int) -> None:
        both = [add(f"Lan {number}"), add(f"Lan N. {number}")]
        for one, city in zip(both, ("Huế", "Vinh"), strict=True):
            edit_customer(
                customer_id=one.id, changes={"city": city}, actor="x", country="VN", now=now
            )
        ids_of = [one.id for one in both]
        identity.merge(customer_ids=ids_of, by="person", actor="x", now=now)

    join(0)
    owner.get("/doubles/conflicts/")
    few = cost()
    for number in range(1, 4):
        join(number)
    assert cost() == few <= 10
