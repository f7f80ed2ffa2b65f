"""Reads a rule back as one sentence in the viewer's language, so that people can check that they
said what they meant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language, npgettext, pgettext
from django.utils.translation import gettext as _

from idic.core import formatting
from idic.differentiate.models import NeedGroup, Segment
from idic.identify.models import Purpose, StateKind

from . import tree as t
from .fields import CONSENT_CHANNELS, FIELDS, choices_of
from .frame import Frame, current_frame


def say(tree: t.Tree, *, frame: Frame | None = None) -> str:
    """Say whom a rule means: “Customers with at least 2 orders in the last 90 days.”"""
    speaker = _Speaker(frame=frame or current_frame())
    if isinstance(tree, t.All) and not tree.of:
        return _("All customers.")
    parts = tree.of if isinstance(tree, t.All) else (tree,)
    clauses = _joined([speaker.clause(part, inside=True) for part in parts], every=True)
    return _("Customers with %(clauses)s.") % {"clauses": clauses}


def say_condition(tree: t.Tree, *, frame: Frame | None = None) -> str:
    """Say a part of a rule without a frame around it: “at least 2 orders in the last 90 days”."""
    return _Speaker(frame=frame or current_frame()).clause(tree)


class _Speaker:
    """Puts nodes into words; looks names of segments and need groups up once."""

    def __init__(self, *, frame: Frame) -> None:
        self.frame = frame
        self.language = get_language() or "en"

    def clause(self, node: t.Tree, *, inside: bool = False) -> str:
        match node:
            case t.All() | t.Any():
                said = _joined(
                    [self.clause(part, inside=True) for part in node.of],
                    every=isinstance(node, t.All),
                )
                return _("(%(group)s)") % {"group": said} if inside and len(node.of) > 1 else said
            case t.Not():
                turned = turn(node.of)
                if turned is not None:
                    return self.clause(turned, inside=inside)
                return _("not %(clause)s") % {"clause": self.clause(node.of, inside=True)}
            case t.Text():
                return self._text(node)
            case t.Number() | t.Amount():
                return self._number(node)
            case t.Day():
                return self._day(node)
            case t.Choice():
                return self._choice(node)
            case t.Flag():
                field = FIELDS[node.field]
                return _in_sentence(str(field.yes if node.value else field.no))
            case t.InNeedGroup():
                return self._need_group(node)
        return self._fact(node)

    def _fact(self, node: t.Tree) -> str:
        match node:
            case t.Orders():
                return self._when(self._orders(node), node.window)
            case t.Bought():
                return self._bought(node)
            case t.Happened():
                said = _("event “%(kind)s” %(times)s") % {
                    "kind": node.kind,
                    "times": self._times(node),
                }
                return self._when(_carrying(said, node.where), node.window)
            case t.Sequence():
                return self._when(self._sequence(node), node.window)
            case t.HasConsent():
                return _consent(node)
            case t.Spent():
                amount = self._money(node.amount)
                if node.operator == "at_least":
                    said = _("at least %(amount)s spent") % {"amount": amount}
                else:
                    said = _("at most %(amount)s spent") % {"amount": amount}
                return self._when(said, node.window)
            case t.HasState():
                return _("the state “%(state)s”") % {"state": StateKind(node.state).label}
            case t.HasTrait():
                return _trait(node)
            case t.InSegment():
                segment = Segment.objects.filter(id=node.segment_id).only("name").first()
                name = segment.name if segment else _("deleted")
                return _("a place in the segment “%(name)s”") % {"name": name}
        raise TypeError(f"no words for {type(node).__name__}")

    def _text(self, node: t.Text) -> str:
        field = _label(node.field)
        if node.operator in ("known", "unknown"):
            return _known(field, is_known=node.operator == "known")
        values = _either([f"“{value}”" for value in node.values])
        frames = {
            "is": _("%(field)s %(values)s"),
            "is_not": _("%(field)s other than %(values)s"),
            "contains": _("%(field)s containing %(values)s"),
            "starts_with": _("%(field)s beginning with %(values)s"),
        }
        return frames[node.operator] % {"field": field, "values": values}

    def _number(self, node: t.Number | t.Amount) -> str:
        if node.operator in ("known", "unknown"):
            return _known(_label(node.field), is_known=node.operator == "known")
        frames = {
            "at_least": pgettext("figure", "at least %(value)s"),
            "at_most": pgettext("figure", "at most %(value)s"),
            "between": pgettext("figure", "%(value)s to %(to)s"),
            "is": pgettext("figure", "exactly %(value)s"),
        }
        amount = frames[node.operator] % {
            "value": self._value(node.field, node.value),
            "to": self._value(node.field, node.to),
        }
        last = node.to if node.operator == "between" else node.value
        said: Any = FIELDS[node.field].said
        return str(said % {"amount": amount, "count": 1 if last == 1 else 2})

    def _value(self, field: str, value: float | int | None) -> str:
        if value is None:
            return "…"
        kind = FIELDS[field].kind
        if kind == "money":
            return self._money(int(value))
        if kind == "rate":
            return formatting.percent(value, language=self.language)
        shown = self._figure(value)
        if kind == "days":
            return npgettext("length", "%(count)s day", "%(count)s days", int(value)) % {
                "count": shown
            }
        return shown

    def _day(self, node: t.Day) -> str:
        field = str(FIELDS[node.field].said)
        if node.operator in ("known", "unknown"):
            return _known(field, is_known=node.operator == "known")
        frames = {
            "on_or_after": _("the %(field)s on %(day)s or later"),
            "on_or_before": _("the %(field)s on %(day)s or earlier"),
            "between": _("the %(field)s from %(day)s to %(to)s"),
            "last_days": _("the %(field)s in the last %(days)s days"),
            "more_than_days_ago": _("the %(field)s more than %(days)s days ago"),
        }
        return frames[node.operator] % {
            "field": field,
            "day": self._calendar(node.day),
            "to": self._calendar(node.to),
            "days": self._figure(node.days or 0),
        }

    def _choice(self, node: t.Choice) -> str:
        words = {code: str(label) for code, label in choices_of(node.field)}
        named = [words.get(code) or code or _("not known") for code in node.values]
        return _one_of(_label(node.field), named, node.operator)

    def _need_group(self, node: t.InNeedGroup) -> str:
        wanted = [number for number in node.group_ids if number]
        names = dict(NeedGroup.objects.filter(id__in=wanted).values_list("id", "name"))
        named = [
            names.get(number, _("deleted")) if number else _("not clear yet")
            for number in node.group_ids
        ]
        return _one_of(_("need"), named, node.operator)

    def _bought(self, node: t.Bought) -> str:
        frames = {
            "code": _("%(orders)s of product “%(value)s”"),
            "category": _("%(orders)s from category “%(value)s”"),
            "name": _("%(orders)s of something called “%(value)s”"),
        }
        words = {"orders": self._orders(node), "value": node.value}
        return self._when(frames[node.by] % words, node.window)

    def _sequence(self, node: t.Sequence) -> str:
        days = npgettext("length", "%(count)s day", "%(count)s days", node.within_days) % {
            "count": self._figure(node.within_days)
        }
        frame = (
            _("%(first)s and, within %(days)s, %(then)s")
            if node.is_followed
            else _("%(first)s and, within %(days)s, not %(then)s")
        )
        return frame % {"first": _step(node.first), "then": _step(node.then), "days": days}

    def _when(self, what: str, window: t.Window) -> str:
        words = {"what": what}
        if window.last_days is not None:
            days = self._figure(window.last_days)
            return _("%(what)s in the last %(days)s days") % {**words, "days": days}
        ends = {"day": self._calendar(window.from_date), "to": self._calendar(window.to_date)}
        if window.from_date and window.to_date:
            return _("%(what)s from %(day)s to %(to)s") % {**words, **ends}
        if window.from_date:
            return _("%(what)s since %(day)s") % {**words, **ends}
        if window.to_date:
            return _("%(what)s up to %(to)s") % {**words, **ends}
        return what

    def _orders(self, node: t.Orders | t.Bought) -> str:
        if _is_none(node):
            return _("no orders")
        said = npgettext("counted", "%(count)s order", "%(count)s orders", node.count)
        return _counted(node.operator, said % {"count": self._figure(node.count)})

    def _times(self, node: t.Happened) -> str:
        if _is_none(node):
            return _("not once")
        said = npgettext("counted", "%(count)s time", "%(count)s times", node.count)
        return _counted(node.operator, said % {"count": self._figure(node.count)})

    def _figure(self, value: float | int) -> str:
        decimals = 0 if float(value).is_integer() else 1
        return formatting.number(value, language=self.language, decimals=decimals)

    def _money(self, minor: int) -> str:
        return formatting.amount(minor, currency=self.frame.currency, language=self.language)

    def _calendar(self, day: dt.date | None) -> str:
        return formatting.day(day, language=self.language) if day else "…"


def turn(node: t.Tree) -> t.Tree | None:
    """Give the condition that holds exactly when this one does not, where there is one."""
    match node:
        case t.Not(of=of):
            return of
        case t.Choice(operator=operator):
            return _with(node, operator="none_of" if operator == "one_of" else "one_of")
        case t.InNeedGroup(operator=operator):
            return _with(node, operator="none_of" if operator == "one_of" else "one_of")
        case t.Flag(value=value):
            return _with(node, value=not value)
        case t.Orders() | t.Bought() | t.Happened():
            if node.operator == "at_least" and node.count > 0:
                return _with(node, operator="at_most", count=node.count - 1)
            if node.operator == "at_most":
                return _with(node, operator="at_least", count=node.count + 1)
        case t.Text(operator="is"):
            return _with(node, operator="is_not")
        case t.Text(operator="is_not"):
            return _with(node, operator="is")
    return None


def _with(node: t.Tree, **changes: object) -> t.Tree:
    return type(node)(
        **{**{name: getattr(node, name) for name in node.__struct_fields__}, **changes}
    )


def _is_none(node: t.Orders | t.Bought | t.Happened) -> bool:
    return node.count == 0 and node.operator in ("at_most", "exactly")


def _counted(operator: str, what: str) -> str:
    frames = {
        "at_least": _("at least %(what)s"),
        "at_most": _("at most %(what)s"),
        "exactly": _("exactly %(what)s"),
    }
    return frames[operator] % {"what": what}


def _one_of(field: str, named: Sequence[str], operator: str) -> str:
    frame = (
        _("%(field)s %(values)s") if operator == "one_of" else _("%(field)s other than %(values)s")
    )
    return frame % {"field": field, "values": _either(named)}


def _trait(node: t.HasTrait) -> str:
    words = {"question": node.name, "value": node.value}
    frames = {
        "is": _("the answer “%(value)s” to “%(question)s”"),
        "contains": _("an answer containing “%(value)s” to “%(question)s”"),
        "known": _("an answer to “%(question)s”"),
        "at_least": _("an answer of at least %(value)s to “%(question)s”"),
        "at_most": _("an answer of at most %(value)s to “%(question)s”"),
    }
    said = frames[node.operator] % words
    if node.confidence <= 0:
        return said
    sure = formatting.percent(node.confidence, language=get_language() or "en")
    return _("%(answer)s (at least %(rate)s sure)") % {"answer": said, "rate": sure}


def _consent(node: t.HasConsent) -> str:
    frames = {
        "granted": _("agreement to “%(purpose)s” by %(channel)s"),
        "denied": _("a refusal of “%(purpose)s” by %(channel)s"),
        "unknown": _("no answer yet on “%(purpose)s” by %(channel)s"),
    }
    return frames[node.answer] % {
        "purpose": Purpose(node.purpose).label,
        "channel": CONSENT_CHANNELS[node.channel],
    }


def _step(step: t.Step) -> str:
    if not step.kind:
        return _("a purchase")
    return _carrying(_("the event “%(kind)s”") % {"kind": step.kind}, step.where)


def _carrying(said: str, where: Sequence[t.Property]) -> str:
    """Say an event with what it must carry."""
    if not where:
        return said
    parts = formatting.clauses([_property(one) for one in where], language=get_language() or "en")
    return _("%(event)s (%(properties)s)") % {"event": said, "properties": parts}


def _property(node: t.Property) -> str:
    frames = {
        "is": _("%(name)s “%(value)s”"),
        "contains": _("%(name)s containing “%(value)s”"),
        "known": _("with %(name)s"),
        "at_least": _("%(name)s at least %(value)s"),
        "at_most": _("%(name)s at most %(value)s"),
    }
    return frames[node.operator] % {"name": node.name, "value": node.value}


def _known(field: str, *, is_known: bool) -> str:
    frame = _("a known %(field)s") if is_known else _("no known %(field)s")
    return frame % {"field": field}


def _label(field: str) -> str:
    return _in_sentence(str(FIELDS[field].label))


def _in_sentence(label: str) -> str:
    """Write a label as it stands inside a sentence; VIP, SMS and E-mail keep their capitals."""
    if len(label) > 1 and label[1].islower():
        return label[0].lower() + label[1:]
    return label


def _either(values: Sequence[str]) -> str:
    """Join values with “or”."""
    if len(values) < 2:
        return "".join(values)
    first = formatting.listed(values[:-1], language=get_language() or "en")
    return pgettext("list", "%(first)s or %(last)s") % {"first": first, "last": values[-1]}


def _joined(parts: Sequence[str], *, every: bool) -> str:
    """Join parts of a sentence with “and” or “or”."""
    if len(parts) < 2:
        return "".join(parts)
    frame = (
        pgettext("list", "%(first)s and %(last)s")
        if every
        else pgettext("list", "%(first)s or %(last)s")
    )
    first = formatting.clauses(parts[:-1], language=get_language() or "en")
    return frame % {"first": first, "last": parts[-1]}
