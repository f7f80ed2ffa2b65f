"""The accounts of somebody on their page: balance, products held, how it moved."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from django.test import Client

from idic.core import ids
from idic.identify.accounts import list_accounts
from idic.identify.models import AccountBalance, Customer
from idic.web.selectors.customer import get_facts

pytestmark = pytest.mark.req("R036")


def hold(customer: Customer, number: str, product: str, *balances: int, now: datetime) -> None:
    record = customer.records.get()
    for month, amount in enumerate(balances, start=1):
        AccountBalance.objects.create(
            source=record.source,
            record=record,
            account_number=number,
            as_of_date=date(2026, month, 28),
            product=product,
            currency="VND",
            balance_amount=amount,
            fee_amount=1_000,
            recorded_at=now,
        )


def page_of(client: Client, customer: Customer) -> str:
    response = client.get(f"/customers/{ids.encode('customer', customer.id)}/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def an(add: Callable[..., Any], now: datetime) -> Customer:
    an: Customer = add("An Lê", orders=1)
    hold(an, "9704000001", "Savings", 5_000_000, 6_000_000, 9_000_000, now=now)
    hold(an, "9704000002", "Loan", -2_000_000, now=now)
    return an


def test_the_page_shows_balance_products_and_how_it_moved(owner: Client, an: Customer) -> None:
    page = page_of(owner, an)

    assert "₫7,000,000" in page
    assert "on 2 accounts, 28 Mar 2026" in page
    for told in ("Savings", "…0001", "Loan", "…0002", "₫9,000,000", "−₫2,000,000"):
        assert told in page
    assert "+₫3m since 28 Feb 2026" in page
    assert "More on them than before" in page
    assert "9704000001" not in page
    assert "₫4,000" in page


def test_the_page_and_the_selector_agree_on_whose_an_account_is(
    an: Customer, add: Callable[..., Any], now: datetime
) -> None:
    be = add("Be Vũ", orders=1)
    record = be.records.get()
    AccountBalance.objects.filter(account_number="9704000002").update(source=record.source)
    latest = AccountBalance.objects.get(account_number="9704000002")
    latest.pk, latest.record, latest.as_of_date = None, record, date(2026, 2, 1)
    AccountBalance.objects.create(
        **{
            field.attname: getattr(latest, field.attname)
            for field in AccountBalance._meta.fields
            if field.attname != "id"
        }
    )

    for person, numbers in ((an, ["9704000001"]), (be, ["9704000002"])):
        accounts = list_accounts(customer_id=person.id)
        assert [one.number for one in accounts] == numbers
        assert get_facts(person.id, now=now).accounts == accounts


def test_who_holds_no_account_has_no_panel_of_them(
    owner: Client, add: Callable[..., Any], an: Customer
) -> None:
    be = add("Be Vũ", orders=1)

    assert "Accounts</h2>" in page_of(owner, an)
    assert "Accounts</h2>" not in page_of(owner, be)
