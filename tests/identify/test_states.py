"""What upper rooms tell the lower ones about a customer."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from idic.identify.models import Customer, CustomerState, StateKind
from idic.identify.services.states import clear_state, has_state, list_holders, set_state

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def customer(now: datetime) -> Customer:
    return Customer.objects.create(full_name="Lê An", created_at=now)


def test_a_state_holds_from_its_beginning_to_its_end(customer: Customer, now: datetime) -> None:
    kind = StateKind.DO_NOT_OFFER

    set_state(customer_id=customer.id, kind=kind, now=now, until=now + DAY)

    assert not has_state(customer_id=customer.id, kind=kind, at=now - DAY)
    assert has_state(customer_id=customer.id, kind=kind, at=now)
    assert not has_state(customer_id=customer.id, kind=kind, at=now + DAY)
    assert not has_state(customer_id=customer.id, kind=StateKind.OPEN_CASE, at=now)


def test_setting_a_state_again_only_moves_its_end(customer: Customer, now: datetime) -> None:
    for until in (now + DAY, None):
        set_state(
            customer_id=customer.id, kind=StateKind.OPEN_CASE, now=now, reference="1", until=until
        )

    state = CustomerState.objects.get()
    assert (state.since, state.until) == (now, None)


@pytest.mark.req("R093")
def test_a_state_set_twice_ends_when_both_have_ended(customer: Customer, now: datetime) -> None:
    kind, later = StateKind.OPEN_CASE, now + DAY
    for case in ("case:1", "case:2"):
        set_state(customer_id=customer.id, kind=kind, now=now, reference=case)

    assert clear_state(customer_id=customer.id, kind=kind, now=later, reference="case:1")
    assert list_holders(kind=kind, at=later) == {customer.id}
    assert clear_state(customer_id=customer.id, kind=kind, now=later, reference="case:2")
    assert list_holders(kind=kind, at=later) == set()
    assert not clear_state(customer_id=customer.id, kind=kind, now=later, reference="case:2")


def test_holders_are_asked_among_those_named(customer: Customer, now: datetime) -> None:
    other = Customer.objects.create(full_name="Vũ Long", created_at=now)
    for one in (customer, other):
        set_state(customer_id=one.id, kind=StateKind.DO_NOT_CONTACT, now=now)

    holders = list_holders(kind=StateKind.DO_NOT_CONTACT, at=now, among=[other.id, 5])

    assert holders == {other.id}
