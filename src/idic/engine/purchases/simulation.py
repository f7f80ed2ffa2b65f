"""Shops that behave as a purchase model says: to test fits, and to plan.

Draws single purchases from the start; what a known customer does next is drawn by `Outlook.draw`.
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from idic.engine.purchases.bg_nbd import BgNbdParameters
from idic.engine.purchases.histories import Floats
from idic.engine.purchases.mbg_nbd import MbgNbdParameters
from idic.engine.purchases.pareto_nbd import ParetoNbdParameters
from idic.engine.table import Table

Parameters = BgNbdParameters | MbgNbdParameters | ParetoNbdParameters


def simulate(
    parameters: Parameters,
    *,
    customer_count: int,
    start: dt.date,
    days: int,
    seed: int,
) -> Table:
    """Draw customers who behave as the model says: one row a purchase, all first on `start`.

    Out: `customer_id` 1…, `purchased_after_days` (0 for the first purchase), `ordered_on`.

    >>> simulate(BgNbdParameters(r=1, alpha_days=30, a=1, b=3), customer_count=2,
    ...          start=dt.date(2024, 1, 1), days=0, seed=1).rows()
    [(1, 0.0, datetime.date(2024, 1, 1)), (2, 0.0, datetime.date(2024, 1, 1))]
    """
    random = np.random.default_rng(seed)
    rate = random.gamma(parameters.r, 1 / parameters.alpha_days, customer_count)
    leave, until = _leaving(parameters, customer_count, float(days), random)
    customer = np.arange(customer_count)
    clock = np.zeros(customer_count)
    found = [(customer, clock)]
    if isinstance(parameters, MbgNbdParameters):
        stays = random.random(customer_count) >= leave
        customer, clock = customer[stays], clock[stays]
    while len(customer):
        clock = clock + random.exponential(1 / np.maximum(rate[customer], 1e-12))
        is_in = clock <= until[customer]
        customer, clock = customer[is_in], clock[is_in]
        found.append((customer, clock))
        stays = random.random(len(customer)) >= leave[customer]
        customer, clock = customer[stays], clock[stays]
    ids = np.concatenate([part[0] for part in found])
    after = np.concatenate([part[1] for part in found])
    ordered_on = np.datetime64(start, "D") + after.astype(np.int64)
    return Table({"customer_id": ids + 1, "purchased_after_days": after, "ordered_on": ordered_on})


def _leaving(
    parameters: Parameters, count: int, days: float, random: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw the chance to leave after a purchase, and until when each customer stays anyway."""
    whole = np.full(count, days)
    if isinstance(parameters, ParetoNbdParameters):
        if not parameters.s:
            return np.zeros(count), whole
        leave = np.maximum(random.gamma(parameters.s, 1 / parameters.beta_days, count), 1e-300)
        return np.zeros(count), np.minimum(random.exponential(1 / leave), whole)
    chance = random.beta(parameters.a, parameters.b, count) if parameters.a else np.zeros(count)
    return chance, whole
