"""Contact policy: each rule alone, and SQL and Python agreeing on whatever world chance makes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from idic.core.models import Business
from idic.experiments.assignment import split
from idic.experiments.services import experiments
from idic.identify.models import Customer, CustomerState, StateKind
from idic.interact.models import (
    Campaign,
    ContactPolicy,
    Message,
    MessageState,
    UnusableAddress,
)
from idic.interact.policy.audience import count_audience
from idic.interact.policy.evaluate import Verdict, count_reasons, list_verdicts
from idic.interact.policy.parameters import PolicyParameters, build_parameters
from idic.interact.policy.rules import RULES
from idic.interact.policy.words import find_remedy, say_reason
from tests.examples import examples
from tests.interact import cast

DAY = timedelta(days=1)


@pytest.fixture
def shop(now: datetime, db: None) -> Business:
    return cast.open_shop(now=now)


def parameters(now: datetime, **changes: Any) -> PolicyParameters:
    given = build_parameters(
        policy=ContactPolicy(large_order_amount=10_000),
        business=Business(currency="GBP", time_zone="Europe/London"),
        channel="email",
        purpose="marketing",
        now=now,
        as_of=now.date(),
        is_live=False,
    )
    return replace(given, **changes)


def message(customer: Customer, *, now: datetime, **fields: Any) -> Message:
    number = Message.objects.count()
    given: dict[str, Any] = {
        "channel": "email",
        "purpose": "marketing",
        "address": customer.email,
        "message_id_header": f"<{number}@x>",
        "token": f"t{number}",
        "state": MessageState.SENT,
        "sent_at": now - DAY,
        "send_after": now,
        "created_at": now,
    }
    return Message.objects.create(customer=customer, **(given | fields))


def state(customer: Customer, kind: StateKind, *, now: datetime, **fields: Any) -> None:
    CustomerState.objects.create(customer=customer, kind=kind, since=now - DAY, **fields)


def ask_person(*, customer_id: int, parameters: PolicyParameters) -> Verdict:
    (verdict,) = list_verdicts(customer_ids=[customer_id], parameters=parameters)
    return verdict


def reason(customer: Customer, now: datetime, **changes: Any) -> str:
    """Ask both ways and give the answer; they must agree."""
    asked = parameters(now, **changes)
    one = ask_person(customer_id=customer.id, parameters=asked).reason
    by_set = count_audience(Customer.objects.filter(id=customer.id), parameters=asked)
    assert by_set == {one: 1}
    return one


def test_somebody_who_agreed_may_be_written_to(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now)

    verdict = ask_person(customer_id=customer.id, parameters=parameters(now))

    assert verdict.reason == ""
    assert verdict.address == customer.email
    assert verdict.record_id == cast.record_of(customer).id


@pytest.mark.parametrize(
    ("expected", "fields"),
    [
        ("no_address", {"email": ""}),
        ("consent_unknown", {"consent": None}),
        ("consent_unknown", {"consent": "unknown"}),
        ("consent_denied", {"consent": "denied"}),
        ("address_unusable", {"email": "nonsense"}),
        ("gone", {"is_staged": True}),
    ],
)
def test_a_rule_holds_by_itself(
    expected: str, fields: dict[str, Any], shop: Business, now: datetime
) -> None:
    assert reason(cast.add_customer(now=now, **fields), now) == expected


def test_a_customer_merged_away_gets_nothing(shop: Business, now: datetime) -> None:
    kept = cast.add_customer(now=now)
    gone = cast.add_customer(now=now, merged_into=kept)

    assert reason(gone, now) == "gone"
    assert reason(kept, now) == ""


def test_a_demo_person_is_written_to_in_practice_only(shop: Business, now: datetime) -> None:
    demo = cast.add_customer(now=now, is_demo=True)

    assert reason(demo, now, is_live=False) == ""
    assert reason(demo, now, is_live=True) == "demo_person"


def test_the_latest_word_of_an_address_counts(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now, consent=None)
    record = cast.record_of(customer)
    for days, status in ((9, "granted"), (7, "denied"), (5, "granted")):
        cast.say(record=record, address=customer.email, status=status, at=now - days * DAY)

    assert reason(customer, now) == ""
    cast.say(record=record, address=customer.email, status="denied", at=now - DAY)
    assert reason(customer, now) == "consent_denied"


def test_an_older_file_read_later_does_not_undo_a_refusal(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now, consent=None)
    record = cast.record_of(customer)
    cast.say(record=record, address=customer.email, status="denied", at=now - DAY)
    cast.say(record=record, address=customer.email, status="granted", at=now - 300 * DAY)

    assert reason(customer, now) == "consent_denied"


def test_a_refusal_on_any_joined_record_wins(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now)
    other = cast.add_customer(now=now, email="old@example.com", consent="denied")
    record = cast.record_of(other)
    record.customer = customer
    record.save()

    assert reason(customer, now) == "consent_denied"


def test_a_refusal_of_the_address_wins_whoever_said_it(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now)
    stranger = cast.add_customer(now=now, email="")
    cast.say(record=cast.record_of(stranger), address=customer.email, status="denied", at=now - DAY)

    assert reason(customer, now) == "consent_denied"


def test_consent_without_a_basis_is_none(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now, consent=None)
    cast.say(
        record=cast.record_of(customer),
        address=customer.email,
        status="granted",
        at=now - DAY,
        basis="unknown",
    )

    assert reason(customer, now) == "consent_unknown"


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (StateKind.OPEN_CASE, "open_case"),
        (StateKind.DO_NOT_CONTACT, "do_not_contact"),
        (StateKind.DO_NOT_OFFER, "do_not_offer"),
        (StateKind.EXPERIMENT_ONLY, "in_experiment"),
        (StateKind.MESSAGE_SENT, ""),
    ],
)
def test_a_state_stops_messages_while_it_lasts(
    kind: StateKind, expected: str, shop: Business, now: datetime
) -> None:
    customer = cast.add_customer(now=now)
    state(customer, kind, now=now, until=now + DAY)

    assert reason(customer, now) == expected
    assert reason(customer, now + 2 * DAY) == ""


def test_the_business_may_switch_the_complaint_rule_off(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now)
    state(customer, StateKind.OPEN_CASE, now=now)

    assert reason(customer, now, block_open_case=False) == ""


@pytest.mark.req("R093")
def test_nobody_is_written_to_right_after_a_large_order(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now)
    cast.buy(customer, at=now - DAY, amount=9_999)
    assert reason(customer, now) == ""

    cast.buy(customer, at=now - 2 * DAY, amount=10_000)
    assert reason(customer, now) == "large_order"
    assert reason(customer, now, large_order_amount=None) == ""
    assert reason(customer, now, after_large_order_days=1) == ""
    # The day looked at may lie in the past: what came later is not known yet.
    assert reason(customer, now, orders_before=now - 3 * DAY) == ""


def test_messages_within_the_window_are_counted_on_every_channel(
    shop: Business, now: datetime
) -> None:
    customer = cast.add_customer(now=now)
    message(customer, now=now, channel="sms")
    assert reason(customer, now) == ""
    message(customer, now=now, sent_at=now - 8 * DAY)
    message(customer, now=now, purpose="service")
    message(customer, now=now, state=MessageState.SKIPPED)
    message(customer, now=now, state=MessageState.FAILED)
    assert reason(customer, now) == ""

    message(customer, now=now, state=MessageState.IN_DOUBT)
    assert reason(customer, now) == "too_many"


def test_practice_messages_count_in_practice_only(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now)
    for _ in range(2):
        message(customer, now=now, state=MessageState.PRACTICE)

    assert reason(customer, now, is_live=False) == "too_many"
    assert reason(customer, now, is_live=True) == ""


def test_waiting_messages_count_when_an_audience_is_chosen(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now)
    campaign = Campaign.objects.create(name="A", created_at=now)
    other = Campaign.objects.create(name="B", created_at=now)
    message(customer, now=now, state=MessageState.QUEUED, sent_at=None, campaign=campaign)
    message(customer, now=now, state=MessageState.QUEUED, sent_at=None, campaign=other)

    assert reason(customer, now, counts_waiting=True) == "too_many"
    assert reason(customer, now, counts_waiting=False) == ""
    assert reason(customer, now, campaign_id=campaign.id) == ""


def test_a_customer_in_a_running_campaign_is_left_to_it(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now)
    experiment = experiments.create(
        name="x",
        arms=split(control_rate=Decimal("0.5")),
        now=now,
        started_at=now - DAY,
        ended_at=now + DAY,
    )
    experiments.assign(experiment=experiment, customer_ids=[customer.id], now=now)

    assert reason(customer, now) == "in_experiment"
    assert reason(customer, now, experiment_id=experiment.id) == ""
    assert reason(customer, now + DAY) == ""


def test_an_address_noted_as_dead_is_not_used(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now)
    UnusableAddress.objects.create(
        channel="email", address=customer.email, reason="bounced", since=now
    )

    assert reason(customer, now) == "address_unusable"


def test_of_a_family_with_one_address_the_first_is_written_to(
    shop: Business, now: datetime
) -> None:
    family = [cast.add_customer(now=now, email="home@example.com") for _ in range(3)]

    assert [reason(person, now) for person in family] == ["", "address_shared", "address_shared"]

    cast.add_customer(now=now, email="home@example.com")
    assert reason(family[0], now) == "address_shared"


def test_what_the_message_needs_must_be_known(shop: Business, now: datetime) -> None:
    known = cast.add_customer(
        now=now,
        summary={"usual_gap_days": 20.0, "overdue_days": 4, "last_order_date": now.date()},
    )
    cast.recommend(known, "Tea")
    unknown = cast.add_customer(now=now)

    for need in ("product", "buy_again", "usual_gap", "overdue", "last_order"):
        assert reason(known, now, needed=((need,),)) == ""
        assert reason(unknown, now, needed=((need,),)) == "content_missing"
    assert reason(known, now, needed=(("new_product",),)) == "content_missing"


def test_service_messages_need_no_consent_and_know_no_limit(shop: Business, now: datetime) -> None:
    customer = cast.add_customer(now=now, consent="denied")
    state(customer, StateKind.OPEN_CASE, now=now)
    for _ in range(5):
        message(customer, now=now)
    cast.buy(customer, at=now - DAY, amount=90_000)

    assert reason(customer, now, purpose="service") == ""
    state(customer, StateKind.DO_NOT_CONTACT, now=now)
    assert reason(customer, now, purpose="service") == "do_not_contact"


def test_every_reason_has_words_and_the_counts_add_up(shop: Business, now: datetime) -> None:
    for consent in ("granted", "granted", "denied", None):
        cast.add_customer(now=now, consent=consent)

    counts = count_reasons(Customer.objects.all(), parameters=parameters(now))

    assert counts == {"": 2, "consent_denied": 1, "consent_unknown": 1}
    for rule in RULES:
        words = say_reason(rule.code, parameters=parameters(now), language="en")
        assert words != rule.code
        remedy = find_remedy(rule.code)
        assert remedy is None or str(remedy.label)


def test_reading_twenty_people_costs_as_many_queries_as_two(shop: Business, now: datetime) -> None:
    people = [cast.add_customer(now=now).id for _ in range(20)]
    asked = parameters(now, needed=(("product",), ("usual_gap",)))

    with CaptureQueriesContext(connection) as of_two:
        list_verdicts(customer_ids=people[:2], parameters=asked)
    with CaptureQueriesContext(connection) as of_twenty:
        assert len(list_verdicts(customer_ids=people, parameters=asked)) == 20

    assert len(of_twenty) == len(of_two) == 2


PERSON = st.fixed_dictionaries(
    {
        "email": st.sampled_from(["own", "", "home@example.com", "bad", "dead@example.com"]),
        "consents": st.lists(
            st.tuples(st.sampled_from(["granted", "denied", "unknown"]), st.integers(0, 3)),
            max_size=4,
        ),
        "states": st.lists(
            st.tuples(st.sampled_from(list(StateKind)), st.sampled_from([None, -1, 1])), max_size=2
        ),
        "messages": st.lists(
            st.tuples(st.sampled_from(list(MessageState)), st.integers(0, 9)), max_size=3
        ),
        "orders": st.lists(
            st.tuples(st.integers(0, 5), st.sampled_from([500, 10_000, 20_000])), max_size=2
        ),
        "is_demo": st.booleans(),
        "is_staged": st.booleans(),
        "is_merged": st.booleans(),
        "is_assigned": st.booleans(),
        "has_product": st.booleans(),
    }
)
WORLD = st.lists(PERSON, min_size=4, max_size=8)
QUESTION = st.fixed_dictionaries(
    {
        "purpose": st.sampled_from(["marketing", "service"]),
        "is_live": st.booleans(),
        "block_open_case": st.booleans(),
        "counts_waiting": st.booleans(),
        "max_messages": st.integers(1, 3),
        "large_order_amount": st.sampled_from([None, 10_000]),
        "needed": st.sampled_from([(), (("product",),), (("product", "usual_gap"),)]),
    }
)


def settle(world: list[dict[str, Any]], now: datetime) -> None:
    """Make the people of a world."""
    UnusableAddress.objects.create(
        channel="email", address="dead@example.com", reason="bounced", since=now
    )
    experiment = experiments.create(
        name="x", arms=split(control_rate=Decimal("0.5")), now=now, started_at=now - DAY
    )
    first: Customer | None = None
    for person in world:
        customer = cast.add_customer(
            now=now,
            email=None if person["email"] == "own" else person["email"],
            consent=None,
            is_demo=person["is_demo"],
            is_staged=person["is_staged"],
            merged_into=first if person["is_merged"] else None,
        )
        first = first or customer
        for status, days in person["consents"]:
            cast.say(
                record=cast.record_of(customer),
                address=customer.email or "gone@example.com",
                status=status,
                at=now - days * DAY,
            )
        for kind, until in person["states"]:
            state(customer, kind, now=now, until=None if until is None else now + until * DAY)
        for sort, days in person["messages"]:
            message(customer, now=now, state=sort, sent_at=now - days * DAY)
        for days, amount in person["orders"]:
            cast.buy(customer, at=now - days * DAY, amount=amount)
        if person["is_assigned"]:
            experiments.assign(experiment=experiment, customer_ids=[customer.id], now=now)
        if person["has_product"]:
            cast.recommend(customer, "Tea")


@pytest.mark.req("R083")
@examples(60, without=[HealthCheck.function_scoped_fixture])
@given(world=WORLD, question=QUESTION)
def test_sql_and_python_agree_on_any_world(
    shop: Business, now: datetime, world: list[dict[str, Any]], question: dict[str, Any]
) -> None:
    with transaction.atomic():
        settle(world, now)
        check_agreement(len(world), parameters(now, **question))
        transaction.set_rollback(True)


def check_agreement(size: int, asked: PolicyParameters) -> None:
    """Both ways over everybody, and each person alone: the same reasons."""
    people = Customer.objects.all()
    ids = list(people.values_list("id", flat=True))
    verdicts = list_verdicts(customer_ids=ids, parameters=asked)

    assert len(verdicts) == size
    by_person = {"": 0} | dict(Counter(verdict.reason for verdict in verdicts))
    assert {"": 0} | count_audience(people, parameters=asked) == by_person
    for verdict in verdicts:
        assert verdict == ask_person(customer_id=verdict.customer_id, parameters=asked)
        alone = people.filter(id=verdict.customer_id)
        assert count_audience(alone, parameters=asked) == {verdict.reason: 1}


@pytest.mark.req("R003")
def test_messages_to_a_number_that_leads_here_now_count_too(shop: Business, now: datetime) -> None:
    kept = cast.add_customer(now=now)
    gone = cast.add_customer(now=now, merged_into=kept)
    message(kept, now=now)
    assert reason(kept, now) == ""

    message(gone, now=now)

    assert reason(kept, now) == "too_many"
