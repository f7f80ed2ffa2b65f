"""The page of data quality: what it says, what its buttons do, and that all of it can be undone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from idic.core import clock, ids
from idic.core.jobs.worker import drain
from idic.core.models import Role
from idic.identify.cleaning import Context, Problem
from idic.identify.models import CleaningAct, CleaningProposal, Customer, QualityFigures
from idic.identify.services.cleaning.looking import look_at_all
from idic.identify.services.cleaning.running import clean_all
from idic.web.quality.words import say_finding, say_on_the_way, say_proposal
from idic.web.quality.worth import refresh_missing
from idic.web.services.loop import run_loop
from idic.web.views import quality
from tests.interact import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(now: datetime) -> Client:
    cast.open_shop(now=now)
    client = Client()
    client.force_login(cast.hire(Role.OWNER))
    return client


def known(now: datetime, name: str, **values: Any) -> Customer:
    customer = cast.add_customer(now=now, name=name, email="")
    Customer.objects.filter(id=customer.id).update(full_name=name, **values)
    customer.refresh_from_db()
    return customer


def look(now: datetime) -> None:
    look_at_all(context=Context(country="VN", language="en", today=now.date()), now=now)


def names() -> list[str]:
    return sorted(Customer.objects.values_list("full_name", flat=True))


def decide(client: Client, **posted: Any) -> None:
    answer = client.post(reverse("web:quality_decide", args=["name_salutation"]), posted)
    assert answer.status_code == 302


@pytest.mark.req("R029")
def test_all_sure_values_are_put_right_by_one_press_and_undone_by_another(
    owner: Client, now: datetime
) -> None:
    for name in ("Mr John Brown", "Mrs Ann Lee", "Anh Thư"):
        known(now, name)
    look(now)

    page = owner.get(reverse("web:quality")).content.decode()
    assert "2 values can be put right at once" in page
    assert "3 names hold a way of address" in page
    decide(owner, kind="accept")
    assert names() == ["Anh Thư", "Ann Lee", "John Brown"]

    page = owner.get(reverse("web:quality")).content.decode()
    assert "Put right: 2 names hold a way of address" in page
    act = CleaningAct.objects.get()
    owner.post(reverse("web:quality_undo", args=[ids.encode("cleaning", act.id)]))
    assert names() == ["Anh Thư", "Mr John Brown", "Mrs Ann Lee"]


@pytest.mark.req("R029")
def test_one_value_is_decided_by_itself_and_shows_in_the_customers_history(
    owner: Client, now: datetime
) -> None:
    john, ann = known(now, "Mr John Brown"), known(now, "Mrs Ann Lee")
    look(now)
    proposals = {one.customer_id: one for one in CleaningProposal.objects.all()}
    page = owner.get(reverse("web:quality_reason", args=["name_salutation"])).content.decode()
    assert "Mr John Brown" in page
    assert "John Brown, called Mr" in page

    decide(owner, kind="accept", id=proposals[john.id].id)
    decide(owner, kind="dismiss", id=proposals[ann.id].id)

    assert names() == ["John Brown", "Mrs Ann Lee"]
    history = reverse("web:customer_edit", args=[ids.encode("customer", john.id)])
    page = owner.get(history).content.decode()
    assert "Put right by cleaning" in page
    assert "Mr John Brown" in page
    assert "Edited so far" not in page
    owner.post(reverse("web:quality_take_back", args=[proposals[john.id].id]))
    assert names() == ["Mr John Brown", "Mrs Ann Lee"]
    assert "Put right by cleaning" not in owner.get(history).content.decode()


def test_many_values_are_put_right_in_the_background(
    owner: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quality, "_AT_ONCE", 2)
    for number in range(5):
        known(now, f"Mr John Brown {number}")
    look(now)

    decide(owner, kind="accept")
    assert all(name.startswith("Mr") for name in names())
    assert "Under way" not in owner.get(reverse("web:quality")).content.decode()  # none done yet
    drain()
    assert all(name.startswith("John") for name in names())

    act = CleaningAct.objects.get()
    owner.post(reverse("web:quality_undo", args=[ids.encode("cleaning", act.id)]))
    drain()
    assert all(name.startswith("Mr") for name in names())


def test_who_may_not_edit_customers_sees_the_page_and_changes_nothing(
    owner: Client, now: datetime
) -> None:
    known(now, "Mr John Brown")
    look(now)
    reader = Client()
    reader.force_login(cast.hire(Role.READ_ONLY))

    assert reader.get(reverse("web:quality")).status_code == 200
    assert "<button" not in _main(reader.get(reverse("web:quality")).content.decode())
    decided = reverse("web:quality_decide", args=["name_salutation"])
    assert reader.post(decided, {"kind": "accept"}).status_code == 403
    assert reader.post(reverse("web:quality_look")).status_code == 403
    assert names() == ["Mr John Brown"]


def _main(page: str) -> str:
    return page.partition("<main")[2].partition("</main>")[0]


def test_a_shop_that_was_never_looked_at_is_told_what_to_do(owner: Client) -> None:
    page = owner.get(reverse("web:quality")).content.decode()

    assert "Nothing has been looked at yet" in page
    assert "Look through everything" in page


@pytest.mark.parametrize(("wrong", "status"), [("nonsense", 404), ("name_salutation%00", 400)])
def test_a_reason_nobody_knows_is_not_found(owner: Client, wrong: str, status: int) -> None:
    assert owner.get(f"/quality/{wrong}/").status_code == status
    assert owner.post(f"/quality/{wrong}/decide/", {"kind": "accept"}).status_code == status


@pytest.mark.req("R012", "R030")
def test_what_is_missing_is_ranked_by_what_it_is_worth_to_know(
    owner: Client, now: datetime
) -> None:
    silent = known(now, "John Brown", phone="", email="")
    phoned = cast.add_customer(now=now, name="Ann Lee", email="")
    for person in (silent, phoned):
        for days in range(10, 300, 30):
            cast.buy(person, at=now - timedelta(days=days), amount=50_00, product="T")
    run_loop(as_of=now.date(), now=now)
    clean_all(now=now, today=now.date())

    missing = refresh_missing(as_of=now.date(), now=now)

    gaps = {gap["field"]: gap for gap in missing["gaps"]}
    assert gaps["email"]["people"] == 2
    assert gaps["email"]["silent"] == Customer.objects.filter(phone="", email="").count()
    assert [gap["gain"] for gap in missing["gaps"]] == sorted(
        (gap["gain"] for gap in missing["gaps"]), reverse=True
    )
    assert QualityFigures.objects.get(on_date=now.date()).figures["customers"] == 2
    page = owner.get(reverse("web:quality")).content.decode()
    assert "2 customers without an e-mail address" in page
    assert "List to call" in page
    assert "worth asking first" in page


@pytest.mark.one_database
def test_every_problem_has_its_words() -> None:
    for problem in Problem:
        if not problem.startswith("amount_"):
            assert say_finding(reason=problem, count=2).startswith("2 "), problem
            assert say_proposal(reason=problem), problem
    assert say_on_the_way(counts={"old_prefix": 214, "walk_in": 0}) == [
        "214 phone numbers with an old prefix were written anew"
    ]


@pytest.mark.req("R029")
def test_the_money_behind_a_finding_is_said_once_it_was_looked_at(
    owner: Client, now: datetime
) -> None:
    john = known(now, "Mr John Brown")
    for days in range(10, 300, 30):
        cast.buy(john, at=now - timedelta(days=days), amount=50_00, product="T")
    run_loop(as_of=now.date(), now=now)

    owner.post(reverse("web:quality_look"))
    drain(now=clock.now() + timedelta(minutes=1))

    page = owner.get(reverse("web:quality")).content.decode()
    assert "1 value can be put right at once" in page
    assert "These customers are expected to spend" in page
