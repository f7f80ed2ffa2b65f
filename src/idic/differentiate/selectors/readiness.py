"""Who is ready to buy and on whom not to spend, with the reasons in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from idic.core import formatting
from idic.differentiate import segments
from idic.differentiate.models import Readiness, ReadinessModel, Verdict
from idic.engine import likeness


@dataclass(frozen=True)
class Lead:
    """Somebody who has not bought, with why they are judged so."""

    row: Readiness
    reasons: list[str]


def count_verdicts() -> dict[str, int]:
    """Count who has which verdict."""
    counted = Readiness.objects.order_by().values_list("verdict").annotate(people=Count("pk"))
    return {**dict.fromkeys(Verdict.values, 0), **dict(counted)}


def list_leads(*, verdict: str, frame: segments.Frame, most: int = 50) -> list[Lead]:
    """Give who has a verdict, the highest score first (of those not worth it: the lowest)."""
    order = "score" if verdict == Verdict.STOP else "-score"
    rows = (
        Readiness.objects.filter(verdict=verdict)
        .select_related("customer", "overruled_by")
        .order_by(order, "customer_id")[:most]
    )
    return [Lead(row, say_reasons(row, frame=frame)) for row in rows]


def find_learnt() -> ReadinessModel | None:
    """Give the newest fit of what tells wanted customers from others."""
    return ReadinessModel.objects.order_by("-id").first()


def is_learnt(model: ReadinessModel | None) -> bool:
    """Tell whether likeness was learnt from customers, rather than left in the middle."""
    return model is not None and float(model.parameters.get("auc", 0)) >= likeness.LEAST_AUC


def heaviest_facts(model: ReadinessModel, *, most: int = 4) -> tuple[list[str], list[str]]:
    """Give the facts that speak most for somebody, and those that speak most against."""
    pairs = zip(model.parameters["features"], model.parameters["weights"], strict=True)
    ranked = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))
    good = [say_fact(fact) for fact, weight in ranked[:most] if weight > 0]
    bad = [say_fact(fact) for fact, weight in reversed(ranked[-most:]) if weight < 0]
    return good, bad


def say_reasons(row: Readiness, *, frame: segments.Frame) -> list[str]:
    """Say each reason in the viewer's language."""
    return [said for reason in row.reasons if (said := _say(reason, frame))]


def _say(reason: Mapping[str, Any], frame: segments.Frame) -> str:
    code = reason.get("code", "")
    if code in _SAYS:
        times = int(reason.get("times", 0))
        return _SAYS[code](times, _ago(int(reason.get("days", 0))))
    match code:
        case "like":
            return _("like our best customers: %(fact)s") % {"fact": say_fact(reason["fact"])}
        case "unlike":
            return _("unlike our best customers: %(fact)s") % {"fact": say_fact(reason["fact"])}
        case "meets" | "misses":
            return _say_rule(reason, frame)
        case "silenced":
            return _("asked to be left alone")
        case "unreachable":
            return _("no way to reach them")
        case "no_sign":
            return ngettext(
                "no sign of life for %(count)s day", "no sign of life for %(count)s days", 90
            ) % {"count": reason.get("days", 90)}
    return ""


def _say_rule(reason: Mapping[str, Any], frame: segments.Frame) -> str:
    try:
        rule = segments.say_condition(segments.parse(reason["rule"]), frame=frame)
    except segments.WrongTree:
        return ""
    if reason["code"] == "meets":
        return _("as we look for: %(rule)s") % {"rule": rule}
    return _("not as we look for: %(rule)s") % {"rule": rule}


def _ago(days: int) -> str:
    if days <= 0:
        return _("today")
    return ngettext("%(count)s day ago", "%(count)s days ago", days) % {
        "count": formatting.number(days, language=get_language() or "en")
    }


def _asked(times: int, ago: str) -> str:
    return ngettext(
        "asked us %(count)s time, last %(ago)s", "asked us %(count)s times, last %(ago)s", times
    ) % {
        "count": times,
        "ago": ago,
    }


def _wants(times: int, ago: str) -> str:
    return ngettext(
        "put something aside to buy %(count)s time, %(ago)s",
        "put something aside to buy %(count)s times, last %(ago)s",
        times,
    ) % {"count": times, "ago": ago}


def _tries(times: int, ago: str) -> str:
    return _("signed up %(ago)s") % {"ago": ago}


def _looks(times: int, ago: str) -> str:
    return ngettext(
        "looked %(count)s time, %(ago)s", "looked %(count)s times, last %(ago)s", times
    ) % {
        "count": times,
        "ago": ago,
    }


def _opens(times: int, ago: str) -> str:
    return ngettext(
        "opened %(count)s letter, %(ago)s", "opened %(count)s letters, last %(ago)s", times
    ) % {
        "count": times,
        "ago": ago,
    }


def _uses(times: int, ago: str) -> str:
    return ngettext("uses it on %(count)s day of 30", "uses it on %(count)s days of 30", times) % {
        "count": times
    }


_SAYS = {
    "asked": _asked,
    "wants": _wants,
    "tries": _tries,
    "looks": _looks,
    "opens": _opens,
    "uses": _uses,
}


def say_fact(fact: str) -> str:
    """Say a fact that was learnt from: “city: Hue” as it stands, the fixed ones in words."""
    name, colon, value = fact.partition(": ")
    if not colon:
        return _("a company") if fact == "company" else _("a private person")
    names = {
        "city": _("City"),
        "country": _("Country"),
        "gender": _("Gender"),
        "age": _("Age"),
    }
    return f"{names.get(name, name.replace('_', ' '))}: {value}"
