"""Decides the next best action for one customer: every candidate is judged, the best one chosen,
and each of the others says why not. Pure: facts in, decision out; `sayings` puts it into words.

An action's `amount` is what is at stake (expected spend that may not come), never a promised
effect: effects are claimed only where a control group showed them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

RECENT_CONTACT_DAYS = 7
NEW_CUSTOMER_DAYS = 60


class ActionKind(StrEnum):
    """What can be done for a customer."""

    SOLVE_CASE = "solve_case"
    CALL = "call"
    SEND_MESSAGE = "send_message"
    WELCOME = "welcome"
    ASK_CONSENT = "ask_consent"
    ASK_CONTACT = "ask_contact"
    DISCOUNT = "discount"
    WAIT = "wait"


class Obstacle(StrEnum):
    """Why an action is not possible, or not the best."""

    NONE = ""
    OPEN_CASE = "open_case"
    DO_NOT_CONTACT = "do_not_contact"
    NO_PHONE = "no_phone"
    NO_EMAIL = "no_email"
    EMAIL_DENIED = "email_denied"
    EMAIL_UNKNOWN = "email_unknown"
    RECENT_CONTACT = "recent_contact"
    NOT_OVERDUE = "not_overdue"
    NOTHING_TO_SHOW = "nothing_to_show"
    NOT_NEW = "not_new"
    KNOWN = "known"
    BUYS_ANYWAY = "buys_anyway"
    NO_OFFER = "no_offer"
    UNPROVEN = "unproven"
    SECOND_CHOICE = "second_choice"


@dataclass(frozen=True, kw_only=True)
class CustomerFacts:
    """What a decision may use. Amounts are minor units over the next year."""

    as_of: date
    order_count: int
    first_order_date: date | None
    last_order_date: date | None
    expected_amount: int
    churn_risk: float
    is_overdue: bool
    overdue_days: int
    usual_gap_days: float | None
    has_phone: bool
    has_email: bool
    email_reach: str
    has_open_case: bool
    is_do_not_contact: bool
    last_contact_days: int | None
    recommendation_count: int
    has_offer: bool


@dataclass(frozen=True)
class Candidate:
    """One action judged: possible or not, what is at stake, and why not."""

    kind: ActionKind
    amount: int
    obstacle: Obstacle = Obstacle.NONE

    @property
    def is_possible(self) -> bool:
        """Whether nothing stands in the way."""
        return self.obstacle is Obstacle.NONE


@dataclass(frozen=True)
class NextBestAction:
    """The chosen action and the others, each with the reason it was not chosen."""

    chosen: Candidate
    alternatives: tuple[Candidate, ...]


def decide(facts: CustomerFacts) -> NextBestAction:
    """Judge every action and take the first possible one: an open complaint before all else, then
    from the most personal to the least; waiting is always possible.
    """
    judged = [Candidate(kind, *judge(facts)) for kind, judge in _JUDGES.items()]
    chosen = next(candidate for candidate in judged if candidate.is_possible)
    others = [_beaten(c) for c in judged if c is not chosen and _is_worth_saying(c)]
    return NextBestAction(chosen=chosen, alternatives=tuple(others))


def _beaten(candidate: Candidate) -> Candidate:
    if not candidate.is_possible:
        return candidate
    return Candidate(candidate.kind, candidate.amount, Obstacle.SECOND_CHOICE)


def _is_worth_saying(candidate: Candidate) -> bool:
    """Leave out what nobody would ask about: no complaint, a welcome years late."""
    if candidate.kind in {ActionKind.SOLVE_CASE, ActionKind.WAIT}:
        return False
    return candidate.obstacle not in {Obstacle.NOT_NEW, Obstacle.KNOWN}


Judgement = tuple[int, Obstacle]


def _at_risk(facts: CustomerFacts) -> int:
    """What may be lost: the expected year times the chance that nothing is bought."""
    return round(facts.expected_amount * facts.churn_risk)


def _closed(facts: CustomerFacts) -> Obstacle:
    if facts.is_do_not_contact:
        return Obstacle.DO_NOT_CONTACT
    return Obstacle.OPEN_CASE if facts.has_open_case else Obstacle.NONE


def _too_soon(facts: CustomerFacts) -> bool:
    return facts.last_contact_days is not None and facts.last_contact_days < RECENT_CONTACT_DAYS


def _email_obstacle(facts: CustomerFacts) -> Obstacle:
    if not facts.has_email:
        return Obstacle.NO_EMAIL
    return {
        "denied": Obstacle.EMAIL_DENIED,
        "unknown": Obstacle.EMAIL_UNKNOWN,
        "no_address": Obstacle.NO_EMAIL,
    }.get(facts.email_reach, Obstacle.NONE)


def _judge_case(facts: CustomerFacts) -> Judgement:
    return facts.expected_amount, Obstacle.NONE if facts.has_open_case else Obstacle.KNOWN


def _judge_wait(facts: CustomerFacts) -> Judgement:
    return 0, Obstacle.NONE


def _judge_call(facts: CustomerFacts) -> Judgement:
    amount = _at_risk(facts)
    if obstacle := _closed(facts):
        return amount, obstacle
    if not facts.is_overdue:
        return amount, Obstacle.NOT_OVERDUE
    if not facts.has_phone:
        return amount, Obstacle.NO_PHONE
    return amount, Obstacle.RECENT_CONTACT if _too_soon(facts) else Obstacle.NONE


def _judge_message(facts: CustomerFacts) -> Judgement:
    amount = _at_risk(facts)
    if obstacle := _closed(facts) or _email_obstacle(facts):
        return amount, obstacle
    if not facts.recommendation_count:
        return amount, Obstacle.NOTHING_TO_SHOW
    if not facts.is_overdue:
        return amount, Obstacle.NOT_OVERDUE
    return amount, Obstacle.RECENT_CONTACT if _too_soon(facts) else Obstacle.NONE


def _judge_welcome(facts: CustomerFacts) -> Judgement:
    first = facts.first_order_date
    is_new = first is not None and (facts.as_of - first).days <= NEW_CUSTOMER_DAYS
    if not is_new or facts.order_count != 1:
        return 0, Obstacle.NOT_NEW
    if obstacle := _closed(facts):
        return _at_risk(facts), obstacle
    if not facts.has_phone and (obstacle := _email_obstacle(facts)):
        return _at_risk(facts), obstacle
    return _at_risk(facts), Obstacle.NONE


def _judge_consent(facts: CustomerFacts) -> Judgement:
    amount = _at_risk(facts)
    if obstacle := _closed(facts):
        return amount, obstacle
    is_open = facts.has_email and facts.email_reach == "unknown"
    return amount, Obstacle.NONE if is_open else Obstacle.KNOWN


def _judge_contact(facts: CustomerFacts) -> Judgement:
    amount = _at_risk(facts)
    is_known = facts.has_phone or facts.has_email
    return amount, Obstacle.KNOWN if is_known else Obstacle.NONE


def _judge_discount(facts: CustomerFacts) -> Judgement:
    if obstacle := _closed(facts):
        return 0, obstacle
    if not facts.is_overdue:
        return 0, Obstacle.BUYS_ANYWAY
    if not facts.has_offer:
        return 0, Obstacle.NO_OFFER
    # No control group has shown that a discount brings people back: never chosen by itself.
    return 0, Obstacle.UNPROVEN


# The order is the choice: each action comes after those it should give way to.
_JUDGES: dict[ActionKind, Callable[[CustomerFacts], Judgement]] = {
    ActionKind.SOLVE_CASE: _judge_case,
    ActionKind.WELCOME: _judge_welcome,
    ActionKind.CALL: _judge_call,
    ActionKind.SEND_MESSAGE: _judge_message,
    ActionKind.ASK_CONSENT: _judge_consent,
    ActionKind.ASK_CONTACT: _judge_contact,
    ActionKind.DISCOUNT: _judge_discount,
    ActionKind.WAIT: _judge_wait,
}
