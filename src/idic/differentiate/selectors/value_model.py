"""The model card: which forecast is used, how wrong it was when tried on the shop's own past."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.utils.translation import gettext as _

from idic.differentiate.models import ValueModel
from idic.engine.outlooks import Outlook
from idic.engine.replay import MethodScore, ReplayReport, TotalTried

# Errors of the total below these are called small and fair.
SMALL_MISS_RATE, FAIR_MISS_RATE = 0.15, 0.30
# Below half a percent a total was right.
SAME_RATE = 0.005


@dataclass(frozen=True)
class ModelCard:
    """A stored fit and its replay in a shape for pages. Rates are None where nothing could be
    tried; `reason_code` then says why.
    """

    as_of: date
    method: str
    horizon_days: int
    churn_horizon_days: int
    buyers: int
    report: ReplayReport
    outlook: tuple[Outlook, ...] = ()

    @property
    def is_tried(self) -> bool:
        """Whether the forecast could be tried on the past."""
        return self.report.is_possible

    @property
    def reason_code(self) -> str:
        """Why it could not."""
        return self.report.reason_code

    @cached_property
    def chosen(self) -> MethodScore | None:
        """The score of the method in use."""
        return self.report.chosen

    @property
    def holdout_days(self) -> int:
        """How many of the latest days were hidden in each try."""
        return self.report.holdout_days

    @property
    def tries(self) -> int:
        """How often it was tried, each time further back."""
        return len(self.report.origins)

    @property
    def total_error_rate(self) -> float | None:
        """Expected over what really came, less one: +0.1 is a tenth too high."""
        return self.chosen.total_error_rate if self.chosen else None

    @property
    def total_miss_rate(self) -> float | None:
        """By how much the total was missed in the mean of all tries, up or down."""
        return self.chosen.total_miss_rate if self.chosen else None

    @property
    def mae_amount(self) -> int | None:
        """By how much one customer's amount was missed on average, in minor units."""
        return round(self.chosen.mae_amount) if self.chosen else None

    @property
    def top_tenth_capture_rate(self) -> float | None:
        """How much of what the best tenth paid was paid by those expected to be the best tenth."""
        return self.chosen.top_tenth_capture_rate if self.chosen else None

    @property
    def interval_coverage_rate(self) -> float | None:
        """Share of customers who ended inside their range, meant to hold 8 of 10."""
        return self.chosen.interval_coverage_rate if self.chosen else None

    @property
    def named_of_ten(self) -> int | None:
        """Of ten of the best customers, how many the forecast had named."""
        rate = self.chosen.top_tenth_hit_rate if self.chosen else None
        return None if rate is None else round(10 * rate)

    @property
    def latest(self) -> TotalTried | None:
        """What was expected of all in the latest try, and what they brought."""
        return self.report.totals[0] if self.report.totals else None

    @property
    def latest_miss_rate(self) -> float | None:
        """By how much the latest try missed the total, without its sign."""
        error = self.latest.error_rate if self.latest else None
        return None if error is None else abs(error)

    @property
    def is_right(self) -> bool:
        """Whether the latest total was right to the percent."""
        return self.latest_miss_rate is not None and self.latest_miss_rate < SAME_RATE

    @property
    def is_high(self) -> bool:
        """Whether the latest total was expected too high."""
        return bool(self.latest and self.latest.expected_amount > self.latest.actual_amount)

    @property
    def is_better_than_rfm(self) -> bool:
        """Whether the tenth named paid more than the tenth with the best RFM scores."""
        rfm = self.report.rfm_top_tenth_capture_rate
        ours = self.top_tenth_capture_rate
        return rfm is not None and ours is not None and ours > rfm

    @property
    def unseen_name(self) -> str:
        """The short name of the method that the rule takes without the latest try."""
        return method_name(self.report.unseen_method or "")

    @property
    def tried_methods(self) -> list[tuple[str, str, MethodScore]]:
        """Each method tried: its code, its short name, its score."""
        return [(one.method, method_name(one.method), one) for one in self.report.scores]

    @property
    def reason_label(self) -> str:
        """Why it could not, in words."""
        return reason_label(self.report.reason_code)

    @property
    def method_label(self) -> str:
        """The method in plain words."""
        return method_label(self.method)

    @property
    def verdict(self) -> str:
        """good, fair, poor or untried: how far the total may be relied on."""
        if self.total_miss_rate is None:
            return "untried"
        if self.total_miss_rate <= SMALL_MISS_RATE:
            return "good"
        return "fair" if self.total_miss_rate <= FAIR_MISS_RATE else "poor"


def method_label(method: str) -> str:
    """Say what a method does in plain words."""
    labels = {
        "everybody_mean": _("all customers go on bringing what they bring on average"),
        "repeat_last_period": _("the next months bring what the last ones brought"),
        "own_rate": _("each customer goes on buying at their own pace"),
        "shared_rate": _("own pace and amounts, drawn toward what is usual here"),
        "own_rate_alive": _("own pace, less for those who stay away for long"),
        "purchase_model": _("pace and silence of each customer together"),
        "mbg_nbd": _("pace and silence together; many leave after the first purchase"),
        "pareto_nbd": _("pace and silence together; people leave at any time"),
        "boosted": _("pace and silence, corrected by what happened to customers like them"),
        "blend": _("the middle of two forecasts: by pace and silence, and corrected by others"),
    }
    return labels.get(method, method)


def method_name(method: str) -> str:
    """Name a method shortly, for charts and tables of analysts."""
    names = {
        "everybody_mean": _("Everybody’s mean"),
        "repeat_last_period": _("Last period again"),
        "own_rate": _("Own pace"),
        "shared_rate": _("Own pace, drawn together"),
        "own_rate_alive": _("Own pace, less when silent"),
        "purchase_model": "BG/NBD",
        "mbg_nbd": "MBG/NBD",
        "pareto_nbd": "Pareto/NBD",
        "boosted": _("Boosted trees"),
        "blend": _("Blend of model and trees"),
    }
    return names.get(method, method)


def reason_label(code: str) -> str:
    """Say why the forecast could not be tried."""
    labels = {
        "no_orders": _("there are no orders yet"),
        "history_too_short": _("the orders do not reach far enough back"),
        "too_few_customers": _("fewer than 30 customers had bought by then"),
        "no_later_orders": _("nobody known by then bought again"),
    }
    return labels.get(code, code)


def find_value_model() -> ModelCard | None:
    """Give the model in force, or None before the first refresh."""
    row = ValueModel.objects.order_by("-id").first()
    return read_card(row) if row else None


def get_value_model() -> ModelCard:
    """Give the model in force. Raises ValueModel.DoesNotExist before the first refresh."""
    card = find_value_model()
    if card is None:
        raise ValueModel.DoesNotExist
    return card


def read_card(row: ValueModel) -> ModelCard:
    """Read a stored fit."""
    return ModelCard(
        as_of=row.as_of_date,
        method=row.method,
        horizon_days=row.horizon_days,
        churn_horizon_days=row.churn_horizon_days,
        buyers=row.customer_count,
        report=ReplayReport.from_json(json.dumps(row.replay)),
        outlook=tuple(Outlook(**one) for one in row.outlook),
    )
