"""Pages of figures month by month: RFM with its lines and who moved, and customer equity."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from idic.core import charts, clock, formatting
from idic.core.access import may, needs, staff_of
from idic.core.money import to_decimal, to_minor
from idic.core.selectors import get_as_of, get_business
from idic.core.toasts import notify
from idic.differentiate.links import customer_address
from idic.differentiate.models import CutMode, RfmMonth, RfmPolicy, Tier, ValueModel
from idic.differentiate.selectors.months_of_value import (
    Equity,
    list_cell_people,
    list_rfm_months,
    read_equity,
)
from idic.differentiate.services.rfm_scores import (
    BINS,
    find_rfm_policy,
    read_cuts,
    save_rfm_policy,
)
from idic.engine.rfm import RfmCuts
from idic.identify.names import list_names

_CELLS = {f"{r}{f}" for r in range(1, BINS + 1) for f in range(1, BINS + 1)}


@require_GET
def rfm(request: HttpRequest) -> HttpResponse:
    """Show the grid, who moved between its cells month by month, and the people of one cell."""
    business = get_business()
    months = list_rfm_months(as_of=get_as_of(business))
    newest = months[0] if months else None
    before, after = (_cell(request.GET.get(name, "")) for name in ("before", "cell"))
    people = list_cell_people(before=before, after=after) if after or before else []
    names = list_names({row.customer_id: row.full_name for row in people})
    context = {
        "months": months,
        "newest": newest,
        "grid": _rows_of(newest.row) if newest else [],
        "scores": range(1, BINS + 1),
        "cell": after,
        "before": before,
        "people": [
            {"name": names[row.customer_id], "url": customer_address(row.customer_id), "row": row}
            for row in people
        ],
        "cuts": read_cuts(newest.row.cuts) if newest else None,
        "policy": find_rfm_policy(),
        "currency": business.currency,
        "may_edit": may(staff_of(request), "tiers.edit"),
    }
    return render(request, "differentiate/rfm.html", context)


def _cell(word: str) -> str:
    return word if word in _CELLS else ""


def _rows_of(row: RfmMonth) -> list[dict[str, Any]]:
    """Lay the grid out, the most recent on top."""
    highest = max((people for _r, _f, people, _money in row.grid), default=0)
    cells = {
        (r, f): {
            "cell": f"{r}{f}",
            "people": people,
            "money": money,
            "heat": charts.heat_class(people, highest=highest),
        }
        for r, f, people, money in row.grid
    }
    return [
        {"score": r, "cells": [cells[r, f] for f in range(1, BINS + 1)]} for r in range(BINS, 0, -1)
    ]


class RfmForm(forms.Form):
    """Where the lines between scores lie, and of which time orders and money count."""

    mode = forms.ChoiceField(
        label=gettext_lazy("The lines"), choices=CutMode.choices, widget=forms.RadioSelect
    )
    window_days = forms.IntegerField(
        label=gettext_lazy("Count orders and money of the last days"),
        required=False,
        min_value=7,
        max_value=3650,
        help_text=gettext_lazy("Left empty, everything ever bought counts."),
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        words = {
            "recency_days": gettext_lazy("Came at most so many days ago: score 5, 4, 3, 2"),
            "order_count": gettext_lazy("More orders than: score 2, 3, 4, 5"),
            "net_amount": gettext_lazy("More money than: score 2, 3, 4, 5"),
        }
        for name, label in words.items():
            self.fields[name] = forms.CharField(
                label=label,
                required=False,
                max_length=120,
                help_text=gettext_lazy("Four numbers that rise, with spaces between."),
            )

    def clean(self) -> dict[str, Any]:
        """Read the fixed lines. Adds an error to each that is not four rising numbers."""
        values = super().clean() or {}
        if values.get("mode") != CutMode.FIXED:
            return values
        lines = {name: self._read(name) for name in ("recency_days", "order_count", "net_amount")}
        if not self.errors:
            values["cuts"] = RfmCuts(
                bins=BINS,
                recency_days=tuple(lines["recency_days"]),
                order_count=tuple(lines["order_count"]),
                net_amount=tuple(lines["net_amount"]),
            )
        return values

    def _read(self, name: str) -> list[float]:
        words = str(self.cleaned_data.get(name, "")).split()
        try:
            found = [forms.DecimalField().to_python(word) for word in words]
        except forms.ValidationError:
            found = []
        numbers = [number for number in found if number is not None]
        if len(numbers) != BINS - 1 or sorted(numbers) != numbers or min(numbers) < 0:
            self.add_error(name, _("Four numbers that rise, with spaces between."))
            return []
        if name == "net_amount":
            return [to_minor(number, currency=self.currency) for number in numbers]
        return [float(number) for number in numbers]


@require_http_methods(["GET", "POST"])
@needs("tiers.edit")
def rfm_edit(request: HttpRequest) -> HttpResponse:
    """Change how customers are scored; scores follow with the next refresh."""
    currency = get_business().currency
    form = RfmForm(request.POST or None, initial=_values(currency), currency=currency)
    if request.method == "POST" and form.is_valid():
        save_rfm_policy(
            mode=form.cleaned_data["mode"],
            window_days=form.cleaned_data["window_days"],
            cuts=form.cleaned_data.get("cuts"),
            staff=staff_of(request),
            now=clock.now(),
        )
        notify(request, text=_("Saved; scores follow when figures are next brought up to date."))
        return redirect("differentiate:rfm")
    status = 422 if form.is_bound else 200
    return render(request, "differentiate/rfm_form.html", {"form": form}, status=status)


def _values(currency: str) -> dict[str, Any]:
    """Begin with the lines in force, whichever way they were found."""
    policy: RfmPolicy | None = find_rfm_policy()
    values: dict[str, Any] = {"mode": policy.mode if policy else CutMode.QUANTILE}
    model = ValueModel.objects.order_by("-id").first()
    stored = (policy.cuts if policy else None) or (model.rfm_cuts if model else None)
    if policy is not None:
        values["window_days"] = policy.window_days
    if stored:
        cuts = read_cuts(stored)
        money = [to_decimal(int(cut), currency=currency) for cut in cuts.net_amount]
        values |= {
            "recency_days": _joined(cuts.recency_days),
            "order_count": _joined(cuts.order_count),
            "net_amount": " ".join(f"{amount:f}" for amount in money),
        }
    return values


def _joined(cuts: tuple[float, ...]) -> str:
    return " ".join(f"{cut:g}" for cut in cuts)


@require_GET
def equity(request: HttpRequest) -> HttpResponse:
    """Show what all customers are worth together, by tier and segment, month by month."""
    business = get_business()
    picture = read_equity(as_of=get_as_of(business))
    order = list(Tier.values)
    tiers = sorted(picture.tiers, key=lambda one: order.index(one.key))
    context = {
        "picture": picture,
        "whole": picture.whole,
        "tiers": [{"tier": Tier(one.key), "one": one} for one in tiers],
        "chart": _draw(picture.whole, picture.months, business.currency),
        "currency": business.currency,
    }
    return render(request, "differentiate/equity.html", context)


def _draw(whole: Equity | None, months: list[Any], currency: str) -> SafeString | str:
    """Draw the whole over the months, once there are two."""
    if whole is None or len(months) < 2:
        return ""
    language = get_language() or "en"

    def write(value: float) -> str:
        return formatting.amount_short(round(value), currency=currency, language=language)

    return charts.lines(
        title=_("All customers together: %(amount)s expected in 12 months")
        % {"amount": write(whole.latest)},
        series=[charts.Line(_("Expected"), whole.amounts)],
        periods=[formatting.month(month, language=language) for month in months],
        write=write,
        name=_("Month"),
    )
