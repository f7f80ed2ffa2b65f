"""Campaign effects: published numbers, exact agreement with SciPy, and coverage by simulation."""

import doctest
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from idic.engine import effects
from idic.engine.effects import Effect, comparison, power
from idic.engine.effects.comparison import Moments, amount_difference, cuped_slope
from idic.engine.table import Table, query

HILLSTROM = Path(__file__).parents[3] / "shared" / "data" / "hillstrom.parquet"

# Student's sleep data, as printed in R's help page of t.test.
SLEEP_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]


def _campaign(*, treated: list[int], control: list[int], past: list[int] | None = None) -> Table:
    amounts = treated + control
    columns = {
        "customer_id": list(range(len(amounts))),
        "arm": ["treatment"] * len(treated) + ["control"] * len(control),
        "amount": amounts,
        "converted": [amount > 0 for amount in amounts],
    }
    return Table(columns if past is None else {**columns, "past_amount": past})


@pytest.mark.parametrize(
    ("treated", "control", "low", "high"),
    [((56, 70), (48, 80), 0.0524, 0.3339), ((9, 10), (3, 10), 0.1705, 0.8090)],
)
def test_rate_interval_is_the_one_newcombe_printed(
    treated: tuple[int, int], control: tuple[int, int], low: float, high: float
) -> None:
    # Newcombe 1998, Statistics in Medicine 17:873-890, table II, method 10.
    found = effects.rate_difference_interval(
        treated=treated[1],
        treated_converted=treated[0],
        control=control[1],
        control_converted=control[0],
        confidence=0.95,
    )

    assert [round(bound, 4) for bound in found] == [low, high]


def test_rate_interval_stays_honest_when_nobody_converts() -> None:
    low, high = effects.rate_difference_interval(
        treated=100, treated_converted=0, control=100, control_converted=0, confidence=0.95
    )

    assert low == pytest.approx(-high)
    assert high == pytest.approx(stats.binomtest(0, 100).proportion_ci(method="wilson").high)


def test_amount_interval_is_the_one_r_prints_for_the_sleep_data() -> None:
    # R's t.test: t = -1.8608, df = 17.776, 95 percent confidence interval -3.3654832 0.2054832.
    table = _campaign(
        treated=[round(10 * hours) for hours in SLEEP_1],
        control=[round(10 * hours) for hours in SLEEP_2],
    )

    effect = effects.compare(table)

    assert effect.amount.low / 10 == pytest.approx(-3.3654832, abs=5e-8)
    assert effect.amount.high / 10 == pytest.approx(0.2054832, abs=5e-8)
    assert effect.amount.verdict == "too_small"
    assert effect.amount.needed_more_customers is None


def test_amount_interval_with_a_past_is_scipys_welch_on_adjusted_amounts() -> None:
    rng = np.random.default_rng(3)
    past = rng.gamma(0.5, 4000, 900).astype(int)
    amounts = (0.7 * past + rng.gamma(0.4, 2000, 900)).astype(int)
    amounts[:600] += 300
    table = _campaign(
        treated=amounts[:600].tolist(), control=amounts[600:].tolist(), past=past.tolist()
    )

    effect = effects.compare(table, primary="amount")

    centred = [
        np.stack([part - part.mean() for part in (past[arm], amounts[arm])])
        for arm in (slice(0, 600), slice(600, 900))
    ]
    x, y = np.concatenate(centred, axis=1)
    adjusted = amounts - (x @ y) / (x @ x) * (past - past.mean())
    welch = stats.ttest_ind(adjusted[:600], adjusted[600:], equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert effect.amount.low == pytest.approx(interval.low, rel=1e-9)
    assert effect.amount.high == pytest.approx(interval.high, rel=1e-9)
    assert effect.variance_reduction == pytest.approx(
        1 - _within(adjusted) / _within(amounts), rel=1e-9
    )
    assert effect.incremental_amount == round(effect.amount.estimate * 600)
    assert effect.incremental_amount_low == round(interval.low * 600)
    assert effect.verdict == effect.amount.verdict == "proven_gain"


def _within(amounts: np.ndarray) -> float:
    return float(np.var(amounts[:600]) * 600 + np.var(amounts[600:]) * 300)


@pytest.mark.req("R083")
def test_a_clear_gain_is_proven_and_totalled() -> None:
    table = _campaign(treated=[1000] * 60 + [0] * 140, control=[1000] * 20 + [0] * 180)

    effect = effects.compare(table)

    assert (effect.treatment.customers, effect.treatment.converted) == (200, 60)
    assert (effect.control.conversion_rate, effect.control.mean_amount) == (0.1, 100.0)
    assert effect.conversion.estimate == pytest.approx(0.2)
    assert effect.verdict == "proven_gain"
    assert effect.needed_more_customers == 0
    assert effect.incremental_conversions == pytest.approx(40.0)
    assert effect.incremental_amount == 40_000
    assert effect.incremental_amount_low < 40_000 < effect.incremental_amount_high
    assert effect.variance_reduction == 0.0


def test_a_clear_loss_is_called_a_loss() -> None:
    table = _campaign(treated=[1000] * 20 + [0] * 180, control=[1000] * 60 + [0] * 140)

    assert effects.compare(table).verdict == "proven_loss"


def test_an_unproven_effect_says_how_many_more_customers_would_prove_it() -> None:
    table = _campaign(treated=[100] * 60 + [0] * 440, control=[100] * 50 + [0] * 450)

    effect = effects.compare(table)

    assert effect.verdict == "not_proven"
    error = math.sqrt(0.12 * 0.88 / 500 + 0.1 * 0.9 / 500)
    needed = 1000 * ((1.959964 + 0.841621) * error / 0.02) ** 2
    assert effect.needed_more_customers == math.ceil(needed) - 1000


def test_no_difference_at_all_can_never_be_proven() -> None:
    effect = effects.compare(_campaign(treated=[100, 0] * 50, control=[100, 0] * 50))

    assert effect.verdict == "not_proven"
    assert effect.needed_more_customers is None


@pytest.mark.parametrize(
    "table",
    [
        _campaign(treated=[100] * 29, control=[0] * 400),
        _campaign(treated=[100] * 4 + [0] * 196, control=[0] * 200),
    ],
    ids=["29 treated", "4 buyers"],
)
def test_tiny_arms_and_a_handful_of_buyers_prove_nothing(table: Table) -> None:
    effect = effects.compare(table)

    assert effect.verdict == "too_small"
    assert effect.needed_more_customers is None


def test_missing_amounts_mean_that_nothing_was_bought() -> None:
    full = _campaign(treated=[500] * 40 + [0] * 40, control=[500] * 20 + [0] * 60)
    holes = full.with_columns(
        amount=np.ma.MaskedArray(full["amount"], mask=full["amount"] == 0),
        converted=np.ma.MaskedArray(full["converted"], mask=~full["converted"]),
    )

    assert effects.compare(holes) == effects.compare(full)


def test_an_effect_survives_json() -> None:
    effect = effects.compare(_campaign(treated=[700, 0, 0] * 40, control=[500, 0] * 30))

    assert Effect.from_json(effect.to_json()) == effect


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("arm", ["treatment"] * 4, "an arm has no customers"),
        ("arm", ["treatment", "treatment", "control", "b"], "arm is 'b'"),
        ("customer_id", [1, 2, 3, 1], "1 rows name no customer"),
    ],
)
def test_arms_that_cannot_be_compared_are_refused(
    column: str, value: list[object], message: str
) -> None:
    table = _campaign(treated=[1, 0], control=[1, 0]).with_columns(**{column: value})

    with pytest.raises(ValueError, match=message):
        effects.compare(table)


@pytest.mark.parametrize("treated_rate", [0.02, 0.1, 0.35])
def test_rate_intervals_cover_the_truth_95_times_in_100(treated_rate: float) -> None:
    rng = np.random.default_rng(11)
    treated, control = rng.binomial(1800, treated_rate, 2000), rng.binomial(200, 0.1, 2000)

    covered = 0
    for hits, other in zip(treated.tolist(), control.tolist(), strict=True):
        low, high = effects.rate_difference_interval(
            treated=1800,
            treated_converted=hits,
            control=200,
            control_converted=other,
            confidence=0.95,
        )
        covered += low <= treated_rate - 0.1 <= high

    assert 0.93 <= covered / 2000 <= 0.97


@pytest.mark.parametrize("uses_past", [False, True])
def test_amount_intervals_cover_the_truth_95_times_in_100(uses_past: bool) -> None:
    rng = np.random.default_rng(5)
    truth = 400.0

    covered = 0
    for _ in range(600):
        treated = _draw_arm(rng, 1500, shift=truth)
        control = _draw_arm(rng, 500, shift=0.0)
        slope = cuped_slope(treated, control) if uses_past else 0.0
        found = amount_difference(treated, control, slope=slope, confidence=0.95)
        covered += found.low <= truth <= found.high

    assert 0.93 <= covered / 600 <= 0.97


def _draw_arm(rng: np.random.Generator, size: int, *, shift: float) -> Moments:
    """Draw long-tailed amounts, most of them zero, that follow the customer's past."""
    past = rng.gamma(0.5, 4000, size)
    buys = rng.random(size) < 0.6
    amounts = buys * (1.2 * past + rng.gamma(0.8, 2000, size)) + shift
    covariance = np.cov(amounts, past)
    return Moments(
        customers=size,
        converted=int(buys.sum()),
        amount=int(amounts.sum()),
        mean=float(amounts.mean()),
        variance=float(covariance[0, 0]),
        past_mean=float(past.mean()),
        past_variance=float(covariance[1, 1]),
        covariance=float(covariance[0, 1]),
    )


def test_a_past_that_predicts_narrows_the_interval() -> None:
    rng = np.random.default_rng(8)
    treated, control = _draw_arm(rng, 1500, shift=0), _draw_arm(rng, 500, shift=0)

    plain = amount_difference(treated, control, slope=0.0, confidence=0.95)
    adjusted = amount_difference(
        treated, control, slope=cuped_slope(treated, control), confidence=0.95
    )

    assert adjusted.high - adjusted.low < 0.9 * (plain.high - plain.low)


def test_detectable_effect_is_the_one_in_rs_help_page() -> None:
    # power.prop.test(n = 50, p1 = .50, power = .90) gives p2 = 0.8026;
    # power.prop.test(n = 50, p1 = .50, p2 = .75) gives power = 0.7401659.
    rise = effects.detectable_effect(base_rate=0.5, treated=50, control=50, power=0.9)
    other = effects.detectable_effect(base_rate=0.5, treated=50, control=50, power=0.7401659)

    assert rise == pytest.approx(0.3026, abs=5e-5)
    assert other == pytest.approx(0.25, abs=1e-7)


def test_detectable_effect_is_proven_in_80_of_100_simulated_campaigns() -> None:
    rise = effects.detectable_effect(base_rate=0.02, treated=9000, control=1000)
    assert rise is not None
    rng = np.random.default_rng(2)
    treated, control = rng.binomial(9000, 0.02 + rise, 3000), rng.binomial(1000, 0.02, 3000)

    proven = 0
    for hits, other in zip(treated.tolist(), control.tolist(), strict=True):
        low, _ = effects.rate_difference_interval(
            treated=9000,
            treated_converted=hits,
            control=1000,
            control_converted=other,
            confidence=0.95,
        )
        proven += low > 0

    assert 0.78 <= proven / 3000 <= 0.82


@pytest.mark.req("R083")
def test_a_small_holdout_sees_only_large_lifts() -> None:
    rise = effects.detectable_effect(base_rate=0.1, treated=9000, control=1000)

    assert rise == pytest.approx(0.0303, abs=5e-5)


def test_no_rise_is_detectable_with_a_control_group_that_is_too_small() -> None:
    assert effects.detectable_effect(base_rate=0.9, treated=30, control=30) is None


def test_detectable_amount_is_the_one_in_rs_help_page() -> None:
    # power.t.test(n = 20, delta = 1) gives power = 0.8689528.
    shift = effects.detectable_amount(sd=1.0, treated=20, control=20, power=0.8689528)

    assert shift == pytest.approx(1.0, abs=1e-6)


def test_detectable_amount_nears_the_normal_rule_for_large_arms() -> None:
    shift = effects.detectable_amount(sd=5000.0, treated=45_000, control=5_000)

    normal = (1.959964 + 0.841621) * 5000 * math.sqrt(1 / 45_000 + 1 / 5_000)
    assert shift == pytest.approx(normal, rel=1e-4)


def test_arms_of_one_customer_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        effects.detectable_effect(base_rate=0.1, treated=100, control=1)
    with pytest.raises(ValueError, match="at least 2"):
        effects.detectable_amount(sd=1.0, treated=1, control=100)


def test_sample_ratio_mismatch_is_the_published_one() -> None:
    # Fabijan et al., KDD 2019: 821,588 against 815,482 of an even split gives p = 1.8e-6.
    p_value = effects.sample_ratio_mismatch(counts=[821_588, 815_482], shares=[0.5, 0.5])

    assert p_value == pytest.approx(1.8e-6, abs=5e-8)
    assert p_value < effects.SAMPLE_RATIO_ALARM


def test_sample_ratio_agrees_with_scipy() -> None:
    three = effects.sample_ratio_mismatch(counts=[480, 310, 210], shares=[5, 3, 2])
    tiny = effects.sample_ratio_mismatch(counts=[38, 0], shares=[0.9, 0.1])

    assert three == pytest.approx(stats.chisquare([480, 310, 210], [500, 300, 200]).pvalue)
    assert tiny == pytest.approx(stats.binomtest(38, 38, 0.9).pvalue)
    assert effects.sample_ratio_mismatch(counts=[0, 0], shares=[0.5, 0.5]) == 1.0


@pytest.mark.skipif(not HILLSTROM.exists(), reason="hillstrom.parquet is not on this machine")
def test_hillstroms_mails_bring_visits_as_he_published() -> None:
    # MineThatData 2008: 10.6 % of the control group visited, 18.3 % of the men's mail,
    # 15.1 % of the women's.
    effect = _hillstrom("Mens E-Mail")

    assert effect.control.conversion_rate == pytest.approx(0.1062, abs=5e-5)
    assert effect.treatment.conversion_rate == pytest.approx(0.1828, abs=5e-5)
    assert effect.verdict == "proven_gain"
    assert _hillstrom("Womens E-Mail").treatment.conversion_rate == pytest.approx(0.1514, abs=5e-5)
    assert effect.amount.verdict == "proven_gain"


def _hillstrom(segment: str) -> Effect:
    table = query(
        """
        SELECT row_number() OVER () AS customer_id, visit = 1 AS converted,
               CAST(round(spend * 100) AS BIGINT) AS amount, history AS past_amount,
               CASE segment WHEN 'No E-Mail' THEN 'control' ELSE 'treatment' END AS arm
        FROM read_parquet($path) WHERE segment IN ($segment, 'No E-Mail')
        """,
        parameters={"path": str(HILLSTROM), "segment": segment},
    )
    return effects.compare(table)


def test_the_examples_in_the_documentation_run() -> None:
    outcomes = [doctest.testmod(module) for module in (comparison, power)]

    assert min(outcome.attempted for outcome in outcomes) > 0
    assert sum(outcome.failed for outcome in outcomes) == 0
