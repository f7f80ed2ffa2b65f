"""From a need to what was seen to what it brings: which purchases of somebody held what their need
group stands out for, and what those came to. Pure; the figures are the page's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from idic.core.text import fold
from idic.web.selectors.habits import Purchase

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class NeedTrace:
    """In so many of so many purchases something of the need was seen; what those came to, of all,
    in minor units; and what it was, the most frequent first.
    """

    seen_count: int
    all_count: int
    seen_amount: int
    all_amount: int
    things: tuple[str, ...]


def trace_need(
    purchases: Sequence[Purchase], *, stands_out: Sequence[Mapping[str, Any]], currency: str
) -> NeedTrace | None:
    """Trace a need through the purchases in one currency; None where nothing of it was seen. A
    purchase counts whole: what else lay in the basket came with it.
    """
    mine = [one for one in purchases if one.currency == currency]
    counts: dict[str, int] = {}
    seen = []
    for one in mine:
        found = {str(t["name"]) for t in stands_out if any(_is_of(t, g) for g in one.goods)}
        for name in found:
            counts[name] = counts.get(name, 0) + 1
        if found:
            seen.append(one)
    if not seen:
        return None
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    return NeedTrace(
        seen_count=len(seen),
        all_count=len(mine),
        seen_amount=sum(one.amount for one in seen),
        all_amount=sum(one.amount for one in mine),
        things=tuple(ranked[:_MOST_NAMED]),
    )


def _is_of(thing: Mapping[str, Any], goods: tuple[str, str]) -> bool:
    name, category = goods
    wanted = fold(str(thing["name"]))
    match thing.get("kind"):
        case "category":
            return fold(category) == wanted
        case "word":
            return f" {wanted} " in f" {fold(name)} "
    return fold(name) == wanted
