"""How a customer is called: by name, else by the number a source knows them by."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from idic.identify.models import Customer
from idic.identify.names import list_names, shown_name
from tests.cast import Shop, open_shop


@pytest.fixture
def shop(db: None) -> Shop:
    """A till, and nobody yet."""
    return open_shop()


def forget_names() -> None:
    """Leave customers their numbers alone."""
    Customer.objects.update(full_name="")


@pytest.mark.parametrize(
    ("name", "salutation", "number", "shown"),
    [
        ("Nguyễn Thị Hương", "", "17", "Nguyễn Thị Hương"),
        ("Nguyễn Thị Hương", "Chị", "", "Chị Nguyễn Thị Hương"),
        ("Jane Smith", "Ms", "", "Ms Jane Smith"),
        ("王小明", "先生", "", "王小明先生"),
        ("", "Ms", "12346", "Customer 12346"),
        ("  ", "", "12346", "Customer 12346"),
        ("", "", "", "No name"),
    ],
)
def test_a_customer_is_called_as_people_say_it(
    name: str, salutation: str, number: str, shown: str
) -> None:
    assert shown_name(full_name=name, salutation=salutation, number=number) == shown


def test_who_has_no_name_goes_by_the_number_of_the_oldest_source(shop: Shop) -> None:
    (ann, nameless) = shop.add("Ann", "12346")
    shop.add_record(nameless, key="777")
    forget_names()

    names = list_names({ann.id: "Ann", nameless.id: ""}, salutations={ann.id: "Ms"})

    assert names == {ann.id: "Ms Ann", nameless.id: "Customer 12346"}


def test_who_came_without_a_number_goes_by_phone_or_mail(shop: Shop) -> None:
    (by_phone, by_mail) = shop.add("phone:+84900000217", "email:an@example.org")
    forget_names()

    names = list_names({by_phone.id: "", by_mail.id: ""})

    assert list(names.values()) == ["Customer +84900000217", "Customer an@example.org"]


def test_a_name_that_came_since_is_taken(shop: Shop) -> None:
    (ann,) = shop.add("Ann")

    assert list_names({ann.id: ""}) == {ann.id: "Ann"}


def test_names_take_no_query_and_any_number_of_missing_ones_two(shop: Shop) -> None:
    people = shop.add(*(str(number) for number in range(30)))
    forget_names()

    with CaptureQueriesContext(connection) as named:
        list_names({person.id: "Ann" for person in people})
    with CaptureQueriesContext(connection) as missing:
        names = list_names({person.id: "" for person in people})

    assert (len(named), len(missing)) == (0, 2)
    assert names[people[7].id] == "Customer 7"
