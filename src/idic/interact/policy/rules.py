"""The rules, in the order they are asked: the first that holds is the reason. Each is one small
test over the facts, so that SQL and Python read the same list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from .facts import Facts
from .parameters import PolicyParameters

MARKETING = frozenset({"marketing"})
ALL = frozenset({"marketing", "service"})


@dataclass(frozen=True, slots=True)
class Holds:
    """A fact is true."""

    fact: str


@dataclass(frozen=True, slots=True)
class Equals:
    """A fact has this value."""

    fact: str
    value: str


@dataclass(frozen=True, slots=True)
class Reaches:
    """A fact is at least as large as a parameter."""

    fact: str
    parameter: str


Test: TypeAlias = Holds | Equals | Reaches


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `unless` names a parameter that switches it off when it is false."""

    code: str
    test: Test
    purposes: frozenset[str]
    unless: str = ""

    def is_asked(self, parameters: PolicyParameters) -> bool:
        """Tell whether this rule applies to messages of this purpose at all."""
        if parameters.purpose not in self.purposes:
            return False
        return not self.unless or bool(getattr(parameters, self.unless))


RULES: tuple[Rule, ...] = (
    Rule("gone", Holds("is_gone"), ALL),
    Rule("demo_person", Holds("is_demo_on_live"), ALL),
    Rule("do_not_contact", Holds("is_do_not_contact"), ALL),
    Rule("no_address", Equals("address", ""), ALL),
    Rule("address_unusable", Holds("is_address_unusable"), ALL),
    Rule("consent_denied", Equals("consent", "denied"), MARKETING),
    Rule("consent_unknown", Equals("consent", "unknown"), MARKETING),
    Rule("address_shared", Holds("is_address_shared"), MARKETING),
    Rule("open_case", Holds("has_open_case"), MARKETING, unless="block_open_case"),
    Rule("do_not_offer", Holds("is_do_not_offer"), MARKETING),
    Rule("in_experiment", Holds("is_in_experiment"), MARKETING),
    Rule("too_many", Reaches("message_count", "max_messages"), MARKETING),
    Rule("large_order", Holds("has_large_order"), MARKETING),
    Rule("content_missing", Holds("lacks_content"), ALL),
)


def asked(parameters: PolicyParameters) -> list[Rule]:
    """Give the rules that apply to messages of this purpose."""
    return [rule for rule in RULES if rule.is_asked(parameters)]


def holds(test: Test, *, facts: Facts, parameters: PolicyParameters) -> bool:
    """Ask a test of one person."""
    value: Any = getattr(facts, test.fact)
    match test:
        case Holds():
            return bool(value)
        case Equals(_, wanted):
            return bool(value == wanted)
        case Reaches(_, parameter):
            return bool(value >= getattr(parameters, parameter))
