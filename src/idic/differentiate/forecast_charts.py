"""Draws how right the forecast was when tried on the past: each title says what was found."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from idic.core import charts, formatting
from idic.core.templatetags import ui
from idic.differentiate.selectors.value_model import ModelCard, method_name

_TENTHS = 10


def draw_all(card: ModelCard, *, currency: str) -> list[SafeString]:
    """Draw every chart that the replay has figures for."""
    drawn = [
        _draw_calibration(card, currency=currency),
        _draw_lift(card),
        _draw_sorting(card),
        _draw_errors(card, currency=currency),
        _draw_ranks(card),
    ]
    return [chart for chart in drawn if chart]


def draw_totals(card: ModelCard, *, currency: str) -> SafeString:
    """Draw what was expected of all and what they brought, try by try."""
    tries = list(reversed(card.report.totals))
    if not tries:
        return SafeString()
    amounts = [amount for one in tries for amount in (one.expected_amount, one.actual_amount)]
    inside = sum(one.is_inside for one in tries)
    return charts.lines(
        title=_("%(inside)s of %(tries)s totals fell inside the range told for them")
        % {"inside": ui.number(inside), "tries": ui.number(len(tries))},
        series=[
            charts.Line(_("Forecast"), [float(one.expected_amount) for one in tries]),
            charts.Line(_("Came"), [float(one.actual_amount) for one in tries], kind="c"),
        ],
        periods=[ui.day_short(one.origin) for one in tries],
        write=ui.money_writer(*amounts, currency=currency),
        name=_("Forecast made on"),
    )


def _draw_calibration(card: ModelCard, *, currency: str) -> SafeString:
    """Draw what each tenth was expected to bring and brought."""
    tenths = card.report.deciles
    if len(tenths) < _TENTHS:
        return SafeString()
    amounts = [amount for one in tenths for amount in (one.expected_amount, one.actual_amount)]
    write = ui.money_writer(*amounts, currency=currency)
    return charts.lines(
        title=_("The tenth expected to bring most brought %(came)s each; %(said)s was forecast")
        % {"came": write(tenths[0].actual_amount), "said": write(tenths[0].expected_amount)},
        series=[
            charts.Line(_("Forecast"), [one.expected_amount for one in tenths]),
            charts.Line(_("Came"), [one.actual_amount for one in tenths], kind="c"),
        ],
        periods=[ui.number(place) for place in range(1, _TENTHS + 1)],
        write=write,
        name=_("Tenth of customers, most expected first"),
        note=_(
            "Calibration: where the lines part, a tenth was expected to bring too much or little"
        ),
    )


def _draw_lift(card: ModelCard) -> SafeString:
    """Draw which share of the money those named first brought."""
    tenths = [max(one.actual_amount, 0.0) for one in card.report.deciles]
    whole = sum(tenths)
    if len(tenths) < _TENTHS or not whole:
        return SafeString()
    shares = [sum(tenths[:count]) / whole for count in range(_TENTHS + 1)]
    return charts.lines(
        title=_("The tenth named first brought %(share)s of the money")
        % {"share": _percent(shares[1])},
        series=[
            charts.Line(_("Named by the forecast"), shares),
            charts.Line(_("Named at random"), [n / _TENTHS for n in range(_TENTHS + 1)], kind="c"),
        ],
        periods=[_percent(n / _TENTHS) for n in range(_TENTHS + 1)],
        write=_percent,
        name=_("Share of customers, most expected first"),
        note=_("Decile lift: a tenth named at random brings a tenth of the money."),
    )


def _draw_sorting(card: ModelCard) -> SafeString:
    """Draw how well the forecast, RFM and the plain methods sort the money."""
    chosen = card.chosen
    if chosen is None or chosen.gini is None or card.report.rfm_gini is None:
        return SafeString()
    rows = [charts.Bar(_("The forecast"), chosen.gini)]
    rows.append(charts.Bar(_("RFM scores"), card.report.rfm_gini, kind="c"))
    rows += [
        charts.Bar(method_name(score.method), score.gini, kind="0")
        for score in card.report.scores
        if score.gini is not None and score.is_naive and score.method != chosen.method
    ]
    words = {"ours": _decimal(chosen.gini), "rfm": _decimal(card.report.rfm_gini)}
    is_better = chosen.gini > card.report.rfm_gini
    better = _("The forecast sorts the money better than RFM scores: %(ours)s against %(rfm)s")
    worse = _("The forecast sorts the money no better than RFM scores: %(ours)s against %(rfm)s")
    return charts.bars(
        title=(better if is_better else worse) % words,
        rows=rows,
        write=_decimal,
        name=_("Sorted by"),
        measure="Gini",
        note=_("Gini: 1 puts those who pay most first, 0 is chance."),
    )


def _draw_errors(card: ModelCard, *, currency: str) -> SafeString:
    """Draw the error of every method tried, the chosen one in blue."""
    scores = card.report.scores
    if not scores:
        return SafeString()
    least = min(scores, key=lambda score: score.rmse_amount)
    chosen = card.chosen or least
    write = ui.money_writer(*(score.rmse_amount for score in scores), currency=currency)
    words = {"name": method_name(chosen.method), "best": method_name(least.method)}
    title = (
        _("“%(name)s” misses least")
        if chosen.method == least.method
        else _("“%(name)s” is used: “%(best)s” is not clearly better, and less simple")
    )
    return charts.bars(
        title=title % words,
        rows=[
            charts.Bar(
                method_name(score.method),
                score.rmse_amount,
                kind="t" if score.method == chosen.method else "0",
            )
            for score in scores
        ],
        write=write,
        name=_("Method"),
        measure="RMSE",
        note=_("Root mean squared error of one customer’s amount, over all tries."),
    )


def _draw_ranks(card: ModelCard) -> SafeString:
    """Draw where outcomes fell in their distributions; even columns are right ones."""
    counts: Sequence[int] = card.report.rank_counts
    whole = sum(counts)
    rate = card.interval_coverage_rate
    if not whole or rate is None:
        return SafeString()
    return charts.columns(
        title=_("%(rate)s of customers ended inside their range; 80%% are meant to")
        % {"rate": _percent(rate)},
        rows=[
            charts.Bar(f"{ui.number(10 * place)}–{ui.number(10 * place + 10)}", count / whole)
            for place, count in enumerate(counts)
        ],
        write=_percent,
        name=_("Where in the forecast distribution, in percent"),
        measure=_("Share of outcomes"),
        note=_("Randomised PIT: even columns are right, a hill means ranges are too wide."),
    )


def _percent(rate: float) -> str:
    return formatting.percent(rate, language=get_language() or "en")


def _decimal(value: float) -> str:
    return formatting.number(value, language=get_language() or "en", decimals=2)
