"""From one condition back to what its row shows."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from idic.core import formatting, money
from idic.differentiate.segments import tree as t
from idic.differentiate.segments.fields import FIELDS

Shown: TypeAlias = tuple[str, dict[str, list[str]]]


def write_row(node: t.Tree, *, language: str, currency: str) -> Shown:
    """Give what a row asks and the values of its controls; `read_row` gives the same back."""
    values = _Writer(language, currency).values(node)
    return _ask(node), {key: held for key, held in values.items() if held}


def _ask(node: t.Tree) -> str:
    names = {
        t.Orders: "orders",
        t.Spent: "spent",
        t.Bought: "bought",
        t.Happened: "event",
        t.Sequence: "sequence",
        t.HasConsent: "consent",
        t.HasState: "state",
        t.HasTrait: "trait",
        t.InSegment: "segment",
        t.InNeedGroup: "need_group",
        t.Not: "",
    }
    inner = node.of if isinstance(node, t.Not) else node
    return names.get(type(inner)) or str(getattr(inner, "field", ""))


class _Writer:
    """Writes figures as the viewer does."""

    def __init__(self, language: str, currency: str) -> None:
        self.language = language
        self.currency = currency

    def values(self, node: t.Tree) -> dict[str, list[str]]:
        match node:
            case t.Text():
                return {"op": [node.operator], "value": ["; ".join(node.values)]}
            case t.Number():
                scale = 100 if FIELDS[node.field].kind == "rate" else 1
                return {
                    "op": [node.operator],
                    "value": self._figure(node.value, scale),
                    "to": self._figure(node.to, scale),
                }
            case t.Amount():
                return {
                    "op": [node.operator],
                    "value": self._money(node.value),
                    "to": self._money(node.to),
                }
            case t.Day():
                return {
                    "op": [node.operator],
                    "days": [] if node.days is None else [str(node.days)],
                    "day": [node.day.isoformat()] if node.day else [],
                    "to": [node.to.isoformat()] if node.to else [],
                }
            case t.Choice():
                # A code may be empty; a browser sends an empty value like none at all.
                return {"op": [node.operator], "values": [f"={code}" for code in node.values]}
            case t.Flag():
                return {"op": ["yes" if node.value else "no"]}
            case t.InNeedGroup():
                return {"op": [node.operator], "values": [str(i) for i in node.group_ids]}
        return self._fact(node)

    def _fact(self, node: t.Tree) -> dict[str, list[str]]:
        match node:
            case t.Orders():
                return {**self._count(node), **_window(node.window)}
            case t.Bought():
                held: dict[str, list[str]] = {"by": [node.by], "value": [node.value]}
                return {**held, **self._count(node), **_window(node.window)}
            case t.Happened():
                held = {"value": [node.kind], **self._count(node), **_window(node.window)}
                return {**held, **self._properties("p", node.where)}
            case t.Sequence():
                return self._sequence(node)
            case t.HasConsent():
                answer: dict[str, list[str]] = {"op": [node.answer], "purpose": [node.purpose]}
                return {**answer, "channel": [node.channel]}
            case t.Spent():
                spent = {"op": [str(node.operator)], "value": self._money(node.amount)}
                return {**spent, **_window(node.window)}
            case t.HasState():
                return {"op": ["yes"], "value": [node.state]}
            case t.HasTrait():
                return {
                    "name": [node.name],
                    "op": [node.operator],
                    "value": [self._typed(node.operator, node.value)],
                    "sure": self._figure(node.confidence or None, 100),
                }
            case t.InSegment():
                return {"op": ["yes"], "value": [str(node.segment_id)]}
        return {}

    def _sequence(self, node: t.Sequence) -> dict[str, list[str]]:
        return {
            "first": [node.first.kind],
            "then": [node.then.kind],
            "op": ["yes" if node.is_followed else "no"],
            "within": [str(node.within_days)],
            **self._properties("a", node.first.where),
            **self._properties("b", node.then.where),
            **_window(node.window),
        }

    def _properties(self, part: str, where: tuple[t.Property, ...]) -> dict[str, list[str]]:
        held: dict[str, list[str]] = {}
        for place, one in enumerate(where):
            held[f"{part}{place}"] = [one.name]
            held[f"{part}{place}op"] = [one.operator]
            held[f"{part}{place}value"] = [self._typed(one.operator, one.value)]
        return held

    def _typed(self, operator: str, value: str) -> str:
        is_figure = operator in ("at_least", "at_most")
        return self._plain(Decimal(value)) if is_figure else value

    def _count(self, node: t.Orders | t.Bought | t.Happened) -> dict[str, list[str]]:
        return {"op": [node.operator], "count": [str(node.count)]}

    def _figure(self, value: float | None, scale: int) -> list[str]:
        if value is None:
            return []
        exact = Decimal(repr(value)) * scale
        return [self._plain(exact)]

    def _money(self, minor: int | None) -> list[str]:
        return (
            [] if minor is None else [self._plain(money.to_decimal(minor, currency=self.currency))]
        )

    def _plain(self, value: Decimal) -> str:
        """Write a figure as it would be typed: no grouping, the language's own decimal mark."""
        text = f"{value.normalize():f}"
        return text.replace(".", ",") if formatting.base_language(self.language) == "vi" else text


def _window(window: t.Window) -> dict[str, list[str]]:
    if window.last_days is not None:
        return {"win": ["last"], "windays": [str(window.last_days)]}
    if window.from_date or window.to_date:
        return {
            "win": ["between"],
            "winfrom": [window.from_date.isoformat()] if window.from_date else [],
            "winto": [window.to_date.isoformat()] if window.to_date else [],
        }
    return {"win": ["ever"]}
