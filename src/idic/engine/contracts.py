"""When contracts end: subscriptions, memberships, policies, where leaving is seen when it happens.

Shops without contracts are `churn` and `purchases`; money is not in here.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

from idic.engine import covariates, logistic
from idic.engine.covariates import Encoding
from idic.engine.table import Source, Table

Floats = NDArray[np.float64]

# A few more contracts do not change a number that is shown; they would only take time.
_MOST_CONTRACTS = 20_000
_FEWEST_ENDED = 20
_RIDGE = 1.0
# Of the change from one span to the next: hazards of neighbouring months are alike.
_SMOOTHING = 2.0


@dataclass(frozen=True)
class ContractParameters:
    """What `fit` learnt: ln odds of ending in a period, by tenure and by what the customer is.

    `span_ends` are the last periods of the spans of tenure (the last one goes on for ever) and
    `span_log_odds` what holds in each; `effects` and `late_effects` have one entry a label of
    `encoding`: the effect at the first period, and how it changes with each doubling of tenure.
    `reason_code` is empty, or `no_contracts`, `few_ended` (then one rate holds for all) or
    `not_converged` (the same).

    >>> known = ContractParameters(span_ends=(1, 12), span_log_odds=(-2.0, -4.0))
    >>> ContractParameters.from_json(known.to_json()) == known
    True
    """

    span_ends: tuple[int, ...]
    span_log_odds: tuple[float, ...]
    encoding: Encoding = field(default_factory=Encoding)
    effects: tuple[float, ...] = ()
    late_effects: tuple[float, ...] = ()
    contract_count: int = 0
    ended_count: int = 0
    reason_code: str = ""

    def to_json(self) -> str:
        """Return the parameters as JSON; `from_json` gives an equal object back."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> ContractParameters:
        """Return the parameters that `to_json` wrote."""
        held: dict[str, Any] = json.loads(text)
        encoding = Encoding.from_cells(held.pop("encoding"))
        for name in ("span_ends", "span_log_odds", "effects", "late_effects"):
            held[name] = tuple(held[name])
        return cls(**held, encoding=encoding)


def fit(contracts: Source, *, by: Sequence[str] = ()) -> ContractParameters:
    """Learn the chance that a contract ends, period by period; never raises on well-formed rows.

    In: `tenure_periods` (whole periods under contract, that of the end included; 0 tells nothing)
    and `has_ended`, and the columns named in `by`: what is known of the customer (text, true/false
    or numbers), taken as having been so all the time.

    A discrete-time hazard (Cox 1972; Singer & Willett 1993): every period of every contract is a
    case, ended or not, and over all cases a ridge logistic regression

        ln odds(t) = b(span of t) + Σ z · (effect + late effect · log₂ t)

    Spans are short at first and longer later, and neighbours are drawn to each other. Within a span
    the cases of a contract count as one row, which makes the fit some 5 rows a contract.

    >>> rows = {"tenure_periods": [3, 5], "has_ended": [True, False]}
    >>> known = fit(rows)
    >>> known.reason_code, round(float(1 / (1 + np.exp(-known.span_log_odds[0]))), 3)
    ('few_ended', 0.167)
    """
    table = Table.read(contracts)
    tenure, has_ended = _columns(table)
    usable = np.flatnonzero(tenure >= 1)
    if not len(usable):
        return ContractParameters((1,), (0.0,), reason_code="no_contracts")
    ended = int(has_ended[usable].sum())
    if ended < _FEWEST_ENDED:
        return _one_rate(tenure[usable], ended, "few_ended")
    used = usable[:: -(-len(usable) // _MOST_CONTRACTS)]
    some = table.filter(used)
    encoding = covariates.learn(some, by)
    z = covariates.encode(encoding, some)
    ends = _spans(tenure[used])
    weights = _fit_spans(ends, tenure[used], has_ended[used], z)
    if not np.isfinite(weights).all():
        return _one_rate(tenure[usable], ended, "not_converged")
    size = z.shape[1]
    return ContractParameters(
        span_ends=tuple(ends.tolist()),
        span_log_odds=tuple(np.cumsum(weights[: len(ends)]).tolist()),
        encoding=encoding,
        effects=tuple(weights[len(ends) : len(ends) + size].tolist()),
        late_effects=tuple(weights[len(ends) + size :].tolist()),
        contract_count=len(usable),
        ended_count=ended,
    )


def predict(parameters: ContractParameters, contracts: Source, *, horizon_periods: int) -> Table:
    """Tell how contracts that run now go on over the next `horizon_periods`.

    In: `customer_id`, `tenure_periods` (so far), and the columns the fit was made by. Out:

    - `end_probability`: of ending in the very next period
    - `staying_probability`: of still being there at the end of the horizon
    - `expected_remaining_periods`: within the horizon, the one of the end included as a half

    >>> known = ContractParameters(span_ends=(1,), span_log_odds=(0.0,))
    >>> predict(known, {"customer_id": [7], "tenure_periods": [3]}, horizon_periods=2).rows()
    [(7, 0.5, 0.25, 1.125)]
    """
    table = Table.read(contracts)
    stays = survival(parameters, table, periods=horizon_periods)
    before = np.concatenate([np.ones((len(stays), 1)), stays[:, :-1]], axis=1)
    return Table(
        {
            "customer_id": table["customer_id"],
            "end_probability": 1 - stays[:, 0],
            "staying_probability": stays[:, -1].copy(),
            "expected_remaining_periods": ((before + stays) / 2).sum(axis=1),
        }
    )


def survival(parameters: ContractParameters, contracts: Source, *, periods: int) -> Floats:
    """Return the chance of still being there after each of the next `periods`, a row a contract."""
    if periods < 1:
        raise ValueError("a horizon has at least one period")
    table = Table.read(contracts)
    tenure, _ = _columns(table)
    z = covariates.encode(parameters.encoding, table)
    stays = np.empty((len(table), periods))
    now = np.ones(len(table))
    for n in range(periods):
        now = now * (1 - hazard(parameters, z, tenure + n + 1))
        stays[:, n] = now
    return stays


def hazard(parameters: ContractParameters, z: Floats, period: Floats) -> Floats:
    """Return the chance of ending in the given period (from 1) of contracts that last until it."""
    spans = np.searchsorted(parameters.span_ends, period)
    last = len(parameters.span_ends) - 1
    odds = np.array(parameters.span_log_odds)[np.minimum(spans, last)]
    doublings = np.log2(np.clip(period, 1, parameters.span_ends[-1]))
    for column, effect, late in zip(z.T, parameters.effects, parameters.late_effects, strict=True):
        odds = odds + column * (effect + late * doublings)
    return np.asarray(scipy.special.expit(np.clip(odds, -30, 30)))


def _columns(table: Table) -> tuple[Floats, NDArray[np.bool_]]:
    tenure = np.nan_to_num(table.floats("tenure_periods"), nan=0.0)
    has_ended = np.zeros(len(table), dtype=bool)
    if "has_ended" in table:
        has_ended = np.ma.filled(table["has_ended"], False).astype(bool)
    return np.floor(np.clip(tenure, 0, 1e6)), has_ended


def _one_rate(tenure: Floats, ended: int, reason_code: str) -> ContractParameters:
    """Half an ending more than was seen, over all periods: finite also where none was."""
    odds = (ended + 0.5) / (float(tenure.sum()) - ended + 0.5)
    return ContractParameters(
        span_ends=(1,),
        span_log_odds=(float(np.log(odds)),),
        contract_count=len(tenure),
        ended_count=ended,
        reason_code=reason_code,
    )


def _spans(tenure: Floats) -> NDArray[np.int64]:
    """Return the last periods of the spans: each a third longer than all before it together."""
    longest = int(tenure.max())
    ends = [1]
    while ends[-1] < longest:
        ends.append(min(max(ends[-1] + 1, round(ends[-1] * 4 / 3)), longest))
    return np.array(ends, dtype=np.int64)


def _fit_spans(
    ends: NDArray[np.int64], tenure: Floats, has_ended: NDArray[np.bool_], z: Floats
) -> Floats:
    """Return ln odds of the first span, the changes from span to span, and the effects."""
    starts = np.append(0, ends[:-1])
    periods = np.clip(tenure[:, None] - starts, 0, ends - starts)
    rows, spans = np.nonzero(periods)
    trials = periods[rows, spans].astype(np.float64)
    successes = (has_ended[rows] & (tenure[rows] <= ends[spans])).astype(np.float64)
    doublings = np.log2((starts[spans] + 1 + ends[spans]) / 2)
    changes = [(spans >= n).astype(np.float64) for n in range(1, len(ends))]
    effects = [z[rows, n] for n in range(z.shape[1])]
    late = [column * doublings for column in effects]
    ridge = np.array(
        [1e-9] + [_SMOOTHING] * len(changes) + [_RIDGE] * len(effects) + [_RIDGE] * len(late)
    )
    columns = [np.ones(len(rows)), *changes, *effects, *late]
    return logistic.fit(columns, successes=successes, trials=trials, ridge=ridge)
