"""Recognising who is there: by phone, card, code, chat name, last digits; on the telephone."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse

from idic.core import ids
from idic.core.models import Role
from idic.identify.models import Customer, Identifier
from idic.identify.recognising import Recognised, recognise
from idic.identify.services.identity import merge
from idic.identify.services.search_index import reindex
from tests.interact import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(now: datetime) -> Customer:
    cast.open_shop(now=now)
    ann = cast.add_customer(now=now, name="Ann Lee", phone="+447700900217")
    give(ann, now, phone="+447700900217", card="8801000330", zalo="annlee")
    return ann


@pytest.fixture
def till(ann: Customer) -> Client:
    client = Client()
    client.force_login(cast.hire(Role.SALES))
    return client


def give(customer: Customer, now: datetime, **identifiers: str) -> None:
    for kind, value in identifiers.items():
        Identifier.objects.create(
            record=cast.record_of(customer), type=kind, value=value, as_given=value, created_at=now
        )
    reindex(customer_ids=[customer.id])


def page_of(customer: Customer) -> str:
    return reverse("web:customer_detail", args=[ids.encode("customer", customer.id)])


@pytest.mark.req("R009", "R035")
@pytest.mark.parametrize(
    "shown", ["07700 900 217", "+44 7700 900217", "8801000330", "@annlee", "c{}@example.com"]
)
def test_a_whole_value_that_is_one_persons_opens_their_page(
    till: Client, ann: Customer, shown: str
) -> None:
    answer = till.get(reverse("web:recognise"), {"q": ann.email if "{}" in shown else shown})

    assert (answer.status_code, answer.headers["Location"]) == (302, page_of(ann))


@pytest.mark.req("R009")
def test_a_telephone_opens_who_is_calling_with_or_without_an_escaped_plus(
    till: Client, ann: Customer
) -> None:
    for number in ("%2B447700900217", "+447700900217", "07700900217"):
        answer = till.get(f"/call/?number={number}")
        assert answer.headers["Location"] == page_of(ann)


@pytest.mark.req("R009")
def test_an_unknown_number_begins_a_new_customer(till: Client, ann: Customer) -> None:
    page = till.get("/call/?number=07700900999").content.decode()
    create = reverse("web:customer_create") + "?phone=%2B447700900999"
    form = till.get(create).content.decode()

    assert "Nobody is known by 07700900999" in page
    assert f'href="{create}"' in page
    assert "+447700900999" in form


@pytest.mark.req("R009")
def test_the_last_digits_give_who_it_may_be_and_nobody_is_sure(
    till: Client, ann: Customer, now: datetime
) -> None:
    ben = cast.add_customer(now=now, name="Ben Hill", phone="+447700901217")
    give(ben, now, phone="+447700901217")

    found = recognise(text="217", country="GB")
    page = till.get(reverse("web:recognise"), {"q": "217"})

    assert {(one.customer_id, one.is_sure) for one in found} == {
        (ann.id, False),
        (ben.id, False),
    }
    assert page.status_code == 200
    assert "2 people fit" in page.content.decode()


def test_a_shared_number_opens_nobody_by_itself(ann: Customer, now: datetime) -> None:
    ben = cast.add_customer(now=now, name="Ben Hill")
    give(ben, now, phone="+447700900217")

    found = recognise(text="07700 900217", country="GB")

    assert found == [Recognised(ann.id, False), Recognised(ben.id, False)]


@pytest.mark.req("R009")
def test_a_code_leads_to_the_card_number_and_to_who_lives_after_a_merge(
    till: Client, ann: Customer, now: datetime
) -> None:
    ben = cast.add_customer(now=now, name="Ann Lee")
    code = ids.encode("customer", ben.id)
    merge(customer_ids={ann.id, ben.id}, by="person", actor="a@b.c", now=now)

    card = till.get(reverse("web:customer_card", args=[ids.encode("customer", ann.id)]))
    picture = till.get(reverse("web:customer_code", args=[ids.encode("customer", ann.id)]))
    answer = till.get(reverse("web:recognise"), {"q": f"https://shop.example/customers/{code}"})

    assert "8801000330" in card.content.decode()
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.content.startswith(b"<svg")
    assert answer.headers["Location"] == page_of(ann)


def test_only_the_page_that_scans_may_ask_for_the_camera(till: Client) -> None:
    assert "camera=(self)" in till.get("/recognise/").headers["Permissions-Policy"]
    assert "camera=()" in till.get("/customers/").headers["Permissions-Policy"]
