"""The next best action is the first possible one in a fixed order, and the others say why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idic.customize.actions import ActionKind, CustomerFacts, Obstacle, decide

FACTS = CustomerFacts(
    as_of=date(2026, 11, 23),
    order_count=12,
    first_order_date=date(2025, 1, 10),
    last_order_date=date(2026, 9, 1),
    expected_amount=10_000,
    churn_risk=0.4,
    is_overdue=True,
    overdue_days=30,
    usual_gap_days=14.0,
    has_phone=True,
    has_email=True,
    email_reach="allowed",
    has_open_case=False,
    is_do_not_contact=False,
    last_contact_days=None,
    recommendation_count=3,
    has_offer=True,
)


def chosen(**changes: object) -> ActionKind:
    return decide(replace(FACTS, **changes)).chosen.kind  # type: ignore[arg-type]


def why_not(kind: ActionKind, **changes: object) -> Obstacle:
    action = decide(replace(FACTS, **changes))  # type: ignore[arg-type]
    return next(c.obstacle for c in action.alternatives if c.kind is kind)


def test_a_valuable_overdue_customer_is_called() -> None:
    action = decide(FACTS)

    assert action.chosen.kind is ActionKind.CALL
    assert action.chosen.amount == 4_000


def test_an_open_complaint_comes_before_everything_and_blocks_offers() -> None:
    assert chosen(has_open_case=True) is ActionKind.SOLVE_CASE
    assert why_not(ActionKind.SEND_MESSAGE, has_open_case=True) is Obstacle.OPEN_CASE
    assert why_not(ActionKind.DISCOUNT, has_open_case=True) is Obstacle.OPEN_CASE


def test_without_a_phone_a_message_is_sent() -> None:
    assert chosen(has_phone=False) is ActionKind.SEND_MESSAGE
    assert why_not(ActionKind.CALL, has_phone=False) is Obstacle.NO_PHONE


@pytest.mark.parametrize(
    ("reach", "obstacle"),
    [("denied", Obstacle.EMAIL_DENIED), ("unknown", Obstacle.EMAIL_UNKNOWN)],
)
def test_mail_without_consent_is_never_proposed(reach: str, obstacle: Obstacle) -> None:
    assert chosen(has_phone=False, email_reach=reach) is not ActionKind.SEND_MESSAGE
    assert why_not(ActionKind.SEND_MESSAGE, email_reach=reach) is obstacle


def test_a_customer_nobody_can_reach_is_asked_for_a_number() -> None:
    assert chosen(has_phone=False, has_email=False) is ActionKind.ASK_CONTACT


def test_somebody_who_asked_for_silence_gets_it() -> None:
    assert chosen(is_do_not_contact=True) is ActionKind.WAIT


@pytest.mark.req("R093")
def test_nobody_is_contacted_twice_in_a_week() -> None:
    assert chosen(last_contact_days=3) is ActionKind.WAIT
    assert why_not(ActionKind.CALL, last_contact_days=3) is Obstacle.RECENT_CONTACT


def test_a_newcomer_is_asked_how_it_went() -> None:
    new = {"order_count": 1, "first_order_date": date(2026, 11, 1), "is_overdue": False}

    assert chosen(**new) is ActionKind.WELCOME


def test_who_buys_as_usual_is_left_alone() -> None:
    assert chosen(is_overdue=False) is ActionKind.WAIT
    assert why_not(ActionKind.DISCOUNT, is_overdue=False) is Obstacle.BUYS_ANYWAY


def test_a_discount_is_never_chosen_without_proof() -> None:
    assert why_not(ActionKind.DISCOUNT) is Obstacle.UNPROVEN


@given(
    st.builds(
        CustomerFacts,
        as_of=st.just(date(2026, 11, 23)),
        order_count=st.integers(0, 5),
        first_order_date=st.dates(date(2020, 1, 1), date(2026, 11, 23)) | st.none(),
        last_order_date=st.none(),
        expected_amount=st.integers(0, 10**9),
        churn_risk=st.floats(0, 1),
        is_overdue=st.booleans(),
        overdue_days=st.integers(0, 400),
        usual_gap_days=st.none(),
        has_phone=st.booleans(),
        has_email=st.booleans(),
        email_reach=st.sampled_from(["allowed", "unknown", "denied", "no_address"]),
        has_open_case=st.booleans(),
        is_do_not_contact=st.booleans(),
        last_contact_days=st.integers(0, 30) | st.none(),
        recommendation_count=st.integers(0, 3),
        has_offer=st.booleans(),
    )
)
def test_whatever_the_facts_the_rules_of_respect_hold(facts: CustomerFacts) -> None:
    action = decide(facts)

    reaches_out = action.chosen.kind in {
        ActionKind.CALL,
        ActionKind.SEND_MESSAGE,
        ActionKind.WELCOME,
        ActionKind.DISCOUNT,
    }
    assert not (reaches_out and (facts.has_open_case or facts.is_do_not_contact))
    assert not (facts.has_open_case and action.chosen.kind is not ActionKind.SOLVE_CASE)
    assert all(c.obstacle is not Obstacle.NONE for c in action.alternatives)
