"""Which arm a customer falls into: a pure function of the experiment's salt and of who is shared
out together. Nothing is read or written here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

_LINE = 1 << 64


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """One side of a planned experiment and the share of customers it gets."""

    key: str
    share: Decimal
    is_control: bool = False


class WrongShares(ValueError):
    """Raised when the shares of the arms do not add up to one."""


def split(*, control_rate: Decimal) -> tuple[ArmPlan, ArmPlan]:
    """Plan a treatment and a control arm."""
    return (
        ArmPlan("treatment", Decimal(1) - control_rate),
        ArmPlan("control", control_rate, is_control=True),
    )


def point_of(*, salt: str, customer_id: int) -> int:
    """Give the customer's place on a line of 2^64 points: the same for ever, even over all."""
    seed = customer_id.to_bytes(8, "big", signed=True)
    digest = hashlib.blake2b(seed, digest_size=8, key=salt.encode()).digest()
    return int.from_bytes(digest, "big")


def boundaries(*, shares: Sequence[Decimal]) -> list[int]:
    """Give where each arm ends on the line. Raises WrongShares when they do not add up to 1."""
    if sum(shares) != 1 or min(shares) < 0:
        raise WrongShares("the shares of an experiment's arms must add up to 1")
    ends, total = [], Decimal(0)
    for share in shares:
        total += share
        ends.append(int(total * _LINE))
    return ends


def share_out(
    *, salt: str, ends: Sequence[int], customer_ids: Sequence[int], is_first: bool = False
) -> dict[int, int]:
    """Give each customer the number of an arm, so that every arm gets its share of them, give or
    take one: of twenty people a control group of a tenth is two, never none by bad luck.

    Who falls where is decided by the places on the line alone. The line is walked in equal steps
    from a start that is drawn as well, so that over many small groups the shares hold too. Those
    who come first start in the middle of a step: most campaigns have no others, and theirs are the
    counts the review told, to the person.
    """
    places = sorted((point_of(salt=salt, customer_id=one), one) for one in set(customer_ids))
    if not places:
        return {}
    drawn = point_of(salt=f"start {salt}", customer_id=places[0][1])
    start = _LINE // 2 if is_first else drawn
    return {
        customer_id: _arm_at((rank * _LINE + start) // len(places), ends)
        for rank, (_place, customer_id) in enumerate(places)
    }


def _arm_at(point: int, ends: Sequence[int]) -> int:
    return next(number for number, end in enumerate(ends) if point < end)
