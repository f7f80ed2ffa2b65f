"""Which method a shop's own past speaks for: the rule, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# What nobody would notice: a fiftieth of the root mean squared or mean absolute error.
TOLERANCE = 1.02
# A total within a tenth is called right.
TOTAL_TOLERANCE = 0.10


@dataclass(frozen=True)
class Standing:
    """What the rule looks at, of one method.

    `loss_difference` and `standard_error` are those of the squared error against the best method's,
    `mae_amount` of the forecast's median; `total_miss_rate` None where nothing came.
    """

    rmse_amount: float
    loss_difference: float
    standard_error: float
    mae_amount: float
    least_mae_amount: float
    total_error_rate: float | None
    is_naive: bool


def choose(standings: Mapping[str, Standing], *, order: Sequence[str]) -> str:
    """Return the method to use; `order` names the methods from simple to elaborate.

    **The simplest method that nobody can tell from the best**, where telling is by the squared
    error of a customer's amount (a proper score for a mean: always saying 0 does not win, as it can
    by absolute error):

    1. It is not worse than the best by more than one *paired* standard error: the same customers
       forecast on the same days, differences taken customer by customer, each day (origin) a block
       of its own (Breiman et al. 1984 for the rule; Diebold & Mariano 1995 for the pairs).
    2. Nor by more than a fiftieth of the root mean squared error. A few huge customers make the
       standard error wide; what cannot be proved worse may still be much worse.
    3. Its mean absolute error, of the median, is not more than a fiftieth above the least of any
       naive method's (of their median or of what they say, whichever is less).
    4. If any that pass have forecast the total within a tenth, those that have not drop out.

    Should none pass, 3 is asked against naive methods' medians alone; should still none, 1 and 2
    give way, and of those that pass 3 the one with the least squared error is taken: there is
    always one, for the best naive method passes.

    >>> plain = Standing(10.0, 0.5, 0.6, 4.0, 4.0, 0.02, True)
    >>> clever = Standing(9.95, 0.0, 0.0, 4.0, 4.0, 0.01, False)
    >>> choose({"own_rate": plain, "blend": clever}, order=["own_rate", "blend"])
    'own_rate'
    """
    named = [method for method in order if method in standings]
    naive = [one for one in standings.values() if one.is_naive]
    best_rmse = min(standings[method].rmse_amount for method in named)
    # What naive methods say may be better than their medians, and then no median reaches it.
    floors = [
        min((one.least_mae_amount for one in naive), default=float("inf")),
        min((one.mae_amount for one in naive), default=float("inf")),
    ]

    def sound(floor: float) -> list[str]:
        return [m for m in named if standings[m].mae_amount <= TOLERANCE * floor]

    def is_unproven(one: Standing) -> bool:
        is_close = one.rmse_amount <= TOLERANCE * best_rmse
        return is_close and one.loss_difference <= one.standard_error

    for floor in floors:
        passed = [method for method in sound(floor) if is_unproven(standings[method])]
        if passed:
            return next(iter(_right_totals(passed, standings) or passed))
    left = sound(floors[0]) or sound(floors[1]) or named
    return min(left, key=lambda method: standings[method].rmse_amount)


def _right_totals(methods: Sequence[str], standings: Mapping[str, Standing]) -> list[str]:
    return [
        method
        for method in methods
        if (error := standings[method].total_error_rate) is not None
        and abs(error) <= TOTAL_TOLERANCE
    ]
