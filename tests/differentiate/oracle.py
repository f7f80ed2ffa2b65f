"""A second reading of rules, in plain Python over plain values, that shares nothing with the
compiler but the shapes of the tree.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from idic.core.text import fold
from idic.differentiate.segments import tree as t

from .shop import AS_OF, NOW, ZONE, Shop

COLUMN = {
    "name": "name_key",
    "city": "city_key",
    "region": "region_key",
    "country": "country_key",
}


def select(tree: t.Tree, shop: Shop) -> set[int]:
    """Give the ids of the customers a rule holds for."""
    return {c["customer_id"] for c in shop.customers if holds(tree, c, shop)}


def holds(node: t.Tree, c: dict[str, Any], shop: Shop) -> bool:
    """Tell whether a rule holds for one customer."""
    match node:
        case t.All(of=of):
            return all(holds(part, c, shop) for part in of)
        case t.Any(of=of):
            return any(holds(part, c, shop) for part in of)
        case t.Not(of=of):
            return not holds(of, c, shop)
        case t.Text():
            return text(node, c[COLUMN[node.field]])
        case t.Number(field="age"):
            return number(node, age(c["birth_date"]))
        case t.Number() | t.Amount():
            return number(node, c[node.field])
        case t.Day():
            value = c[node.field]
            return day(node, local(value) if isinstance(value, datetime) else value)
        case t.Choice():
            return (c[node.field] in node.values) == (node.operator == "one_of")
        case t.Flag():
            return bool(c[node.field] is node.value)
        case t.InNeedGroup():
            return ((c["need_group_id"] or 0) in node.group_ids) == (node.operator == "one_of")
        case t.InSegment():
            return c["customer_id"] in shop.members[node.segment_id]
        case t.Orders():
            return compare(node, len(purchases(c, node.window, shop)))
        case t.Bought():
            return compare(
                node, sum(holds_line(node, o, shop) for o in purchases(c, node.window, shop))
            )
        case t.Happened():
            happened = [
                e
                for e in shop.events
                if e["customer_id"] == c["customer_id"]
                and e["kind"] == node.kind
                and carries(e, node.where)
                and inside(local(e["occurred_at"]), node.window)
            ]
            return compare(node, len(happened))
        case t.Spent():
            total = sum(
                o["net_amount"]
                for o in shop.orders
                if o["customer_id"] == c["customer_id"]
                and o["currency"] == "VND"
                and inside(local(o["ordered_at"]), node.window)
            )
            return total >= node.amount if node.operator == "at_least" else total <= node.amount
        case t.HasState():
            return any(
                s["customer_id"] == c["customer_id"]
                and s["kind"] == node.state
                and s["since"] <= NOW
                and (s["until"] is None or s["until"] > NOW)
                for s in shop.states
            )
        case t.HasTrait():
            return trait(node, c, shop)
        case t.HasConsent():
            return consent(node, c, shop) == node.answer
        case t.Sequence():
            return sequence(node, c, shop)
    raise AssertionError(node)


def local(moment: datetime) -> date:
    """Give the day on the shop's wall."""
    return moment.astimezone(ZoneInfo(ZONE)).date()


def age(born: date | None) -> int | None:
    """Count whole years."""
    if born is None:
        return None
    had_birthday = (AS_OF.month, AS_OF.day) >= (born.month, born.day)
    return AS_OF.year - born.year - (not had_birthday)


def text(node: t.Text, value: str) -> bool:
    """Compare folded text."""
    wanted = [fold(v.strip()) for v in node.values if v.strip()]
    return {
        "known": value != "",
        "unknown": value == "",
        "is": value in wanted,
        "is_not": value not in wanted,
        "contains": any(w in value for w in wanted),
        "starts_with": any(value.startswith(w) for w in wanted),
    }[node.operator]


def number(node: t.Number | t.Amount, value: float | None) -> bool:
    """Compare a figure; not known holds for “unknown” only."""
    if value is None:
        return node.operator == "unknown"
    if node.operator in ("known", "unknown"):
        return node.operator == "known"
    assert node.value is not None
    if node.operator == "between":
        assert node.to is not None
        return node.value <= value <= node.to
    return {
        "at_least": value >= node.value,
        "at_most": value <= node.value,
        "is": value == node.value,
    }[node.operator]


def day(node: t.Day, value: date | None) -> bool:
    """Compare a day."""
    if value is None:
        return node.operator == "unknown"
    if node.operator in ("known", "unknown"):
        return node.operator == "known"
    if node.operator == "last_days":
        assert node.days is not None
        return AS_OF - timedelta(days=node.days - 1) <= value <= AS_OF
    if node.operator == "more_than_days_ago":
        assert node.days is not None
        return (AS_OF - value).days > node.days
    assert node.day is not None
    if node.operator == "on_or_after":
        return value >= node.day
    if node.operator == "on_or_before":
        return value <= node.day
    assert node.to is not None
    return node.day <= value <= node.to


def inside(on: date, window: t.Window) -> bool:
    """Tell whether a day lies in a window; nothing after the day looked at does."""
    if on > AS_OF:
        return False
    if window.last_days is not None:
        return on > AS_OF - timedelta(days=window.last_days)
    first, last = window.from_date or date.min, window.to_date or date.max
    return first <= on <= last


def purchases(c: dict[str, Any], window: t.Window, shop: Shop) -> list[dict[str, Any]]:
    """Give a customer's orders above zero in a window."""
    return [
        o
        for o in shop.orders
        if o["customer_id"] == c["customer_id"]
        and o["net_amount"] > 0
        and inside(local(o["ordered_at"]), window)
    ]


def holds_line(node: t.Bought, order: dict[str, Any], shop: Shop) -> bool:
    """Tell whether an order holds what is asked for."""
    for line in shop.lines:
        if line["order_id"] != order["id"] or line["quantity"] <= 0:
            continue
        found = {
            "code": line["product_code"] == node.value,
            "category": line["category"] == node.value,
            "name": node.value.lower() in line["product_name"].lower(),
        }
        if found[node.by]:
            return True
    return False


def compare(node: t.Orders | t.Bought | t.Happened, figure: int) -> bool:
    """Compare a count."""
    return {
        "at_least": figure >= node.count,
        "at_most": figure <= node.count,
        "exactly": figure == node.count,
    }[node.operator]


def trait(node: t.HasTrait, c: dict[str, Any], shop: Shop) -> bool:
    """Read the latest answer, a pinned one first."""
    answers = [
        a
        for a in shop.traits
        if a["customer_id"] == c["customer_id"]
        and a["name"] == node.name
        and a["confidence"] >= node.confidence
    ]
    if not answers:
        return False
    latest = max(answers, key=lambda a: (a["is_pinned"], a["observed_at"], a["id"]))["value"]
    if node.operator in ("at_least", "at_most"):
        return beyond(node.operator, figure(latest), float(node.value))
    return {
        "known": True,
        "is": latest == node.value,
        "contains": node.value.lower() in latest.lower(),
    }[node.operator]


def figure(text: str) -> float | None:
    """Read a plain number."""
    digits = text.removeprefix("-").replace(".", "", 1)
    is_plain = digits.isascii() and digits.isdecimal() and not text.endswith(".")
    return float(text) if is_plain else None


def beyond(operator: str, value: float | None, limit: float) -> bool:
    """Compare with one end; what is no number lies beyond nothing."""
    if value is None:
        return False
    return value >= limit if operator == "at_least" else value <= limit


def carries(event: dict[str, Any], where: tuple[t.Property, ...]) -> bool:
    """Tell whether an event has all of these properties."""
    return all(has_property(event["detail"].get(one.name), one) for one in where)


def has_property(value: Any, node: t.Property) -> bool:
    """Read one property as JSON tells it: true is a word, not the number 1."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    words = {True: "true", False: "false"}[value] if isinstance(value, bool) else value
    match node.operator:
        case "known":
            return value is not None
        case "contains":
            return isinstance(words, str) and node.value.lower() in words.lower()
        case "is":
            same = is_number and figure(node.value.strip(" ")) == value
            return same or (isinstance(words, str) and words == node.value)
    return is_number and beyond(node.operator, value, float(node.value))


def sequence(node: t.Sequence, c: dict[str, Any], shop: Shop) -> bool:
    """Look at each first step of a window for what came after it."""
    end = datetime.combine(AS_OF + timedelta(days=1), datetime.min.time(), ZoneInfo(ZONE))
    span = timedelta(days=node.within_days)
    later = [at for at in moments(node.then, c, shop) if at < end]
    for at in moments(node.first, c, shop):
        if not inside(local(at), node.window):
            continue
        followed = any(at < then <= at + span for then in later)
        if node.is_followed and followed:
            return True
        if not node.is_followed and not followed and at + span < end:
            return True
    return False


def moments(step: t.Step, c: dict[str, Any], shop: Shop) -> list[datetime]:
    """Give when a step was taken: events of a kind, or purchases."""
    mine = c["customer_id"]
    if not step.kind:
        return [
            o["ordered_at"] for o in shop.orders if o["customer_id"] == mine and o["net_amount"] > 0
        ]
    return [
        e["occurred_at"]
        for e in shop.events
        if e["customer_id"] == mine and e["kind"] == step.kind and carries(e, step.where)
    ]


KINDS_OF = {"email": {"email"}, "sms": {"phone"}, "zalo": {"phone", "zalo"}}


def consent(node: t.HasConsent, c: dict[str, Any], shop: Shop) -> str:
    """Read the ledger from the end: what was said last of each address, a refusal wins."""

    def last(rows: list[dict[str, Any]]) -> dict[str, Any]:
        return max(rows, key=lambda r: (r["given_at"], r["recorded_at"], r["id"]))

    told = [
        r for r in shop.consents if (r["channel"], r["purpose"]) == (node.channel, node.purpose)
    ]
    own = [r for r in told if r["customer_id"] == c["customer_id"]]
    for record, address in {(r["record_id"], r["address"]) for r in own}:
        same = [r for r in own if (r["record_id"], r["address"]) == (record, address)]
        if last(same)["status"] == "denied":
            return "denied"
    held = {
        a["value"]
        for a in shop.addresses
        if a["customer_id"] == c["customer_id"]
        and a["type"] in KINDS_OF[node.channel]
        and not a["is_placeholder"]
    }
    words = [
        last([r for r in told if r["address"] == address])
        for address in held
        if any(r["address"] == address for r in told)
    ]
    if any(r["status"] == "denied" for r in words):
        return "denied"
    agreed = [r for r in words if r["status"] == "granted" and r["basis"] != "unknown"]
    return "granted" if agreed else "unknown"
