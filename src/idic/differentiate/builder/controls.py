"""Which fields a row shows for what it asks: the template only lays them out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from idic.core import money
from idic.differentiate.models import NeedGroup, Segment
from idic.differentiate.segments.check import MAX_PROPERTIES
from idic.differentiate.segments.fields import CONSENT_CHANNELS, FIELDS, TOPICS, choices_of
from idic.identify.models import ConsentStatus, Purpose, StateKind

from .draft import Row

Words: TypeAlias = str | Promise


@dataclass(frozen=True)
class Option:
    """One thing to choose."""

    value: str
    label: Words
    is_chosen: bool = False


@dataclass(frozen=True)
class Control:
    """One field of a row. `reshapes`: another choice needs other fields beside it."""

    key: str
    label: Words
    kind: Literal["select", "text", "number", "date", "checks"]
    value: str = ""
    options: Sequence[Option] = ()
    suffix: Words = ""
    reshapes: bool = False
    suggestions: Sequence[str] = ()
    size: int = 12


@dataclass
class Choices:
    """What the database offers to choose from, read once a page."""

    segments: list[tuple[int, str]] = field(default_factory=list)
    need_groups: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def read(cls, *, without: int | None = None) -> Choices:
        """Read the segments (but for the one being edited) and the need groups."""
        listed = Segment.objects.filter(archived_at=None).exclude(id=without or 0).order_by("name")
        groups = NeedGroup.objects.filter(is_current=True).order_by("position")
        return cls(
            segments=list(listed.values_list("id", "name")[:500]),
            need_groups=list(groups.values_list("id", "name")),
        )


def list_asks(chosen: str) -> list[tuple[Words, list[Option]]]:
    """Give everything a row may ask, by topic."""
    special: dict[str, list[tuple[str, Words]]] = {
        "orders": [
            ("orders", _("Orders in a period")),
            ("spent", _("Spent in a period")),
            ("bought", _("Bought a product or category")),
        ],
        "value": [("need_group", _("Need group"))],
        "who": [("trait", _("Answer to a question"))],
        "rhythm": [
            ("event", _("Event in a period")),
            ("sequence", _("One thing after another")),
        ],
        "reach": [("consent", _("Consent")), ("state", _("State"))],
    }
    topics: list[tuple[Words, list[Option]]] = []
    for topic, label in TOPICS.items():
        fields = [(name, f.label) for name, f in FIELDS.items() if f.topic == topic]
        listed = [*fields, *special.get(topic, [])]
        topics.append((label, [Option(key, words, key == chosen) for key, words in listed]))
    other = [Option("segment", _("Segment"), chosen == "segment")]
    return [*topics, (_("Other segments"), other)]


def controls_of(row: Row, *, choices: Choices, currency: str) -> list[Control]:
    """Give the fields of a row in order."""
    if row.ask in FIELDS:
        return _of_field(row, currency)
    special: dict[str, list[Control]] = {
        "orders": [_operator(row, _counts()), _count(row, _("orders")), *_window(row)],
        "spent": [_operator(row, _sums()), _amount(row, "value", currency), *_window(row)],
        "bought": _bought(row),
        "event": [
            _words(row, "value", _("Event")),
            _operator(row, _counts()),
            _count(row, _("times")),
            *_window(row),
            *_properties(row, "p"),
        ],
        "sequence": _sequence(row),
        "consent": _consent(row),
        "state": [_operator(row, _yes_no()), _select(row, "value", _("State"), StateKind.choices)],
        "trait": _trait(row),
        "segment": _segment(row, choices),
        "need_group": _need_group(row, choices),
    }
    return special.get(row.ask, [])


def _of_field(row: Row, currency: str) -> list[Control]:
    known = FIELDS[row.ask]
    match known.kind:
        case "text":
            operator = _operator(row, _texts(), reshapes=True)
            if row.value("op") in ("known", "unknown"):
                return [operator]
            return [operator, _words(row, "value", _("Text; several with ; between them"))]
        case "number" | "score" | "rate" | "days" | "money":
            return _ends(row, currency)
        case "date":
            return _days(row)
        case "choice":
            options = choices_of(row.ask)
            operator = _operator(row, _lists())
            if options:
                return [operator, _checks(row, _choice_codes(options))]
            return [operator, _words(row, "values", str(known.label))]
    return [_operator(row, [("yes", known.yes), ("no", known.no)], label=_("Yes or no"))]


def _choice_codes(options: Iterable[tuple[str, Words]]) -> list[tuple[str, Words]]:
    return [(f"={code}", label) for code, label in options]


def _ends(row: Row, currency: str) -> list[Control]:
    """Give one field for a figure, two for “between”, none for “known”."""
    operator = _operator(row, _numbers(), reshapes=True)
    if operator.value in ("known", "unknown"):
        return [operator]
    keys = ["value", "to"] if operator.value == "between" else ["value"]
    kind = FIELDS[row.ask].kind
    if kind == "money":
        return [operator, *(_amount(row, key, currency) for key in keys)]
    suffix: Words = {"rate": "%", "days": _("days")}.get(kind, "")
    labels = {"value": _("Figure"), "to": _("Upper figure")}
    return [
        operator,
        *(
            Control(key, labels[key], "number", row.value(key), suffix=suffix, size=6)
            for key in keys
        ),
    ]


def _days(row: Row) -> list[Control]:
    operator = _operator(row, _day_words(), reshapes=True)
    if operator.value in ("known", "unknown"):
        return [operator]
    if operator.value in ("last_days", "more_than_days_ago"):
        days = Control(
            "days", _("Days"), "number", row.value("days"), suffix=_days_word(operator), size=5
        )
        return [operator, days]
    day = Control("day", _("Day"), "date", row.value("day"))
    if operator.value == "between":
        return [operator, day, Control("to", _("Last day"), "date", row.value("to"))]
    return [operator, day]


def _days_word(operator: Control) -> str:
    return _("days ago") if operator.value == "more_than_days_ago" else _("days")


def _bought(row: Row) -> list[Control]:
    keys = [("category", _("category")), ("code", _("product code")), ("name", _("product name"))]
    return [
        _select(row, "by", pgettext("condition", "By"), keys),
        _words(row, "value", _("Product or category")),
        _operator(row, _counts()),
        _count(row, _("orders")),
        *_window(row),
    ]


def _trait(row: Row) -> list[Control]:
    operators = _answers()
    name = _words(row, "name", _("Question"), suggestions=("occupation", "income", "interest"))
    operator = _operator(row, operators, reshapes=True)
    sure = Control("sure", _("How sure at least"), "number", row.value("sure"), size=4)
    sure = replace(sure, suffix=_("percent sure or more; empty: any"))
    if operator.value == "known":
        return [name, operator, sure]
    return [name, operator, _words(row, "value", _("Answer")), sure]


def _sequence(row: Row) -> list[Control]:
    orders = [("yes", _("and then")), ("no", _("and then not"))]
    empty = _("Event; empty: a purchase")
    within = row.value("within")
    return [
        _words(row, "first", empty),
        *_properties(row, "a", is_asked=bool(row.value("first"))),
        _operator(row, orders),
        _words(row, "then", empty),
        *_properties(row, "b", is_asked=bool(row.value("then"))),
        Control("within", _("Days"), "number", within, suffix=_("days at most between"), size=5),
        *_window(row),
    ]


def _properties(row: Row, part: str, *, is_asked: bool = True) -> list[Control]:
    """Give the properties an event must carry, and an empty place for one more."""
    held = [place for place in range(MAX_PROPERTIES) if row.value(f"{part}{place}")]
    controls: list[Control] = []
    for place in held:
        key = f"{part}{place}"
        operator = _select(row, f"{key}op", _("Comparison"), _answers(), reshapes=True)
        controls += [_property(row, key), operator]
        if operator.value != "known":
            controls.append(_words(row, f"{key}value", pgettext("property", "Value")))
    free = [place for place in range(MAX_PROPERTIES) if place not in held]
    return [*controls, _property(row, f"{part}{free[0]}")] if free and is_asked else controls


def _property(row: Row, key: str) -> Control:
    return Control(key, _("Property"), "text", row.value(key), reshapes=True, size=12)


def _answers() -> list[tuple[str, Words]]:
    return [
        ("is", _("is")),
        ("contains", _("contains")),
        ("at_least", _("at least")),
        ("at_most", _("at most")),
        ("known", _("is known")),
    ]


def _consent(row: Row) -> list[Control]:
    return [
        _operator(row, ConsentStatus.choices),
        _select(row, "purpose", _("Purpose"), Purpose.choices),
        _select(row, "channel", _("Channel"), list(CONSENT_CHANNELS.items())),
    ]


def _segment(row: Row, choices: Choices) -> list[Control]:
    listed = [(str(number), name) for number, name in choices.segments]
    return [
        _operator(row, [("yes", pgettext("segment", "in")), ("no", pgettext("segment", "not in"))]),
        _select(row, "value", _("Segment"), listed),
    ]


def _need_group(row: Row, choices: Choices) -> list[Control]:
    listed: list[tuple[str, Words]] = [(str(i), name) for i, name in choices.need_groups]
    return [_operator(row, _lists()), _checks(row, [*listed, ("0", _("not clear yet"))])]


def _window(row: Row) -> list[Control]:
    periods = [
        ("ever", _("ever")),
        ("last", _("in the last")),
        ("between", _("between two days")),
    ]
    chosen = _select(row, "win", _("Period"), periods, reshapes=True)
    if chosen.value == "last":
        days = row.value("windays")
        return [chosen, Control("windays", _("Days"), "number", days, suffix=_("days"), size=5)]
    if chosen.value == "between":
        first = Control("winfrom", _("From"), "date", row.value("winfrom"))
        return [chosen, first, Control("winto", _("To"), "date", row.value("winto"))]
    return [chosen]


def _operator(
    row: Row,
    listed: Iterable[tuple[str, Words]],
    *,
    reshapes: bool = False,
    label: Words = "",
) -> Control:
    return _select(row, "op", label or _("Comparison"), listed, reshapes=reshapes)


def _select(
    row: Row,
    key: str,
    label: Words,
    listed: Iterable[tuple[str, Words]],
    *,
    reshapes: bool = False,
) -> Control:
    options = list(listed)
    codes = [code for code, _label in options]
    chosen = row.value(key) if row.value(key) in codes else (codes[0] if codes else "")
    shown = [Option(code, words, code == chosen) for code, words in options]
    return Control(key, label, "select", chosen, shown, reshapes=reshapes)


def _checks(row: Row, listed: Iterable[tuple[str, Words]]) -> Control:
    chosen = set(row.values.get("values", []))
    options = [Option(code, words, code in chosen) for code, words in listed]
    return Control("values", _("Choices"), "checks", options=options)


def _words(row: Row, key: str, label: Words, *, suggestions: Sequence[str] = ()) -> Control:
    value = "; ".join(part.removeprefix("=") for part in row.values.get(key, []))
    return Control(key, label, "text", value, suggestions=suggestions, size=22)


def _count(row: Row, suffix: Words) -> Control:
    return Control("count", _("How many"), "number", row.value("count"), suffix=suffix, size=4)


def _amount(row: Row, key: str, currency: str) -> Control:
    sample: dict[str, Any] = {"value": _("Amount"), "to": _("Upper amount")}
    digits = 12 if money.exponent(currency) == 0 else 9
    return Control(key, sample[key], "number", row.value(key), suffix=currency, size=digits)


def _counts() -> list[tuple[str, Words]]:
    return [("at_least", _("at least")), ("at_most", _("at most")), ("exactly", _("exactly"))]


def _sums() -> list[tuple[str, Words]]:
    return [("at_least", _("at least")), ("at_most", _("at most"))]


def _numbers() -> list[tuple[str, Words]]:
    return [
        ("at_least", _("at least")),
        ("at_most", _("at most")),
        ("between", _("between")),
        ("is", _("exactly")),
        ("known", _("is known")),
        ("unknown", _("is not known")),
    ]


def _texts() -> list[tuple[str, Words]]:
    return [
        ("is", _("is")),
        ("is_not", _("is not")),
        ("contains", _("contains")),
        ("starts_with", _("begins with")),
        ("known", _("is known")),
        ("unknown", _("is not known")),
    ]


def _day_words() -> list[tuple[str, Words]]:
    return [
        ("last_days", _("in the last")),
        ("more_than_days_ago", _("more than")),
        ("on_or_after", _("on or after")),
        ("on_or_before", _("on or before")),
        ("between", _("between")),
        ("known", _("is known")),
        ("unknown", _("is not known")),
    ]


def _lists() -> list[tuple[str, Words]]:
    return [("one_of", _("is one of")), ("none_of", _("is none of"))]


def _yes_no() -> list[tuple[str, Words]]:
    return [("yes", _("has")), ("no", _("has not"))]
