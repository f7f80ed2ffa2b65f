"""The typed tree of a rule over customers: groups, and conditions as its leaves. Only shapes live
here; what is allowed is checked in `check`, SQL is made in `compile`, sentences in `say`.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

import msgspec

TextField: TypeAlias = Literal["name", "city", "region", "country"]
NumberField: TypeAlias = Literal[
    "order_count",
    "last_year_order_count",
    "recency_score",
    "frequency_score",
    "monetary_score",
    "usual_gap_days",
    "overdue_days",
    "expected_order_count",
    "churn_risk",
    "need_confidence",
    "source_count",
    "usage_days",
    "depth_score",
    "age",
]
MoneyField: TypeAlias = Literal[
    "net_amount",
    "last_year_amount",
    "mean_order_amount",
    "expected_amount",
    "expected_low_amount",
    "expected_high_amount",
    "worth_amount",
    "stake_amount",
    "winback_amount",
]
DayField: TypeAlias = Literal[
    "birth_date", "first_order_date", "last_order_date", "tier_since", "last_contact_at"
]
ChoiceField: TypeAlias = Literal[
    "tier",
    "gender",
    "lifecycle_stage",
    "rfm_cell",
    "email_reach",
    "sms_reach",
    "zalo_reach",
]
FlagField: TypeAlias = Literal["is_company", "is_demo", "is_overdue", "has_open_case"]
StateName: TypeAlias = Literal[
    "open_case",
    "do_not_contact",
    "do_not_offer",
    "do_not_profile",
    "message_sent",
    "experiment_only",
]
ConsentChannel: TypeAlias = Literal["email", "sms", "zalo"]
ConsentPurpose: TypeAlias = Literal["marketing", "service"]
ConsentAnswer: TypeAlias = Literal["granted", "denied", "unknown"]

TextOperator: TypeAlias = Literal["is", "is_not", "contains", "starts_with", "known", "unknown"]
NumberOperator: TypeAlias = Literal["at_least", "at_most", "between", "is", "known", "unknown"]
DayOperator: TypeAlias = Literal[
    "on_or_after", "on_or_before", "between", "last_days", "more_than_days_ago", "known", "unknown"
]
ChoiceOperator: TypeAlias = Literal["one_of", "none_of"]
CountOperator: TypeAlias = Literal["at_least", "at_most", "exactly"]
SumOperator: TypeAlias = Literal["at_least", "at_most"]
TraitOperator: TypeAlias = Literal["is", "contains", "known", "at_least", "at_most"]
PropertyOperator: TypeAlias = Literal["is", "contains", "known", "at_least", "at_most"]
ProductKey: TypeAlias = Literal["code", "category", "name"]


class Node(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="type"):
    """The base of every group and condition."""


class All(Node, frozen=True, tag="all"):
    """Everything inside holds. At the root and empty: everybody."""

    of: tuple[Tree, ...] = ()


class Any(Node, frozen=True, tag="any"):
    """At least one of those inside holds."""

    of: tuple[Tree, ...] = ()


class Not(Node, frozen=True, tag="not"):
    """What is inside does not hold; not known counts as not holding."""

    of: Tree


class Text(Node, frozen=True, tag="text"):
    """A name or place, compared without marks and case."""

    field: TextField
    operator: TextOperator
    values: tuple[str, ...] = ()


class Number(Node, frozen=True, tag="number"):
    """A count, a score or a rate. `to` is the upper end of `between`, included."""

    field: NumberField
    operator: NumberOperator
    value: float | None = None
    to: float | None = None


class Amount(Node, frozen=True, tag="money"):
    """An amount in minor units of the business currency."""

    field: MoneyField
    operator: NumberOperator
    value: int | None = None
    to: int | None = None


class Day(Node, frozen=True, tag="date"):
    """A day, fixed or counted back from the day looked at."""

    field: DayField
    operator: DayOperator
    day: dt.date | None = None
    to: dt.date | None = None
    days: int | None = None


class Choice(Node, frozen=True, tag="choice"):
    """One of a list of codes; the empty code stands for “not known”."""

    field: ChoiceField
    operator: ChoiceOperator
    values: tuple[str, ...]


class Flag(Node, frozen=True, tag="flag"):
    """Yes or no."""

    field: FlagField
    value: bool = True


class InNeedGroup(Node, frozen=True, tag="need_group"):
    """In one of these need groups; 0 stands for “not clear yet”."""

    operator: ChoiceOperator
    group_ids: tuple[int, ...]


class Window(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A span of days, both ends included: the last days up to the day looked at, or from–to, or,
    with nothing given, all time up to that day.
    """

    last_days: int | None = None
    from_date: dt.date | None = None
    to_date: dt.date | None = None


class Orders(Node, frozen=True, tag="orders"):
    """How many orders (purchases; returns do not count) in a window."""

    operator: CountOperator
    count: int
    window: Window = Window()


class Spent(Node, frozen=True, tag="spent"):
    """What the orders of a window come to, returns taken off, in minor units."""

    operator: SumOperator
    amount: int
    window: Window = Window()


class Bought(Node, frozen=True, tag="bought"):
    """How many orders of a window held a product or category."""

    by: ProductKey
    value: str
    operator: CountOperator = "at_least"
    count: int = 1
    window: Window = Window()


class Property(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an event must carry: a property by its name. `at_least` and `at_most` read `value` as a
    number and hold for numbers only; `is` compares texts as they are, and numbers as numbers.
    """

    name: str
    operator: PropertyOperator = "is"
    value: str = ""


class Happened(Node, frozen=True, tag="event"):
    """How many events of a kind, with all of these properties, in a window."""

    kind: str
    operator: CountOperator = "at_least"
    count: int = 1
    window: Window = Window()
    where: tuple[Property, ...] = ()


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One half of a sequence: an event of a kind with all of these properties, or, with no kind,
    any purchase.
    """

    kind: str = ""
    where: tuple[Property, ...] = ()


class Sequence(Node, frozen=True, tag="sequence"):
    """One thing and within so many days (of 24 hours) another: at least once. With `is_followed`
    false: one thing, and then not the other, all of those days having passed by the end of the day
    looked at. The window is that of the first.
    """

    first: Step
    then: Step
    within_days: int
    is_followed: bool = True
    window: Window = Window()


class HasState(Node, frozen=True, tag="state"):
    """A state an upper room set, still in force."""

    state: StateName


class HasTrait(Node, frozen=True, tag="trait"):
    """What the latest answer to one question says (occupation, income, interest …). Answers less
    sure than `confidence` (0 to 1) are not looked at; `at_least` and `at_most` read plain numbers.
    """

    name: str
    operator: TraitOperator
    value: str = ""
    confidence: float = 0.0


class HasConsent(Node, frozen=True, tag="consent"):
    """What the ledger says of a purpose on a channel. The latest word on each address counts; a
    refusal on any of them wins; what was never asked is “unknown”.
    """

    channel: ConsentChannel
    answer: ConsentAnswer = "granted"
    purpose: ConsentPurpose = "marketing"


class InSegment(Node, frozen=True, tag="segment"):
    """In another segment."""

    segment_id: int


Condition: TypeAlias = (
    Text
    | Number
    | Amount
    | Day
    | Choice
    | Flag
    | InNeedGroup
    | Orders
    | Spent
    | Bought
    | Happened
    | Sequence
    | HasState
    | HasTrait
    | HasConsent
    | InSegment
)
Tree: TypeAlias = All | Any | Not | Condition
EVERYBODY = All()
